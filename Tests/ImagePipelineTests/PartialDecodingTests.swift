import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

/// A kind of JPEG file.
struct FileKind: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let layout: JPEG.Layout

  init(_ name: String, _ across: Int, _ down: Int, _ change: (inout JPEG.Layout) -> Void = { _ in })
  {
    testDescription = name
    var layout = JPEG.Layout()
    (layout.across, layout.down) = (across, down)
    change(&layout)
    self.layout = layout
  }

  func file(_ width: Int, _ height: Int) throws -> [UInt8] {
    try JPEG.encode(.pattern(width, height), quality: 80, layout: layout)
  }

  static let all = [
    FileKind("4:4:4", 1, 1), FileKind("4:2:2", 2, 1), FileKind("4:2:0", 2, 2),
    FileKind("4:4:0", 1, 2), FileKind("4:1:1", 4, 1), FileKind("4:1:0", 4, 2),
    FileKind("grey", 1, 1) { $0.isGray = true },
    FileKind("progressive 4:4:4", 1, 1) { $0.isProgressive = true },
    FileKind("progressive 4:2:0", 2, 2) { $0.isProgressive = true },
    FileKind("progressive grey", 1, 1) { ($0.isProgressive, $0.isGray) = (true, true) },
    FileKind("restart markers", 2, 2) { $0.restartRows = 1 },
    FileKind("arithmetic", 2, 2) { $0.isArithmetic = true },
  ]
}

@Suite("Decoding a part of a photo")
struct PartialDecodingTests {
  /// Whether the part is there, with the pixels that the whole picture has.
  static func check(
    _ wanted: PixelArea, of file: [UInt8], reduction: Int, whole: Image,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> PixelArea {
    let (image, area, size) = try decodePart(wanted, of: file, reduction: reduction)
    #expect(size == (whole.width, whole.height), sourceLocation: sourceLocation)
    #expect(
      area.x <= wanted.x && area.y <= wanted.y
        && area.x + area.width >= wanted.x + wanted.width
        && area.y + area.height >= wanted.y + wanted.height,
      "\(area) lacks some of \(wanted)", sourceLocation: sourceLocation)
    let expected = whole.cropped(x: area.x, y: area.y, width: area.width, height: area.height)
    // Of the margin around the part, the outermost column may differ.
    let (x, y) = (wanted.x - area.x, wanted.y - area.y)
    let isEqual =
      image.cropped(x: x, y: y, width: wanted.width, height: wanted.height)
      == expected.cropped(x: x, y: y, width: wanted.width, height: wanted.height)
    #expect(isEqual, "\(wanted) at 1/\(reduction)", sourceLocation: sourceLocation)
    return area
  }

  /// Stretches of every place: at both ends, across the borders of blocks, one pixel wide.
  static func stretches(_ size: Int) -> [(start: Int, count: Int)] {
    let candidates = [
      (0, size), (0, 1), (size - 1, 1), (0, size / 2), (size / 2, size - size / 2),
      (size / 3, size / 3), (7, 2), (8, 8), (15, 2), (16, 16), (17, 15), (31, 33), (1, size - 2),
      (size - 3, 2), (size - 17, 16),
    ]
    return candidates.filter { $0.0 >= 0 && $0.1 > 0 && $0.0 + $0.1 <= size }
  }

  @Test(
    "its pixels are those of the whole photo, at every border and reduction",
    arguments: FileKind.all, [(97, 61), (64, 96), (131, 50), (18, 17), (1, 1)])
  func equality(kind: FileKind, size: (Int, Int)) throws {
    let file = try kind.file(size.0, size.1)
    for reduction in [1, 2, 4, 8] {
      let whole = try decodePart(nil, of: file, reduction: reduction).image
      for (x, width) in Self.stretches(whole.width) {
        for (y, height) in Self.stretches(whole.height) {
          let wanted = PixelArea(x: x, y: y, width: width, height: height)
          _ = try Self.check(wanted, of: file, reduction: reduction, whole: whole)
        }
      }
    }
  }

  @Test(
    "what is not needed is not decoded",
    arguments: FileKind.all.filter { !$0.layout.isArithmetic && $0.layout.across < 3 })
  func economy(kind: FileKind) throws {
    let file = try kind.file(400, 300)
    for reduction in [1, 2, 4, 8] {
      let whole = try decodePart(nil, of: file, reduction: reduction).image
      let wanted = PixelArea(
        x: whole.width / 2, y: whole.height / 2, width: whole.width / 4, height: whole.height / 4)
      let area = try Self.check(wanted, of: file, reduction: reduction, whole: whole)
      #expect(area.y == wanted.y && area.height == wanted.height)
      // A block of the widest kind and the margin of upsampling.
      let block = 8 / reduction * kind.layout.across
      #expect(area.x > wanted.x - block - 2 && area.width < wanted.width + block + 4)
    }
  }

  @Test("it is found in photos that are stored turned", arguments: 1...8)
  func orientations(_ value: Int) throws {
    let file = DecodingTests.oriented(try FileKind.all[2].file(90, 70), value)
    for reduction in [1, 2, 8] {
      let whole = try decodePart(nil, of: file, reduction: reduction).image
      for (x, width) in Self.stretches(whole.width) {
        for (y, height) in Self.stretches(whole.height) {
          let wanted = PixelArea(x: x, y: y, width: width, height: height)
          _ = try Self.check(wanted, of: file, reduction: reduction, whole: whole)
        }
      }
    }
  }

  @Test("CMYK and PNG are decoded whole or from the top")
  func others() throws {
    for file in [
      BlockJPEG(seed: 3, columns: 6, rows: 5, components: 4).bytes(),
      plainPNG(width: 48, height: 40, seed: 2),
    ] {
      let whole = try decodePart(nil, of: file, reduction: 1).image
      let wanted = PixelArea(x: 20, y: 11, width: 9, height: 13)
      let area = try Self.check(wanted, of: file, reduction: 1, whole: whole)
      #expect((area.x, area.y, area.width) == (0, 0, 48))
    }
  }

  @Test("damage after it is not noticed, damage in it or before it is an error")
  func damage() throws {
    let file = try FileKind.all[2].file(256, 256)
    let whole = try decodeImage(file)
    let cut = Array(file.prefix(file.count * 6 / 10))
    #expect(throws: ImageError.self) { try decodeImage(cut) }
    let above = PixelArea(x: 40, y: 30, width: 100, height: 80)
    _ = try Self.check(above, of: cut, reduction: 1, whole: whole)
    for y in [120, 200, 255] {
      let error = #expect(throws: ImageError.self) {
        try decodePart(
          PixelArea(x: 40, y: y, width: 100, height: 1 + (255 - y) / 2), of: cut, reduction: 1)
      }
      #expect(y == 120 || error?.kind == .truncated)
    }
  }

  @Test("damaged bytes give a part or an error, nothing else", arguments: FileKind.all)
  func fuzz(kind: FileKind) throws {
    let file = try kind.file(48, 40)
    var random = CounterRandom(seed: 2, epoch: 1, index: 1)
    for _ in 0..<150 {
      var damaged = file
      for _ in 0...random.below(4) { damaged[random.below(file.count)] = UInt8(random.below(256)) }
      let area = PixelArea(x: random.below(6), y: random.below(5), width: 1, height: 1)
      let found = try? decodePart(area, of: damaged, reduction: [1, 2, 4, 8][random.below(4)])
      #expect(found.map { $0.area.x <= area.x && $0.area.y <= area.y } != false)
    }
  }

  @Test(
    "so it is in every odd JPEG file",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func oddFiles() throws {
    let root = try TestData.url("odd-images")
    var checked = 0
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted() {
      let url = root.appending(path: path)
      guard path.hasSuffix(".jpg") || path.hasSuffix(".jpeg"),
        let bytes = try? [UInt8](Data(contentsOf: url)), bytes.starts(with: [0xFF, 0xD8])
      else { continue }
      for reduction in [1, 2, 8] {
        guard let whole = try? decodePart(nil, of: bytes, reduction: reduction).image else {
          continue
        }
        for part in 0..<4 {
          let (x, y) = (whole.width * (part % 2) / 3, whole.height * (part / 2) / 3)
          let wanted = PixelArea(
            x: x, y: y, width: max(1, whole.width * 3 / 5), height: max(1, whole.height * 3 / 5))
          _ = try Self.check(wanted, of: bytes, reduction: reduction, whole: whole)
          checked += 1
        }
      }
    }
    #expect(checked > 1000)
  }
}

@Suite("Training views of files")
struct PartialViewTests {
  @Test(
    "they are those of the whole photo, decoded at the same reduction",
    .tags(.slow), .unlessQuick,
    arguments: FileKind.all, [(90, 70), (400, 300), (260, 500)])
  func views(kind: FileKind, size: (Int, Int)) throws {
    let folder = try TemporaryFolder()
    let plain = try kind.file(size.0, size.1)
    let files = (1...8).map { DecodingTests.oriented(plain, $0) }
    for (place, file) in files.enumerated() { try folder.write("\(place).jpg", file) }
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    var patch = Augmentation.alexnet
    patch.pcaJitter = nil
    for recipe in [Augmentation.standard, .light, patch] {
      let (side, seed) = (32, UInt64(size.0))
      let loader = try BatchLoader(
        Array(0..<8), of: photos[.all], below: folder.url,
        PhotoRecipe(
          size: ImageSize(side: side), view: .training(recipe), preprocessing: .none, seed: seed,
          epoch: 3),
        Batching(of: 8), pool: pool)
      let batch = try #require(loader.next())
      #expect(batch.failures.isEmpty)
      for (index, file) in files.enumerated() {
        let expected = try naiveView(file, recipe, side: side, seed: seed, epoch: 3, index: index)
        let length = side * side * 3
        let found = UnsafeBufferPointer(start: batch.pixels + index * length, count: length)
        #expect(found.elementsEqual(expected.pixels.map(Float.init)), "\(recipe.name) \(index + 1)")
      }
    }
  }

  /// Everything decoded, turned, resized, cut and mirrored, one after the other.
  private func naiveView(
    _ file: [UInt8], _ recipe: Augmentation, side: Int, seed: UInt64, epoch: UInt64, index: Int
  ) throws -> Image {
    var random = CounterRandom(seed: seed, epoch: epoch, index: UInt64(index))
    let full = try decodeImage(file)
    let plan = PhotoView.training(recipe)
      .plan(width: full.width, height: full.height, size: ImageSize(side: side), random: &random)
    let flipped = plan.isFlipped
    guard case .upright(let resampling) = plan.geometry else {
      Issue.record("a crop is upright")
      return full
    }
    var box = resampling.box
    let ratio = min(
      (box.right - box.left) / Float(resampling.width),
      (box.bottom - box.top) / Float(resampling.height))
    let reduction = [8, 4, 2].first { ratio >= Float($0) } ?? 1
    let photo = try decodePart(nil, of: file, reduction: reduction).image
    let (across, down) = (
      Float(photo.width) / Float(full.width), Float(photo.height) / Float(full.height)
    )
    box = Box(
      left: box.left * across, top: box.top * down,
      right: min(box.right * across, Float(photo.width)),
      bottom: min(box.bottom * down, Float(photo.height)))
    let view = photo.resized(width: resampling.width, height: resampling.height, box: box)
      .cropped(x: resampling.x, y: resampling.y, width: side, height: side)
    return flipped ? view.flippedHorizontally() : view
  }
}
