import Files
import Foundation
import ImagePipeline
import TensorKernels

/// Measures how fast photo files become views that a network can be given: read, decoded, cropped,
/// resized, augmented and preprocessed, without any network.
package struct ViewBenchmark: Codable, Hashable, Sendable {
  /// The folder of the photos, with all that lies below it.
  package var data: String
  package var view: PhotoView
  /// Of the views.
  package var size: ImageSize = 224
  /// Passes over all photos that are timed, each an epoch of other views, after one that is not.
  package var passes = 5
  package var seed: UInt64 = 0

  package init(data: String, view: PhotoView) {
    self.data = data
    self.view = view
  }

  package struct Result: Codable, Hashable, Sendable {
    package let mode: String
    package let photos: Int
    /// Mean size of a photo, in millions of pixels.
    package let megapixels: Double
    package let imageSize: ImageSize
    package let threads: Int
    package let passes: Int
    /// Of the median pass.
    package let imagesPerSecond: Double
    /// Processor time of all threads for an image, of the median pass: what neighbours on the machine
    /// disturb least.
    package let processorMilliseconds: Double
  }

  /// Runs the passes.
  /// - Throws: `DataError` if no photo can be read, or one no longer.
  package func run(pool: WorkerPool) throws -> Result {
    precondition(size.area > 0 && passes > 0, "a benchmark has views and passes")
    let found = try Photos.scanFlat(URL(filePath: data), pool: pool)
    let photos = found[.all]
    var (seconds, processorSeconds) = ([Double](), [Double]())
    let memory = BatchMemory()
    for pass in 0...passes {
      let (start, processorStart) = (ContinuousClock.now, Self.processorSeconds)
      let loader = try BatchLoader(
        Array(photos.indices), of: photos, below: found.root,
        PhotoRecipe(size: size, view: view, preprocessing: .torch, seed: seed, epoch: pass),
        Batching(of: 32, memory: memory), pool: pool)
      while let batch = loader.next() {
        if let failure = batch.failures.first {
          throw DataError(.bad, "'\(failure.path)' cannot be read any more: \(failure.reason)")
        }
      }
      let passed = start.secondsAgo
      guard pass > 0 else { continue }
      seconds.append(passed)
      processorSeconds.append(Self.processorSeconds - processorStart)
    }
    let pixels = found.facts.values.reduce(0.0) { $0 + Double($1.width) * Double($1.height) }
    return Result(
      mode: "views", photos: photos.count, megapixels: pixels / Double(photos.count) / 1e6,
      imageSize: size, threads: pool.count, passes: passes,
      imagesPerSecond: Double(photos.count) / seconds.sorted()[passes / 2],
      processorMilliseconds: 1000 * processorSeconds.sorted()[passes / 2] / Double(photos.count))
  }

  /// Of this process so far (`clock_gettime`).
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
