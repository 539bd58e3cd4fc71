import Foundation
import ImagePipeline
import Synchronization
import TestSupport
import Testing

@Suite("Pictures that take much memory")
struct LargePictureTests {
  /// Memory of which some is in use.
  private final class Memory: Sendable {
    private let state = Mutex((free: 100 << 20, jobs: 0, most: 0))
    var free: Int { state.withLock { $0.free } }
    var mostJobs: Int { state.withLock { $0.most } }

    func use(_ byteCount: Int) {
      state.withLock {
        $0.free -= byteCount
        $0.jobs += 1
        $0.most = max($0.most, $0.jobs)
      }
    }

    func leave(_ byteCount: Int) {
      state.withLock {
        $0.free += byteCount
        $0.jobs -= 1
      }
    }
  }

  @Test("wait for one another where there is not enough for two", arguments: [30, 60, 100])
  func turns(megabytes: Int) {
    let memory = Memory()
    let pictures = LargePictures { memory.free }
    let read = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 12) { _ in
      let wanted = megabytes << 20
      guard (try? pictures.take(wanted, width: 1, height: 1)) != nil else { return }
      usleep(1000)  // Not in use yet.
      memory.use(wanted)
      usleep(1000)
      memory.leave(wanted)
      pictures.giveBack(wanted)
      read.add(1, ordering: .relaxed)
    }
    #expect(read.load(ordering: .relaxed) == 12)
    #expect(memory.mostJobs <= 100 / megabytes)
    #expect(memory.free == 100 << 20)
  }

  @Test("are an error where one of them alone is too large, with what there is")
  func tooLarge() throws {
    let pictures = LargePictures { 100 << 20 }
    let error = #expect(throws: ImageError.self) {
      try pictures.take(120 << 20, width: 8000, height: 5000)
    }
    #expect(error?.kind == .outOfMemory)
    #expect(error?.message.contains("8000×5000 pixels take 120 MiB, and 100 are free") == true)
    // Nothing has been taken.
    try pictures.take(90 << 20, width: 1, height: 1)
  }

  @Test("do not wait for what their own job has taken")
  func ownPart() throws {
    let pictures = LargePictures { 100 << 20 }
    try pictures.take(60 << 20, width: 1, height: 1)
    try pictures.take(30 << 20, besides: 60 << 20, width: 1, height: 1)
    let error = #expect(throws: ImageError.self) {
      try pictures.take(120 << 20, besides: 90 << 20, width: 1, height: 1)
    }
    #expect(error?.kind == .outOfMemory)
  }

  @Test("do not wait where the system does not tell what there is")
  func unknown() throws {
    let pictures = LargePictures { nil }
    for _ in 0..<3 { try pictures.take(1 << 40, width: 1, height: 1) }
  }

  @Test(
    "give the same small picture as the whole one does",
    arguments: ["GIF RGB", "TIFF RGB", "WebP RGB", "HEIC RGB", "AVIF RGB", "AVIF oriented-6"],
    [5, 9, 40])
  func thumbnails(name: String, side: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write("x", FormatTests.file(name))
    let file = folder.url.appending(path: "x")
    let small = try Image(thumbnailOf: file, maxSide: side)
    let whole = try decodeImage(contentsOf: file).thumbnail(maxSide: side)
    #expect(small.width == whole.width && small.height == whole.height)
    #expect(small.pixels == whole.pixels)
  }
}
