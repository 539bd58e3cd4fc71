import Foundation
import ImagePipeline
import TestSupport
import Testing

/// A TIFF file without compression, little-endian, with one strip for all, or for each plane.
struct PlainTIFF {
  var width = 37
  var height = 23
  var samples: Int
  var bits = 8
  /// What the colours are: 1 grey, 2 RGB, 5 CMYK.
  var kind = 2
  /// What the samples behind the colours are: 1 and 2 alpha, 0 nobody knows.
  var extra: [Int] = []
  /// Whether each kind of sample has a plane of its own.
  var isPlanar = false
  /// Whether all planes are the same bytes.
  var sharesPlane = false

  private func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(value >> (8 * $0) & 255) }
  }

  private func entries(_ dataCount: Int) -> [(tag: Int, size: Int, values: [Int])] {
    let strips = isPlanar ? samples : 1
    let size = width * height * bits / 8 * (isPlanar ? 1 : samples)
    var entries: [(tag: Int, size: Int, values: [Int])] = [
      (256, 4, [width]), (257, 4, [height]), (258, 2, [Int](repeating: bits, count: samples)),
      (259, 2, [1]), (262, 2, [kind]),
      (273, 4, (0..<strips).map { 8 + (sharesPlane ? 0 : $0 * size) }), (277, 2, [samples]),
      (278, 4, [height]), (279, 4, [Int](repeating: size, count: strips)),
      (284, 2, [isPlanar ? 2 : 1]),
    ]
    if !extra.isEmpty { entries.append((338, 2, extra)) }
    return entries
  }

  /// - Parameter data: all strips.
  func bytes(_ data: [UInt8]) -> [UInt8] {
    let entries = entries(data.count)
    let directory = 8 + data.count + data.count % 2
    let end = directory + 2 + 12 * entries.count + 4
    var (body, behind) = ([UInt8](), [UInt8]())
    for (tag, size, values) in entries {
      let value = values.flatMap { number($0, size) }
      body += number(tag, 2)
      body += number(size == 2 ? 3 : 4, 2)
      body += number(values.count, 4)
      if value.count > 4 {
        body += number(end + behind.count, 4)
        behind += value
      } else {
        body += value
        body += [UInt8](repeating: 0, count: 4 - value.count)
      }
    }
    var file: [UInt8] = [0x49, 0x49, 42, 0]
    file += number(directory, 4)
    file += data
    file += [UInt8](repeating: 0, count: data.count % 2)
    file += number(entries.count, 2)
    file += body
    file += [0, 0, 0, 0]
    file += behind
    return file
  }
}

@Suite("The memory that decoding takes")
struct DecodingMemoryTests {
  @Test(
    "a TIFF in planes gives the pixels of one whose samples are beside one another",
    arguments: [
      PlainTIFF(samples: 3), PlainTIFF(samples: 4, extra: [2]), PlainTIFF(samples: 4, extra: [1]),
      PlainTIFF(samples: 8, extra: [0, 0, 0, 0, 0]), PlainTIFF(samples: 4, kind: 5),
      PlainTIFF(samples: 5, kind: 5, extra: [1]), PlainTIFF(samples: 2, kind: 1, extra: [2]),
    ], [8, 16])
  func planes(_ kind: PlainTIFF, bits: Int) throws {
    var (together, apart) = (kind, kind)
    (together.bits, apart.bits, apart.isPlanar) = (bits, bits, true)
    let (pixels, size) = (kind.width * kind.height, bits / 8)
    let data = (0..<pixels * kind.samples * size).map { UInt8($0 * $0 * 31 % 251) }
    let planes = (0..<kind.samples).flatMap { sample in
      (0..<pixels).flatMap { data[(($0 * kind.samples + sample) * size)...].prefix(size) }
    }
    let image = try decodeImage(together.bytes(data))
    #expect(try decodeImage(apart.bytes(planes)).pixels == image.pixels)
    #expect(Set(image.pixels).count > 20)
  }

  @Test("strips of the whole picture are read row by row", arguments: [1, 3])
  func rows(samples: Int) throws {
    // 65 MiB a strip, with three of which all planes are the same.
    var kind = PlainTIFF(
      width: 65_535, height: 520, samples: samples, bits: 16, kind: samples == 1 ? 1 : 2)
    (kind.isPlanar, kind.sharesPlane) = (samples == 3, true)
    var data = [UInt8](repeating: 0, count: kind.width * kind.height * 2)
    let places = [(0, 0), (65_534, 0), (7, 300), (65_534, 519)]
    for (index, (x, y)) in places.enumerated() {
      // In both bytes: 257 times what 8 bits are to have.
      for byte in 0..<2 { data[(y * kind.width + x) * 2 + byte] = UInt8(10 * index + 100) }
    }
    let whole = kind.bytes(data)
    let image = try decodeImage(whole)
    for (index, (x, y)) in places.enumerated() {
      let start = (y * kind.width + x) * 3
      let found = Array(image.pixels[start..<start + 3])
      #expect(found == [UInt8](repeating: UInt8(10 * index + 100), count: 3), "\(x), \(y)")
    }
    #expect(image.pixels[3...5].allSatisfy { $0 == 0 })
  }

  @Test("a strip that the file ends in is cut short, however it is read")
  func short() throws {
    let kind = PlainTIFF(width: 65_535, height: 1100, samples: 1, kind: 1)
    // The directory is where it should be; the strip begins behind all of it.
    var file = kind.bytes([1, 2, 3, 4])
    let place = try #require(
      file.indices.dropLast(12).first { file[$0..<$0 + 4].elementsEqual([0x11, 1, 4, 0]) })
    file.replaceSubrange(place + 8..<place + 12, with: [200, 0, 0, 0])
    #expect(#expect(throws: ImageError.self) { try decodeImage(file) }?.kind == .truncated)
  }

  @Test("lines of pixels are refused by their length, before anything is taken for them")
  func lines() {
    let tiff = PlainTIFF(width: 100_000_000, height: 1, samples: 1, kind: 1).bytes([0])
    let tall = PlainTIFF(width: 1, height: 65_536, samples: 1, kind: 1).bytes([0])
    var bitmap: [UInt8] = Array("BM".utf8) + [UInt8](repeating: 0, count: 8)
    bitmap += [54, 0, 0, 0, 40, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 24, 0]
    bitmap += [UInt8](repeating: 0, count: 24)
    for (file, size) in [(tiff, "100000000×1"), (tall, "1×65536"), (bitmap, "65536×1")] {
      let error = #expect(throws: ImageError.self) { try decodeImage(file) }
      #expect(error?.kind == .tooLarge)
      #expect(error?.message == "\(size) pixels have a side of more than 65535", "\(error as Any)")
    }
  }

  @Test("kinds of JPEG that take many bytes a pixel may have fewer pixels")
  func coefficients() throws {
    var layout = JPEG.Layout()
    (layout.across, layout.down, layout.isProgressive) = (1, 1, true)
    var file = try JPEG.encode(.gradient(32, 32), quality: 50, layout: layout)
    let frame = try #require(
      file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC2 })
    file.replaceSubrange(frame + 5..<frame + 9, with: [0x27, 0x10, 0x27, 0x10])
    let error = #expect(throws: ImageError.self) { try decodeImage(file) }
    #expect(error?.kind == .tooLarge)
    #expect(
      error?.message
        == "10000×10000 pixels of this kind take more memory to decode than the 667 MiB allowed",
      "\(error as Any)")
  }
}
