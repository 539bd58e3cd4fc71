import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Pictures that look alike")
struct FingerprintTests {
  private static func facts(_ image: Image, quality: Int = 90) throws -> PhotoFacts {
    let folder = try TemporaryFolder()
    try folder.write("file", try JPEG.encode(image, quality: quality))
    return try PhotoFacts(contentsOf: folder.url.appending(path: "file"))
  }

  /// Blobs of light: something with contrast at low frequencies, another for each seed.
  private static func picture(_ seed: Int, width: Int = 240, height: Int = 180) -> Image {
    var random = CounterRandom(seed: 7, epoch: 0, index: UInt64(seed))
    let blobs = (0..<12).map { _ in
      (0..<6).map { _ in Double(random.below(1000)) / 1000 }
    }
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        var light = [0.0, 0.0, 0.0]
        for blob in blobs {
          let (dx, dy) = (Double(x) / Double(width) - blob[0], Double(y) / Double(height) - blob[1])
          let value = exp(-(dx * dx + dy * dy) * 40)
          for channel in 0..<3 { light[channel] += value * blob[2 + channel] }
        }
        pixels += light.map { UInt8(min(255, $0 * 200)) }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  @Test("the same picture smaller, larger, stretched or compressed harder", arguments: 0..<4)
  func copies(seed: Int) throws {
    let picture = Self.picture(seed)
    let original = try Self.facts(picture)
    for (image, quality) in [
      (picture, 30), (picture.resized(width: 120, height: 90), 85),
      (picture.resized(width: 480, height: 360), 60), (picture.resized(width: 40, height: 30), 95),
      (picture.resized(width: 300, height: 150), 85),
    ] {
      let copy = try Self.facts(image, quality: quality)
      #expect(copy.digest != original.digest)
      #expect(original.looksLike(copy) && copy.looksLike(original), "\(image.width) \(quality)")
    }
  }

  @Test("other pictures do not look alike, nor do mirror images")
  func others() throws {
    let facts = try (0..<12).map { try Self.facts(Self.picture($0, width: 64, height: 64)) }
    for (index, one) in facts.enumerated() {
      #expect(one.distance(to: one) == 0)
      for other in facts[..<index] {
        #expect(!one.looksLike(other))
        #expect(one.distance(to: other) == other.distance(to: one))
      }
    }
    let picture = Self.picture(0, width: 64, height: 64)
    #expect(!facts[0].looksLike(try Self.facts(picture.flippedHorizontally())))
  }

  @Test("a fingerprint is read back from its 64 digits, and nothing else is one")
  func digits() throws {
    let whole = try #require(try Self.facts(Self.picture(3)).fingerprint)
    #expect(whole.fine != .zero)
    for one in [whole, Fingerprint(coarse: 1, fine: SIMD3(0, .max, 0xABC))] {
      let text = try JSONEncoder().encode([one])
      #expect(text.count == 68)
      #expect(try JSONDecoder().decode([Fingerprint].self, from: text) == [one])
    }
    for wrong in ["[\"12\"]", "[\"\(String(repeating: "x", count: 64))\"]", "[7]"] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode([Fingerprint].self, from: Data(wrong.utf8))
      }
    }
  }

  @Test("even surfaces have no fingerprint and look like nothing but their own bytes")
  func even() throws {
    let facts = try [UInt8(0), 40, 128, 255].map {
      try Self.facts(Image(width: 70, height: 50, pixels: .init(repeating: $0, count: 10_500)))
    }
    for (index, one) in facts.enumerated() {
      #expect(one.fingerprint == nil && one.looksLike(one) && one.distance(to: one) == nil)
      for other in facts[..<index] { #expect(!one.looksLike(other)) }
    }
  }
}

@Suite("Real photos that look alike", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct RealFingerprintTests {
  @Test("the eight orientations of a photo", arguments: ["Landscape", "Portrait"])
  func orientations(name: String) throws {
    let facts = try (1...8).map {
      try PhotoFacts(
        contentsOf: TestData.url("odd-images/exif-orientation-examples/\(name)_\($0).jpg"))
    }
    // Each has its number written on it.
    for one in facts { #expect(facts[0].distance(to: one).map { $0 <= 12 } == true) }
  }

  @Test("photos of flowers12 made smaller and compressed look like themselves and no other")
  func flowers() throws {
    let folder = try TestData.url("datasets/flowers12/test")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".jpg") }.sorted()
    let copies = try TemporaryFolder()
    var pairs: [(PhotoFacts, PhotoFacts)] = []
    for path in paths.enumerated().filter({ $0.offset % 4 == 0 }).map(\.element) {
      let file = folder.appending(path: path)
      let small = try decodeImage(contentsOf: file).thumbnail(maxSide: 150)
      try copies.write("copy.jpg", try JPEG.encode(small, quality: 60))
      pairs.append(
        (
          try PhotoFacts(contentsOf: file),
          try PhotoFacts(contentsOf: copies.url.appending(path: "copy.jpg"))
        ))
    }
    #expect(pairs.count == 60)
    for (index, (original, copy)) in pairs.enumerated() {
      #expect(original.looksLike(copy), "\(index)")
      for (other, _) in pairs[..<index] { #expect(!copy.looksLike(other)) }
    }
  }

  @Test("microscope pictures that lie askew on black are not the same for that")
  func microscope() throws {
    let folder = try TestData.url("datasets/wbc")
    let pairs = [
      ("test/EOSINOPHIL/_28_1134.jpeg", "train/MONOCYTE/_15_1128.jpeg"),
      ("test/LYMPHOCYTE/_25_1334.jpeg", "train/EOSINOPHIL/_20_1125.jpeg"),
    ]
    for (one, other) in pairs {
      let facts = try [one, other].map { try PhotoFacts(contentsOf: folder.appending(path: $0)) }
      #expect(facts[0].distance(to: facts[1]).map { $0 <= 6 } == true)
      #expect(!facts[0].looksLike(facts[1]))
    }
  }

  @Test("a photo that flowers12 has in both of its parts")
  func leak() throws {
    let folder = try TestData.url("datasets/flowers12")
    let one = try PhotoFacts(contentsOf: folder.appending(path: "train/dandelion/image_1011.jpg"))
    let other = try PhotoFacts(contentsOf: folder.appending(path: "test/dandelion/image_0992.jpg"))
    #expect(one.digest != other.digest && one.looksLike(other))
  }
}
