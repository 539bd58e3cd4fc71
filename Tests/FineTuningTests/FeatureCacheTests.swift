import FineTuning
import Foundation
import Glibc
import ImagePipeline
import TestSupport
import Testing

@Suite("The feature cache")
struct FeatureCacheTests {
  let folder: TemporaryFolder
  let cache: FeatureCache
  let key = FeatureCache.Key(
    weightsDigest: "ab", network: "mobilenet-0.25", node: "pool", dimension: 3,
    preprocessing: .signed, view: .evaluation(.crop), imageSize: [224, 224], backend: "onednn",
    library: "oneDNN 2.6.3")
  let digest = String(repeating: "0a", count: 32)
  let other = String(repeating: "0b", count: 32)

  init() throws {
    folder = try TemporaryFolder()
    cache = FeatureCache(folder: folder.url.appending(path: "deep/cache"))
  }

  private func stored() throws -> URL {
    try cache.store([digest: [1, 2, .pi], other: [4, 5, 6], digest: [9, 9, 9]], for: key)
    return try cache.file(for: key)
  }

  @Test("finds what was stored, by the photo's digest")
  func roundTrip() throws {
    #expect(cache.load(key).count == 0)
    _ = try stored()
    let rows = cache.load(key)
    #expect(rows.count == 3)
    #expect(rows[digest] == [1, 2, .pi])
    #expect(rows[other] == [4, 5, 6])
    #expect(rows[String(repeating: "0", count: 64)] == nil)
  }

  @Test("keeps other weights, views and libraries apart")
  func keys() throws {
    _ = try stored()
    var changed = Array(repeating: key, count: 5)
    changed[0].weightsDigest = "ac"
    changed[1].view = .evaluation(.squash)
    changed[2].library = "oneDNN 3"
    changed[3].imageSize = [160, 160]
    changed[4].backend = "openblas"
    for key in changed { #expect(cache.load(key).count == 0) }
  }

  @Test("takes a damaged file for none, and writes a sound one over it")
  func damage() throws {
    let file = try stored()
    let sound = try Data(contentsOf: file)
    var flipped = sound
    flipped[sound.count - 5] ^= 1
    var foreign = sound
    foreign[3] ^= 1
    for bad in [flipped, foreign, sound.dropLast(), sound + [0], Data(), Data([1, 2, 3])] {
      try bad.write(to: file)
      #expect(cache.load(key).count == 0)
    }
    _ = try stored()
    #expect(cache.load(key).count == 3)
  }

  @Test("does not believe a file that belongs to another key, or one beyond the limit")
  func foreign() throws {
    let file = try stored()
    var changed = key
    changed.node = "block5"
    try FileManager.default.copyItem(at: file, to: cache.file(for: changed))
    #expect(cache.load(changed).count == 0)
    #expect(FeatureCache(folder: cache.folder, limit: 100).load(key).count == 0)
  }

  @Test("removes what a killed process left unfinished, and leaves alone what another is writing")
  func unfinished() throws {
    let name = try stored().lastPathComponent
    let forgotten = cache.folder.appending(path: "\(name).1.unfinished")
    let locked = cache.folder.appending(path: "\(name).2.unfinished")
    for file in [forgotten, locked] { try Data([1]).write(to: file) }
    let descriptor = open(locked.path, O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    _ = try stored()
    #expect(!FileManager.default.fileExists(atPath: forgotten.path))
    #expect(FileManager.default.fileExists(atPath: locked.path))
  }

  @Test(
    "writers of one file at the same time do not disturb each other, even with one process number")
  func writers() async throws {
    let (cache, key, digest) = (cache, key, digest)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<6 {
        group.addTask {
          for number in 0..<20 {
            let value = Float(writer * 100 + number)
            try cache.store([digest: [value, value, value]], for: key)
            let found = try #require(cache.load(key)[digest])
            #expect(found == [found[0], found[0], found[0]])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder.path).count == 1)
  }

  @Test("rows stay readable when their file is replaced or removed")
  func replaced() throws {
    let file = try stored()
    let rows = cache.load(key)
    try cache.store([other: [7, 8, 9]], for: key)
    try FileManager.default.removeItem(at: file)
    #expect(rows[digest] == [1, 2, .pi])
    #expect(rows[other] == [4, 5, 6])
  }

  @Test("leaves no other file behind, and says where it cannot write")
  func folders() throws {
    _ = try stored()
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder.path).count == 1)
    let blocked = folder.url.appending(path: "file")
    try Data().write(to: blocked)
    let error = #expect(throws: RunError.self) {
      try FeatureCache(folder: blocked).store([:], for: key)
    }
    #expect(error?.kind == .cannotCreate)
    #expect(error?.description.contains("FINETUNE_CACHE") == true)
  }
}
