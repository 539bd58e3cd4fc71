import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("What is kept to save work")
struct CacheContentTests {
  private static let digest = "0123456789abcdef0123456789abcdef01234567"

  @Test("is what has a name of this program to the letter; what others put there stays")
  func names() throws {
    let folder = try TemporaryFolder()
    let key = FeatureCache.Key(
      weightsDigest: "d16e57", network: "tiny", node: "pool", dimension: 2, preprocessing: .signed,
      view: .evaluation(.crop), imageSize: [16, 16], backend: "onednn", library: "this")
    let own = try FeatureCache(folder: folder.url).file(for: key).lastPathComponent
    for name in [own, "\(Self.digest).features"] { try folder.write(name, [1, 2]) }
    try folder.write("scan-\(Self.digest).facts", [1, 2, 3])
    let others = [
      "house.features", "scan-of-my-house.facts", ".features", "scan-.facts", "notes.txt",
      "\(Self.digest.uppercased()).features", "\(Self.digest)0.features",
      "\(Self.digest.dropLast()).features", "\(Self.digest.dropLast())g.features",
      "\(Self.digest).features.bak", "\(Self.digest).features\u{301}",
      "\(Self.digest.dropLast())\u{FF17}.features", "scan-\(Self.digest).features",
      "\(Self.digest).facts", "Scan-\(Self.digest).facts", "my-scan-\(Self.digest).facts",
      "scan-\(Self.digest).facts\u{FE0F}", "scan-\(Self.digest)0.facts",
      "folder/\(Self.digest).features",
    ]
    for name in others { try folder.write(name, [1]) }
    let second = String(Self.digest.reversed())
    try folder.write("\(second).features/mine", [1])
    try folder.link("scan-\(second).facts", to: "notes.txt")

    let content = CacheContent(of: folder.url)
    #expect(content.features.files == 2 && content.features.bytes == 4)
    #expect(content.scans.files == 1 && content.scans.bytes == 3)
    try content.clear()
    #expect(CacheContent(of: folder.url).features.files == 0)
    #expect(CacheContent(of: folder.url).scans.files == 0)
    for name in others { #expect(folder.has(name), "\(name)") }
    #expect(folder.has("\(second).features/mine") && folder.has("scan-\(second).facts"))
    #expect(!folder.has(own) && !folder.has("scan-\(Self.digest).facts"))
  }
}
