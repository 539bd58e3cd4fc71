import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Decoding")
struct DecodingTests {
  static func jpeg(orientation: Int, bigEndian: Bool) throws -> [UInt8] {
    try oriented(
      JPEG.encode(.gradient(64, 32), quality: 95), orientation, bigEndian: bigEndian)
  }

  /// The file with an EXIF segment.
  static func oriented(_ file: [UInt8], _ orientation: Int, bigEndian: Bool = true) -> [UInt8] {
    let value = bigEndian ? [0, UInt8(orientation), 0, 0] : [UInt8(orientation), 0, 0, 0]
    let tiff: [UInt8] =
      bigEndian
      ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1] + value
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0] + value
    let segment = Array("Exif\0\0".utf8) + tiff + [0, 0, 0, 0]
    return file[..<2] + [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment + file[2...]
  }

  @Test("every EXIF orientation is turned upright", arguments: 1...8, [false, true])
  func orientation(_ value: Int, bigEndian: Bool) throws {
    let plain = try decodeImage(JPEG.encode(.gradient(64, 32), quality: 95))
    let image = try decodeImage(Self.jpeg(orientation: value, bigEndian: bigEndian))
    #expect((image.width, image.height) == (value < 5 ? (64, 32) : (32, 64)))
    // Where the stored image's corners end up.
    let (right, bottom) = (image.width - 1, image.height - 1)
    let (topLeft, topRight): ((Int, Int), (Int, Int)) =
      switch value {
      case 1: ((0, 0), (right, 0))
      case 2: ((right, 0), (0, 0))
      case 3: ((right, bottom), (0, bottom))
      case 4: ((0, bottom), (right, bottom))
      case 5: ((0, 0), (0, bottom))
      case 6: ((right, 0), (right, bottom))
      case 7: ((right, bottom), (right, 0))
      default: ((0, bottom), (0, 0))
      }
    #expect(image[topLeft.0, topLeft.1] == plain[0, 0])
    #expect(image[topRight.0, topRight.1] == plain[63, 0])
  }

  @Test("orientations that do not exist mean upright", arguments: [0, 9, 255])
  func nonsense(_ value: Int) throws {
    let image = try decodeImage(Self.jpeg(orientation: value, bigEndian: false))
    #expect((image.width, image.height) == (64, 32))
  }

  @Test("PNGs of every kind become RGB on white", arguments: Goldens.pngs)
  func png(name: String, file: String, pixels: [UInt8]) throws {
    let bytes = try #require(Data(base64Encoded: file))
    #expect(try decodeImage([UInt8](bytes)).pixels == pixels, "\(name)")
  }

  @Test("a JPEG cut short anywhere is refused, never half grey", arguments: [1, 5, 20, 50, 80, 99])
  func truncated(percent: Int) throws {
    let file = try JPEG.encode(.pattern(120, 90), quality: 85)
    #expect(throws: ImageError.self) {
      try decodeImage(Array(file.prefix(file.count * percent / 100)))
    }
    #expect(throws: ImageError.self) { try decodeImage(Array(file.dropLast(2))) }
  }

  @Test(
    "a PNG whose chunks are not what they say is damaged",
    arguments: [
      (
        "a length beyond any file", "zTXt", 0x7fff_ffff, [UInt8](), 0, "says that it has 2147483647"
      ),
      (
        "transparency with a wrong checksum", "tRNS", 6, [0, 1, 0, 2, 0, 3], 7,
        "checksum of its chunk"
      ),
      ("an orientation with a wrong checksum", "eXIf", 2, [73, 73], 7, "checksum of its chunk"),
    ])
  func damagedChunks(
    what: String, name: String, length: Int, content: [UInt8], checksum: Int, message: String
  ) throws {
    func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
    var bytes = plainPNG(width: 4, height: 3, seed: 1)
    bytes.insert(contentsOf: big(length) + Array(name.utf8) + content + big(checksum), at: 33)
    let error = #expect(throws: ImageError.self) { try decodeImage(bytes) }
    #expect(error?.kind == .corrupt)
    #expect(error?.message.hasPrefix("damaged PNG: ") == true)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test("a PNG cut short anywhere is refused", arguments: [9, 20, 33, 40, 60])
  func truncatedPNG(length: Int) throws {
    let file = [UInt8](try #require(Data(base64Encoded: Goldens.pngs[0].1)))
    #expect(throws: ImageError.self) { try decodeImage(Array(file.prefix(length))) }
  }

  @Test("bytes after the end and between segments do no harm")
  func extraneous() throws {
    let file = try JPEG.encode(.gradient(40, 40), quality: 90)
    let plain = try decodeImage(file)
    #expect(try decodeImage(file + [1, 2, 3, 4, 5]) == plain)
    let afterHeader = 20  // the start and the JFIF segment
    #expect(try decodeImage(file[..<afterHeader] + [7, 7, 7] + file[afterHeader...]) == plain)
  }

  @Test(
    "what is no picture, or not a whole one, is named",
    arguments: [
      ("GIF89a and more", "GIF"), ("RIFFxxxxWEBPVP8 ", "WebP"), ("Hello, world", "'Hello, w'"),
      ("", "empty"), ("\u{0}\u{1}", "00 01"),
    ])
  func refused(text: String, mention: String) {
    let error = #expect(throws: ImageError.self) { try decodeImage(Array(text.utf8)) }
    #expect(error?.message.contains(mention) == true, "\(error?.message ?? "")")
  }

  @Test("a huge size in the header is refused before memory is taken")
  func bomb() throws {
    var png = [UInt8](try #require(Data(base64Encoded: Goldens.pngs[0].1)))
    png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
    #expect(#expect(throws: ImageError.self) { try decodeImage(png) }?.kind == .tooLarge)
    let jpeg = try JPEG.encode(.gradient(100, 100), quality: 50)
    #expect(
      #expect(throws: ImageError.self) { try decodeImage(jpeg, maximumPixels: 9_999) }?.kind
        == .tooLarge)
    #expect(throws: Never.self) { try decodeImage(jpeg, maximumPixels: 10_000) }
  }

  @Test("encoding and decoding give back about the same picture")
  func roundTrip() throws {
    let image = Image.gradient(90, 70)
    let again = try decodeImage(JPEG.encode(image, quality: 95))
    let worst = zip(image.pixels, again.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect(worst.map { $0 <= 8 } == true)
    #expect(throws: ImageError.self) {
      try JPEG.encode(
        Image(width: 70_000, height: 1, pixels: .init(repeating: 0, count: 210_000)), quality: 90)
    }
  }

  @Test("damaged bytes give an image or an error, nothing else")
  func damage() throws {
    let files = [
      try JPEG.encode(.pattern(48, 32), quality: 80),
      try Self.jpeg(orientation: 6, bigEndian: true),
      [UInt8](try #require(Data(base64Encoded: Goldens.pngs[7].1))),
    ]
    var random = CounterRandom(seed: 1, epoch: 1, index: 1)
    for file in files {
      for _ in 0..<400 {
        var damaged = file
        for _ in 0...random.below(4) {
          damaged[random.below(file.count)] = UInt8(random.below(256))
        }
        _ = try? decodeImage(damaged, maximumPixels: 1_000_000)
      }
    }
  }
}

@Suite("Decoding real files", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct RealFileTests {
  @Test(
    "equals Pillow bit for bit: CMYK, YCCK, grey, arithmetic, progressive, rotated",
    arguments: Goldens.decodings)
  func golden(name: String, width: Int, height: Int, fingerprint: UInt64) throws {
    let image = try decodeImage(contentsOf: TestData.url("odd-images/\(name)"))
    #expect((image.width, image.height) == (width, height))
    #expect(image.fingerprint == fingerprint)
  }

  @Test("the eight orientations of a photo look alike", arguments: ["Landscape", "Portrait"])
  func orientations(name: String) throws {
    let folder = "odd-images/exif-orientation-examples/"
    let first = try decodeImage(contentsOf: TestData.url("\(folder)\(name)_1.jpg"))
      .resized(width: 30, height: 30)
    for value in 2...8 {
      let image = try decodeImage(contentsOf: TestData.url("\(folder)\(name)_\(value).jpg"))
      #expect((image.width > image.height) == (name == "Landscape"))
      let small = image.resized(width: 30, height: 30)
      let difference = zip(first.pixels, small.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(difference < 4 * small.pixels.count, "\(value)")
    }
  }
}
