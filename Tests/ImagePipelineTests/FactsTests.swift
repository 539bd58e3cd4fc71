import Foundation
import Glibc
import ImagePipeline
import TestSupport
import Testing

@Suite("What reading a photo shows")
struct FactsTests {
  private static func facts(_ bytes: [UInt8], maximumPixels: Int = 1_000_000) throws -> PhotoFacts {
    let folder = try TemporaryFolder()
    try folder.write("file", bytes)
    return try PhotoFacts(
      contentsOf: folder.url.appending(path: "file"), maximumPixels: maximumPixels)
  }

  private static func refusal(_ bytes: [UInt8], maximumPixels: Int = 1_000_000) -> ImageError? {
    do {
      _ = try facts(bytes, maximumPixels: maximumPixels)
    } catch { return error as? ImageError }
    return nil
  }

  private static func png(_ name: String) throws -> [UInt8] {
    let golden = try #require(Goldens.pngs.first { $0.0 == name })
    return [UInt8](try #require(Data(base64Encoded: golden.1)))
  }

  @Test(
    "PNG headers tell colours, depth, transparency and orientation",
    arguments: [
      ("RGB", PhotoFacts.Colour.rgb, 8, false, 1, [3, 2]),
      ("grey, 16 bits", .gray, 16, false, 1, [3, 1]),
      ("palette", .palette, 2, false, 1, [3, 1]),
      ("palette, one entry transparent", .palette, 2, true, 1, [3, 1]),
      ("RGBA", .rgb, 8, true, 1, [3, 1]), ("grey and alpha", .gray, 8, true, 1, [2, 1]),
      ("1 bit", .gray, 1, false, 1, [3, 1]), ("orientation 6", .rgb, 8, false, 6, [2, 3]),
    ])
  func pngs(
    name: String, colour: PhotoFacts.Colour, depth: Int, alpha: Bool, orientation: Int, size: [Int]
  ) throws {
    let bytes = try Self.png(name)
    let facts = try Self.facts(bytes)
    #expect(facts.format == .png && facts.colour == colour && facts.bitDepth == depth)
    #expect(facts.hasAlpha == alpha && facts.orientation == orientation)
    #expect([facts.width, facts.height] == size && facts.byteCount == bytes.count)
    #expect(!facts.isProgressive && facts.warnings == [])
  }

  @Test(
    "JPEG headers tell colours, progression and orientation",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"),
    arguments: [
      ("libjpeg-turbo/testimages/testorig.jpg", PhotoFacts.Colour.ycbcr, false, 1),
      ("jpeg-decoder/tests/reftest/images/mozilla/jpg-cmyk-1.jpg", .cmyk, false, 1),
      ("jpeg-decoder/tests/reftest/images/ycck.jpg", .ycck, false, 1),
      ("jpeg-decoder/tests/reftest/images/mozilla/jpg-gray.jpg", .gray, false, 1),
      ("jpeg-decoder/tests/reftest/images/rgb.jpg", .rgb, false, 1),
      ("jpeg-decoder/tests/reftest/images/progressive3.jpg", .ycbcr, true, 1),
      ("libjpeg-turbo/testimages/testimgari.jpg", .ycbcr, false, 1),
      ("pillow/Tests/images/hopper_orientation_6.jpg", .ycbcr, false, 6),
      ("exif-orientation-examples/Portrait_7.jpg", .ycbcr, false, 7),
    ])
  func jpegs(path: String, colour: PhotoFacts.Colour, progressive: Bool, orientation: Int) throws {
    let facts = try PhotoFacts(contentsOf: TestData.url("odd-images/\(path)"))
    #expect(facts.format == .jpeg && facts.colour == colour && facts.bitDepth == 8)
    #expect(facts.isProgressive == progressive && facts.orientation == orientation)
    #expect(!facts.hasAlpha)
  }

  @Test("remarks of the decoders are kept, those of the same kind once")
  func warnings() throws {
    let jpeg = try JPEG.encode(.gradient(40, 40), quality: 90)
    #expect(try Self.facts(jpeg).warnings == [])
    let (header, table) = (20, 89)  // the start and the JFIF segment; a table behind them
    let odd = jpeg[..<header] + [7] + jpeg[header..<table] + [7, 7, 7] + jpeg[table...]
    let warnings = try Self.facts(Array(odd)).warnings
    #expect(warnings.count == 1 && warnings.first?.contains("1 extraneous bytes") == true)
    let png = try Self.png("RGB")
    let endless = try Self.facts(png.dropLast(12))
    #expect(endless.warnings == ["the file ends without its last chunk"])
    #expect(try decodeImage(png.dropLast(12)) == decodeImage(png))
  }

  @Test("what cannot be used is told apart")
  func kinds() throws {
    let jpeg = try JPEG.encode(.pattern(120, 90), quality: 85)
    for percent in [1, 10, 40, 70, 99] {
      let kind = Self.refusal(Array(jpeg.prefix(max(4, jpeg.count * percent / 100))))?.kind
      #expect(kind == .truncated, "\(percent) %")
    }
    let cutAndClosed = Array(jpeg.prefix(jpeg.count * 6 / 10)) + [0xFF, 0xD9]
    #expect(Self.refusal(cutAndClosed)?.kind == .truncated)
    for length in [9, 20, 32, 40, 60] {
      #expect(Self.refusal(Array(try Self.png("RGB").prefix(length)))?.kind == .truncated)
    }
    var damaged = try Self.png("RGB")
    damaged[45] ^= 0xFF
    #expect(Self.refusal(damaged)?.kind == .corrupt)
    #expect(Self.refusal([])?.kind == .empty)
    #expect(Self.refusal(Array("hello, world".utf8))?.kind == .notAnImage)
    #expect(Self.refusal([0xFF, 0x4F, 0xFF, 0x51, 0, 0])?.kind == .unsupported)
    #expect(Self.refusal(jpeg, maximumPixels: 120 * 90 - 1)?.kind == .tooLarge)
  }

  /// The frame header's height and width are replaced.
  private static func resized(_ jpeg: [UInt8], marker: UInt8, _ side: Int) throws -> [UInt8] {
    let frame = try #require(
      jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == marker })
    var bytes = jpeg
    let number = [UInt8(side >> 8), UInt8(side & 255)]
    bytes.replaceSubrange(frame + 5..<frame + 9, with: number + number)
    return bytes
  }

  @Test("the header's size is judged before memory is taken")
  func bombs() throws {
    let jpeg = try JPEG.encode(.gradient(32, 32), quality: 50)
    let before = peakMemory()
    let error = Self.refusal(try Self.resized(jpeg, marker: 0xC0, 65_500), maximumPixels: 100 << 20)
    #expect(error?.kind == .tooLarge && error?.message.contains("65500×65500") == true)
    #expect(peakMemory() - before < 1 << 30)
  }

  @Test(
    "a progressive picture that needs over 1 GiB of coefficients is refused",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func coefficients() throws {
    let file = try TestData.url("odd-images/jpeg-decoder/tests/reftest/images/progressive3.jpg")
    let bytes = try Self.resized([UInt8](Data(contentsOf: file)), marker: 0xC2, 30_000)
    let error = Self.refusal(bytes, maximumPixels: 1_000_000_000)
    #expect(error?.kind == .outOfMemory && error?.message.contains("1024 MiB") == true)
  }

  /// A grey progressive JPEG of one colour whose first scan is repeated.
  private static func progressive(side: Int, scans: Int) -> [UInt8] {
    let size = [UInt8(side >> 8), UInt8(side & 255)]
    let table: [UInt8] = [0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
    let frame: [UInt8] = [0xFF, 0xC2, 0, 11, 8] + size + size + [1, 1, 0x11, 0]
    // One code, 0: the block is as bright as the one before.
    let codes: [UInt8] = [0xFF, 0xC4, 0, 20, 0, 1] + [UInt8](repeating: 0, count: 15) + [0]
    let blocks = (side + 7) / 8 * ((side + 7) / 8)
    let scan =
      [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0] + [UInt8](repeating: 0, count: (blocks + 7) / 8)
    return [0xFF, 0xD8] + table + frame + codes
      + Array(repeatElement(scan, count: scans).joined()) + [0xFF, 0xD9]
  }

  @Test(
    "hundreds of scans over a large picture are refused",
    arguments: [(64, 150, true), (64, 210, false), (5000, 20, true), (5000, 50, false)])
  func scans(side: Int, scans: Int, isRead: Bool) throws {
    let error = Self.refusal(
      Self.progressive(side: side, scans: scans), maximumPixels: 100_000_000)
    #expect((error == nil) == isRead)
    #expect(isRead || error?.message.contains("\(side)×\(side)") == true)
  }

  /// Of the process, in bytes.
  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }

  @Test("pipes, devices, folders and huge files are refused at once", .timeLimit(.minutes(1)))
  func notFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appending(path: "pipe.jpg")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    let nowhere = folder.url.appending(path: "nowhere.jpg")
    for file in [pipe, URL(filePath: "/dev/zero"), folder.url, nowhere] {
      let error = #expect(throws: ImageError.self) { try PhotoFacts(contentsOf: file) }
      #expect(error?.kind == .unreadable)
    }
    // 5 GB that take no room on the disk.
    for (name, start, kind) in [
      ("film.jpg", [UInt8](arrayLiteral: 0, 0, 0, 0x20), ImageError.Kind.notAnImage),
      ("huge.jpg", [0xFF, 0xD8, 0xFF, 0xE0], .tooLarge),
    ] {
      try folder.write(name, start)
      let file = folder.url.appending(path: name)
      #expect(truncate(file.path, 5_000_000_000) == 0)
      let before = peakMemory()
      let error = #expect(throws: ImageError.self) { try PhotoFacts(contentsOf: file) }
      #expect(error?.kind == kind)
      #expect(peakMemory() - before < 1 << 30)
    }
  }
}
