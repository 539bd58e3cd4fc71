import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Memory for batches")
struct BatchMemoryTests {
  @Test("is taken up by the next loader, and changes nothing of what it loads")
  func reuse() throws {
    let folder = try TemporaryFolder()
    for number in 0..<6 {
      let image = Image.gradient(20, 16, blue: UInt8(40 * number))
      try folder.write("a/\(number).jpg", JPEG.encode(image, quality: 90))
    }
    let pool = WorkerPool(count: 2)
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    func pixels(side: Int, _ epoch: Int, _ memory: BatchMemory) throws
      -> (addresses: Set<UnsafePointer<Float>>, values: [Float])
    {
      let loader = try BatchLoader(
        Array(0..<6), of: photos[.all], below: photos.root,
        PhotoRecipe(
          size: ImageSize(side: side), view: .training(.standard), preprocessing: .torch, seed: 3,
          epoch: epoch),
        Batching(of: 2, memory: memory), pool: pool)
      var addresses: Set<UnsafePointer<Float>> = []
      var values: [Float] = []
      while let batch = loader.next() {
        addresses.insert(batch.pixels)
        values += UnsafeBufferPointer(start: batch.pixels, count: batch.count * side * side * 3)
      }
      return (addresses, values)
    }
    let memory = BatchMemory()
    let first = try pixels(side: 16, 0, memory)
    #expect(first.addresses.count == 3)
    // Smaller views find room, larger ones do not.
    for (side, isReused) in [(16, true), (9, true), (40, false)] {
      // The jobs of the loader before may hold on to what they wrote for a moment.
      let end = ContinuousClock.now + .seconds(600)
      while memory.unusedCount < 3, ContinuousClock.now < end { usleep(1000) }
      let again = try pixels(side: side, 1, memory)
      #expect(again.values == (try pixels(side: side, 1, BatchMemory()).values))
      if isReused { #expect(first.addresses == again.addresses) }
    }
  }
}
