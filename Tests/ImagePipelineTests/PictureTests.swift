import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Pictures that are made")
struct PictureTests {
  @Test("PNG files give the same picture again", arguments: [(1, 1), (3, 2), (257, 31)])
  func png(width: Int, height: Int) throws {
    var random = SeededValues(seed: 4)
    let image = Image(
      width: width, height: height,
      pixels: random.values(width * height * 3, 0...255).map { UInt8($0) })
    let bytes = try PNG.encode(image)
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(try decodeImage(bytes) == image)
  }

  @Test("A side that PNG does not allow is refused")
  func hugePNG() throws {
    let image = Image(width: 1_000_001, height: 1, pixels: [UInt8](repeating: 0, count: 3_000_003))
    let error = #expect(throws: ImageError.self) { try PNG.encode(image) }
    #expect(error?.kind == .notEncodable)
    #expect(error?.message.hasPrefix("a 1000001×1 image cannot be written as PNG: ") == true)
  }

  @Test("Colours of a map become lighter in equal steps, by the lightness that people see")
  func lightness() {
    let map = ColourMap.violetToYellow
    let found = (0...20).map { lightness(of: map(Float($0) / 20)) }
    for (first, second) in zip(found, found.dropFirst()) {
      #expect(abs(second - first - 0.033) < 0.004, "\(first) \(second)")
    }
    #expect(map(-1) == map(0) && map(7) == map(1) && map(.nan) == map(0))
    #expect(ColourMap.gray(0) == SIMD3(0, 0, 0) && ColourMap.gray(1) == SIMD3(255, 255, 255))
  }

  @Test("Colours of kinds are equally light, and no two are the same")
  func kinds() {
    let colours = ColourMap.kinds(12)
    #expect(Set(colours.map { "\($0)" }).count == 12)
    #expect(colours.allSatisfy { abs(lightness(of: $0) - 0.7) < 0.005 })
  }

  /// L of Oklab, of bytes of sRGB.
  private func lightness(of colour: SIMD3<UInt8>) -> Double {
    let light = (0..<3).map { place in
      let value = Double(colour[place]) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let l = 0.4122214708 * light[0] + 0.5363325363 * light[1] + 0.0514459929 * light[2]
    let m = 0.2119034982 * light[0] + 0.6806995451 * light[1] + 0.1073969566 * light[2]
    let s = 0.0883024619 * light[0] + 0.2817188376 * light[1] + 0.6299787005 * light[2]
    return 0.2104542553 * cbrt(l) + 0.7936177850 * cbrt(m) - 0.0040720468 * cbrt(s)
  }

  @Test("A map is stretched between the centres of its cells, and not beyond")
  func resizing() {
    let map = HeatMap(rows: 1, columns: 2, values: [0, 8])
    #expect(map.resized(width: 4, height: 2).values == [0, 2, 6, 8, 0, 2, 6, 8])
    #expect(map.resized(width: 2, height: 1) == map)
    let cell = HeatMap(rows: 1, columns: 1, values: [3])
    #expect(cell.resized(width: 2, height: 2).values == [3, 3, 3, 3])
  }

  @Test("A map over a picture is mixed with it by the opacity")
  func covering() {
    let image = Image(width: 2, height: 1, pixels: [100, 100, 100, 200, 0, 50])
    let map = HeatMap(rows: 1, columns: 2, values: [0, 1])
    #expect(map.over(image, .gray, opacity: 0) == image)
    #expect(map.over(image, .gray, opacity: 1).pixels == [0, 0, 0, 255, 255, 255])
    #expect(map.over(image, .gray, opacity: 0.5).pixels == [50, 50, 50, 228, 128, 153])
    #expect(map.over(image, .gray, range: 0...2, opacity: 1).pixels.suffix(3) != [255, 255, 255])
    #expect(HeatMap(rows: 1, columns: 1, values: [4]).picture(.gray).pixels == [0, 0, 0])
    let broken = HeatMap(rows: 1, columns: 3, values: [.nan, 1, .infinity])
    #expect(
      broken.range == 1...1 && broken.picture(.gray).pixels == [UInt8](repeating: 0, count: 9))
  }

  @Test("A grid lays pictures out in rows, on white")
  func grid() {
    let dot = Image(width: 1, height: 1, pixels: [9, 9, 9])
    var grid = PictureGrid([dot, dot, dot], columns: 2)
    grid.gap = 1
    let (w, b): ([UInt8], [UInt8]) = ([255, 255, 255], [9, 9, 9])
    #expect(grid.image.width == 5 && grid.image.height == 5)
    #expect(
      grid.image.pixels
        == [w, w, w, w, w, w, b, w, b, w, w, w, w, w, w, w, b, w, w, w, w, w, w, w, w].flatMap(
          \.self))
    #expect(PictureGrid([Image](repeating: dot, count: 10)).columns == 4)
    #expect(
      Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6]).magnified(2).pixels
        == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
  }
}
