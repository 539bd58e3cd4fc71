import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("How a photo was taken and stored")
struct TraitTests {
  private func traits(_ image: Image, quality: Int = 95) throws -> PhotoTraits {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "photo.jpg")
    try Data(JPEG.encode(image, quality: quality)).write(to: file)
    return try PhotoTraits(contentsOf: file)
  }

  private func even(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Image {
    Image(
      width: 160, height: 140,
      pixels: (0..<160 * 140).flatMap { _ in [red, green, blue] })
  }

  @Test(
    "brightness is that of the luma, colour the spread of the channels",
    arguments: [
      ([0, 0, 0], 0.0, 0.0), ([255, 255, 255], 1, 0), ([128, 128, 128], 0.502, 0),
      ([255, 0, 0], 0.299, 1),
    ] as [([UInt8], Double, Double)])
  func evenly(_ colour: [UInt8], _ brightness: Double, _ colourfulness: Double) throws {
    let traits = try traits(even(colour[0], colour[1], colour[2]))
    #expect(abs(traits.brightness - brightness) < 0.01)
    #expect(abs(traits.colourfulness - colourfulness) < 0.02)
    #expect(traits.contrast < 0.01 && traits.width == 160 && traits.height == 140)
    #expect(!traits.isTurned)
  }

  @Test("edges that are soft are less sharp than the same edges hard, however large the photo")
  func sharpness() throws {
    func stripes(_ side: Int) -> Image {
      Image(
        width: side, height: side,
        pixels: (0..<side * side).flatMap { pixel -> [UInt8] in
          let value: UInt8 = (pixel % side) * 8 / side % 2 == 0 ? 40 : 220
          return [value, value, value]
        })
    }
    let hard = stripes(512)
    let soft = hard.resized(width: 24, height: 24).resized(width: 512, height: 512)
    #expect(try traits(soft).sharpness < 0.5 * traits(hard).sharpness)
    #expect(try abs(traits(soft).brightness - traits(hard).brightness) < 0.02)
  }

  @Test("a JPEG's quality is read from its table", arguments: [20, 25, 50, 75, 90, 100])
  func quality(_ quality: Int) throws {
    let found = try traits(.gradient(64, 48), quality: quality).jpegQuality
    #expect(abs(try #require(found) - quality) <= 1)
  }

  @Test("photos are looked at with 128 pixels on their shorter side, unless they have fewer")
  func ordinarySizes() {
    for (shorter, longer) in [
      (48, 64), (100, 400), (127, 500), (128, 512), (129, 516), (1024, 4096), (1333, 2000),
      (3000, 4000), (3024, 4032), (5000, 20_000),
    ] {
      let scale = min(1, 128 / Double(shorter))
      let (small, large) = (Int(Double(shorter) * scale), Int(Double(longer) * scale))
      let wide = PhotoTraits.sizeLookedAt(width: longer, height: shorter)
      #expect(wide.width == large && wide.height == small, "\(longer)×\(shorter)")
      let tall = PhotoTraits.sizeLookedAt(width: shorter, height: longer)
      #expect(tall.width == small && tall.height == large, "\(shorter)×\(longer)")
    }
  }

  @Test("however long a photo is, no more pixels of it are looked at")
  func longSizes() {
    for (shorter, longer) in [
      (1, 65_535), (1, 999_999), (1, 100_000_000), (2, 999_999), (100, 2000), (100, 999_999),
      (500, 65_535), (1500, 65_535), (10_000, 1_000_000),
    ] {
      let wide = PhotoTraits.sizeLookedAt(width: longer, height: shorter)
      #expect(wide.width > wide.height && wide.height > 0, "\(longer)×\(shorter)")
      #expect(wide.width * wide.height <= 131_072, "\(longer)×\(shorter)")
      let tall = PhotoTraits.sizeLookedAt(width: shorter, height: longer)
      #expect(tall.height == wide.width && tall.width == wide.height, "\(shorter)×\(longer)")
    }
  }

  @Test("a photo that is very long is as bright and as varied as its parts")
  func long() throws {
    let row = [UInt8](repeating: 40, count: 30_000) + [UInt8](repeating: 220, count: 30_000)
    let traits = try traits(
      Image(width: 20_000, height: 100, pixels: (0..<100).flatMap { _ in row }))
    #expect(abs(traits.brightness - 130 / 255) < 0.01)
    #expect(abs(traits.contrast - 90 / 255) < 0.01)
    #expect(traits.colourfulness < 0.02 && traits.width == 20_000 && traits.height == 100)
  }

  @Test("segments that lie about their length, or are cut short, say nothing of the quality")
  func hostile() throws {
    let file = try JPEG.encode(.gradient(64, 48), quality: 50)
    for length in 0..<min(file.count, 200) {
      // Whatever remains: no trap, and no photo.
      let folder = try TemporaryFolder()
      let url = folder.url.appending(path: "x.jpg")
      try Data(file.prefix(length)).write(to: url)
      #expect(throws: ImageError.self) { try PhotoTraits(contentsOf: url) }
    }
  }
}
