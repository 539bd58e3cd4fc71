import Foundation
import ImagePipeline
import Synchronization
import TensorKernels
import TestSupport
import Testing

@Suite("A folder with everything wrong", .timeLimit(.minutes(1)))
struct HostileFolderTests {
  @Test("every problem is found by name, no good photo is accused, and the rest can be used")
  func everything() throws {
    let shared = try TemporaryFolder()
    #expect(chmod(shared.url.path, 0o777) == 0)
    let (folder, photos) = try unprivileged {
      let folder = try HostileFolder(in: shared.url)
      let photos = try Photos.scan(
        folder.url, allowEmptyClasses: true, pool: WorkerPool(count: 2))
      return (folder, photos)
    }
    for reason in folder.missing { print("left out of the hostile folder: \(reason)") }
    let found = Set(
      photos.problems.map { HostileFolder.Piece(kind: $0.kind.rawValue, path: $0.path) })
    let wanted = Set(folder.pieces)
    for piece in folder.pieces where !found.contains(piece) { Issue.record("not found: \(piece)") }
    for piece in found.subtracting(wanted) { Issue.record("found for no reason: \(piece)") }
    #expect(photos.problems.allSatisfy { !$0.detail.isEmpty && !$0.detail.contains("\n") })

    let used = Set(Split.allCases.flatMap { photos[$0] }.map(\.path))
    for path in folder.usable { #expect(used.contains(path), "\(path)") }
    for problem in photos.problems where problem.kind.leavesOut {
      #expect(!used.contains(problem.path), "\(problem.path)")
      #expect(photos.skipped.contains { $0.path == problem.path && $0.reason == problem.detail })
    }
    #expect(photos.classes == ["ants", "bees", "empty", "moths"])
    #expect(photos.imagesPerClass(in: .train)[0] >= HostileFolder.goodPerClass)
    #expect(
      photos.ignored.contains("train/.wasps") && photos.ignored.contains("train/ants/pipe.jpg"))
    #expect(photos.facts.count == used.count)
  }

  @Test("an empty class stops training, and is only a problem for an inspection")
  func emptyClass() throws {
    let folder = try HostileFolder()
    let error = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(error?.kind == .bad && error?.message.contains("'empty'") == true)
    let photos = try Photos.scan(folder.url, isInspection: true, pool: pool)
    #expect(photos.problems.contains { $0.kind == .emptyClass })
  }

  @Test("an inspection goes on where training could not")
  func inspection() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("train/a", 1)
    try folder.writePhotos("val/a", 1, seed: 1)
    try folder.writePhotos("val/wasp", 1, seed: 2)
    let photos = try Photos.scan(folder.url, isInspection: true, pool: pool)
    #expect(photos.classes == ["a"])
    #expect(photos[.validation].map(\.path) == ["val/a/0.jpg"])
    #expect(photos.problems.contains { $0.kind == .unknownClass && $0.path == "val/wasp" })
  }

  @Test("the same folder gives the same list, whatever the number of threads")
  func deterministic() throws {
    let folder = try HostileFolder()
    let lists = try [1, 2, 3].map {
      try Photos.scan(folder.url, isInspection: true, pool: WorkerPool(count: $0))
    }
    #expect(lists.dropFirst().allSatisfy { $0.problems == lists[0].problems })
    #expect(lists.dropFirst().allSatisfy { $0.duplicates == lists[0].duplicates })
  }

  /// Runs on a thread that files are opened for as for nobody, if this is root, who may read all.
  private func unprivileged<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) throws -> Result {
    // Linux keeps the user for files per thread, and threads started by it inherit it (setfsuid(2)).
    typealias SetUser = @convention(c) (UInt32) -> Int32
    let setUser = dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: SetUser.self) }
    let result = Mutex<Swift.Result<Result, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      if geteuid() == 0 { _ = setUser?(65534) }
      let value = Swift.Result { try body() }
      result.withLock { $0 = value }
      isDone.signal()
    }
    isDone.wait()
    return try #require(result.withLock { $0 }).get()
  }
}
