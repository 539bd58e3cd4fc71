import Files
import Foundation
import Glibc
import ImagePipeline
import TestSupport
import Testing

@Suite("Formats beside JPEG and PNG")
struct FormatTests {
  private static let byName = Dictionary(
    uniqueKeysWithValues: FormatGoldens.all.map { ($0.0, Data(base64Encoded: $0.1) ?? Data()) })

  static func file(_ name: String) throws -> [UInt8] {
    [UInt8](try #require(byName[name]))
  }

  /// One file of each format and kind of coding.
  private static let kinds = [
    "GIF RGB", "GIF interlaced", "BMP RGB", "BMP rle8", "BMP 565", "TIFF RGB", "TIFF tiff_lzw",
    "TIFF jpeg", "WebP RGB", "WebP lossless", "HEIC 420-q95", "AVIF RGB",
  ]

  /// In levels; HEIC's colours are interpolated otherwise by other versions of libheif.
  static func allowed(_ name: String) -> Int { name.hasPrefix("HEIC") ? 2 : 0 }

  @Test("every kind is what Pillow decodes, upright, on white", arguments: FormatGoldens.all)
  func golden(name: String, file: String, width: Int, height: Int, pixels: String) throws {
    let image = try decodeImage([UInt8](try #require(Data(base64Encoded: file))))
    #expect((image.width, image.height) == (width, height))
    let expected = [UInt8](try #require(Data(base64Encoded: pixels)))
    let worst = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max()
    #expect(worst.map { $0 <= Self.allowed(name) } == true, "\(worst ?? -1)")
  }

  @Test(
    "headers tell format, colours, depth, transparency and orientation",
    arguments: [
      ("GIF transparent", PhotoFacts.Format.gif, PhotoFacts.Colour.palette, 6, true, 1),
      ("BMP RGB", .bmp, .rgb, 8, false, 1), ("BMP rle4", .bmp, .palette, 4, false, 1),
      ("BMP v5-alpha", .bmp, .rgb, 8, true, 1), ("TIFF CMYK", .tiff, .cmyk, 8, false, 1),
      ("TIFF I16", .tiff, .gray, 16, false, 1), ("TIFF RGBA", .tiff, .rgb, 8, true, 1),
      ("TIFF ycbcr-jpeg", .tiff, .ycbcr, 8, false, 1),
      ("TIFF oriented-6", .tiff, .rgb, 8, false, 6),
      ("WebP RGB", .webP, .ycbcr, 8, false, 1), ("WebP lossless", .webP, .rgb, 8, false, 1),
      ("WebP RGBA", .webP, .ycbcr, 8, true, 1), ("WebP oriented-5", .webP, .rgb, 8, false, 5),
      ("AVIF RGB", .avif, .ycbcr, 8, false, 1), ("AVIF RGBA", .avif, .ycbcr, 8, true, 1),
      ("AVIF oriented-2", .avif, .ycbcr, 8, false, 2), ("AVIF L", .avif, .gray, 8, false, 1),
      // libheif turns its pictures itself.
      ("HEIC RGB", .heic, .ycbcr, 8, false, 1), ("HEIC oriented-6", .heic, .ycbcr, 8, false, 1),
    ])
  func headers(
    name: String, format: PhotoFacts.Format, colour: PhotoFacts.Colour, depth: Int, alpha: Bool,
    orientation: Int
  ) throws {
    let facts = try facts(Self.file(name))
    #expect(facts.format == format && facts.colour == colour && facts.bitDepth == depth)
    #expect(facts.hasAlpha == alpha && facts.orientation == orientation && facts.warnings == [])
  }

  @Test(
    "animations and pages are remarked on",
    arguments: ["GIF animated", "WebP animated", "AVIF animated", "TIFF pages"])
  func several(name: String) throws {
    let warnings = try facts(Self.file(name)).warnings
    #expect(warnings.count == 1 && warnings.first?.contains("first") == true, "\(warnings)")
  }

  private func facts(_ bytes: [UInt8], named name: String = "file") throws -> PhotoFacts {
    let folder = try TemporaryFolder()
    try folder.write(name, bytes)
    return try PhotoFacts(contentsOf: folder.url.appending(path: name))
  }

  @Test("what is cut short anywhere is refused, with the reason", arguments: kinds)
  func cut(name: String) throws {
    let file = try Self.file(name)
    for percent in [3, 10, 30, 50, 70, 90] {
      let error = #expect(throws: ImageError.self, "\(percent) %") {
        try decodeImage(Array(file.prefix(max(4, file.count * percent / 100))))
      }
      let kinds = [ImageError.Kind.truncated, .corrupt, .unsupported, .notAnImage]
      #expect(error.map { kinds.contains($0.kind) && !$0.message.contains("\n") } == true)
    }
  }

  @Test("damaged bytes give an image or an error, nothing else", arguments: kinds)
  func damaged(name: String) throws {
    let file = try Self.file(name)
    var random = CounterRandom(seed: 7, epoch: 1, index: UInt64(file.count))
    for _ in 0..<150 {
      var damaged = file
      for _ in 0...random.below(4) {
        damaged[random.below(file.count)] = UInt8(random.below(256))
      }
      _ = try? decodeImage(damaged, maximumPixels: 1_000_000)
    }
  }

  @Test("a picture with more pixels than allowed is refused by its header", arguments: kinds)
  func tooLarge(name: String) throws {
    let file = try Self.file(name)
    let image = try decodeImage(file)
    let pixels = image.width * image.height
    #expect(
      #expect(throws: ImageError.self) { try decodeImage(file, maximumPixels: pixels - 1) }?.kind
        == .tooLarge)
    #expect(throws: Never.self) { try decodeImage(file, maximumPixels: pixels) }
  }

  /// A square of so many pixels a side in place of the own 12 by 9.
  private static func enlarged(_ name: String, to side: Int) throws -> [UInt8] {
    var file = try Self.file(name)
    func replace(_ old: [UInt8], _ new: [UInt8]) throws {
      let place = try #require(
        file.indices.dropLast(old.count).first { file[$0..<$0 + old.count].elementsEqual(old) })
      file.replaceSubrange(place..<place + old.count, with: new)
    }
    let (low, high) = (UInt8(side & 255), UInt8(side >> 8))
    switch name.prefix(3) {
    case "GIF": file.replaceSubrange(6..<10, with: [low, high, low, high])
    case "BMP": file.replaceSubrange(18..<26, with: [low, high, 0, 0, low, high, 0, 0])
    case "TIF":  // the tags of width and height
      for (tag, length) in [(UInt8(0), UInt8(12)), (1, 9)] {
        try replace(
          [tag, 1, 4, 0, 1, 0, 0, 0, length, 0], [tag, 1, 4, 0, 1, 0, 0, 0, low, high])
      }
    default:  // the box of HEIC and AVIF that states the size
      try replace(
        Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 9],
        Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, high, low, 0, 0, high, low])
    }
    return file
  }

  @Test(
    "headers that claim a thousand megapixels take no memory",
    arguments: ["GIF RGB", "BMP RGB", "BMP rle8", "TIFF RGB", "AVIF RGB"])
  func bombs(name: String) throws {
    let file = try Self.enlarged(name, to: 32767)
    let before = peakMemory()
    let error = #expect(throws: ImageError.self) { try decodeImage(file) }
    let kinds = [ImageError.Kind.tooLarge, .truncated, .corrupt]
    #expect(error.map { kinds.contains($0.kind) } == true, "\(String(describing: error))")
    #expect(peakMemory() - before < 512 << 20)
  }

  @Test("a header that claims more than is coded is an error, whatever is allowed")
  func claims() throws {
    for name in ["BMP RGB", "TIFF RGB"] {
      #expect(throws: ImageError.self, "\(name)") {
        try decodeImage(Self.enlarged(name, to: 4096))
      }
    }
  }

  @Test("a HEIC in which more is coded than its header says and than is allowed is refused")
  func lying() throws {
    let file = [UInt8](try #require(Data(base64Encoded: FormatGoldens.lying)))
    let error = #expect(throws: ImageError.self) {
      try decodeImage(file, maximumPixels: 5_000_000)
    }
    #expect(error?.kind == .tooLarge, "\(String(describing: error))")
    #expect(error?.message.contains("3000×2000") == true)
    // What is allowed is decoded, and found to be another size.
    #expect(#expect(throws: ImageError.self) { try decodeImage(file) }?.kind == .corrupt)
  }

  @Test(
    "an AV1 picture in a file that does not name itself AVIF is refused: libheif would keep its memory",
    arguments: ["AVIF RGB", "AVIF RGBA"], ["mif1", "heic"])
  func unnamed(name: String, brand: String) throws {
    var file = try Self.file(name)
    let brands = 8..<Int(file[3])
    for place in stride(from: brands.lowerBound, to: brands.upperBound, by: 4)
    where place != 12 && file[place..<place + 4].starts(with: "avi".utf8) {
      file.replaceSubrange(place..<place + 4, with: brand.utf8)
    }
    for bytes in [file, try Self.longIdentifiers(file)] {
      let error = #expect(throws: ImageError.self) { try decodeImage(bytes) }
      #expect(error?.kind == .unsupported, "\(String(describing: error))")
      #expect(error?.message.contains("AV1") == true)
      #expect(error?.message.contains("convert") == true)
    }
  }

  /// The items' identifiers in 4 bytes (version 3 of 'infe') in place of 2.
  private static func longIdentifiers(_ file: [UInt8]) throws -> [UInt8] {
    var file = file
    let places = file.indices.dropLast(4).filter { file[$0..<$0 + 4].elementsEqual("infe".utf8) }
    try #require(!places.isEmpty)
    for place in places.reversed() {
      file[place + 4] = 3
      file.insert(contentsOf: [0, 0], at: place + 8)
    }
    return file
  }

  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }

  @Test("a folder of every format is scanned; a name of another format is told")
  func folder() throws {
    let folder = try TemporaryFolder()
    let names = [
      "a.gif": "GIF RGB", "b.bmp": "BMP RGB", "c.tif": "TIFF RGB", "d.webp": "WebP RGB",
      "e.heic": "HEIC RGB", "f.avif": "AVIF RGB", "g.jpg": "WebP lossless",
    ]
    for (name, golden) in names {
      for label in ["one", "two"] { try folder.write("\(label)/\(name)", Self.file(golden)) }
    }
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos[.all].count == 14 && photos.skipped.isEmpty)
    let wrong = photos.problems.filter { $0.kind == .wrongExtension }
    #expect(wrong.map(\.path) == ["one/g.jpg", "two/g.jpg"])
    #expect(wrong.first?.detail.contains("a WebP") == true)
  }

  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 12345\n"

  @Test("a Git LFS pointer is named as such, with the command that fetches it")
  func pointers() throws {
    let bytes = Array(Self.pointer.utf8)
    let error = #expect(throws: ImageError.self) { try decodeImage(bytes) }
    #expect(error?.message.contains("Git LFS pointer") == true)
    #expect(error?.message.contains("git lfs pull") == true)
    let folder = try TemporaryFolder()
    try folder.write("ants/1.jpg", bytes)
    try folder.writePhotos("bees", 2)
    let refusal = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(refusal?.message.contains("git lfs pull") == true, "\(refusal?.message ?? "")")
    try folder.write("photos.csv", bytes)
    let list = dataError {
      _ = try Photos.scan(folder.url.appending(path: "photos.csv"), pool: pool)
    }
    #expect(list?.message.contains("Git LFS pointer") == true, "\(list?.message ?? "")")
  }
}

/// The files that `Tools/photo-formats.sh` has Pillow write to a folder, `FINETUNE_PHOTO_FORMATS`.
private let pillowFolder = ProcessInfo.processInfo.environment["FINETUNE_PHOTO_FORMATS"]

@Suite(
  "Photos written by Pillow", .enabled(if: pillowFolder != nil, "see Tools/photo-formats.sh"))
struct PillowPhotoTests {
  @Test("each is what Pillow decodes, or refused where Pillow refuses it")
  func all() throws {
    let root = URL(filePath: try #require(pillowFolder), directoryHint: .isDirectory)
    let manager = FileManager.default
    var table = "| format | files | as Pillow | refused by both | largest difference |\n"
    table += "| --- | --: | --: | --: | --: |\n"
    for format in try manager.contentsOfDirectory(atPath: root.path).sorted() {
      let place = root.appending(path: format, directoryHint: .isDirectory)
      guard (try? place.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true else {
        continue
      }
      let names = try manager.contentsOfDirectory(atPath: place.path).sorted()
      let files = names.filter { !$0.hasSuffix(".ppm") && !$0.hasSuffix(".refused") }
      var (alike, refused, largest) = (0, 0, 0)
      for name in files {
        let image = try? decodeImage(contentsOf: place.appending(path: name))
        guard names.contains(name + ".ppm") else {
          #expect(image == nil, "\(format)/\(name) is read, Pillow refuses it")
          refused += 1
          continue
        }
        let expected = try Self.readPPM(place.appending(path: name + ".ppm"))
        guard let image, (image.width, image.height) == (expected.width, expected.height) else {
          Issue.record("\(format)/\(name) is not what Pillow makes of it")
          continue
        }
        let worst = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(worst <= FormatTests.allowed(format), "\(format)/\(name)")
        largest = max(largest, worst)
        alike += worst <= FormatTests.allowed(format) ? 1 : 0
      }
      table += "| \(format) | \(files.count) | \(alike) | \(refused) | \(largest) |\n"
    }
    try table.write(to: root.appending(path: "table.md"), atomically: true, encoding: .utf8)
  }

  /// As Pillow writes them: `P6`, width, height, 255.
  private static func readPPM(_ file: URL) throws -> Image {
    let bytes = [UInt8](try Data(contentsOf: file))
    let header = bytes.split(
      maxSplits: 4, omittingEmptySubsequences: false, whereSeparator: { $0 == 10 || $0 == 32 })
    let numbers = header[1..<3].compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    return Image(width: numbers[0], height: numbers[1], pixels: Array(header[4]))
  }
}
