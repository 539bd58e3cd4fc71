import ImagePipeline
import Testing

@Suite("Colour operations")
struct ColourTests {
  @Test("equal torchvision's, which rounds down, within a level", arguments: ColourGoldens.results)
  func torchvision(operation: ColourOperation, digits: String) throws {
    var picture = Image.mutedPattern
    if operation == .autocontrast { picture = picture.applying([.contrast(0.5)]) }
    let result = picture.applying([operation]).pixels
    let expected = digits.bytes
    try #require(result.count == expected.count)
    let differences = zip(result, expected).map { abs(Int($0) - Int($1)) }
    // Sharpness rounds twice there, saturated colours and stretches of two roundings too.
    let allowed =
      switch operation {
      case .sharpness, .autocontrast: 2
      case .posterize, .solarize, .equalize: 0
      default: 1
      }
    #expect(differences.max().map { $0 <= allowed } == true, "\(differences.max() ?? -1)")
  }

  @Test("equal their formulae on a picture that is no square, within half a level of rounding")
  func formulae() {
    let picture = Image.pattern(37, 11)
    func luma(_ p: [Int]) -> Double {
      0.299 * Double(p[0]) + 0.587 * Double(p[1]) + 0.114 * Double(p[2])
    }
    var mean = 0.0
    for y in 0..<11 { for x in 0..<37 { mean += luma(picture[x, y]) / 407 } }
    let cases: [(ColourOperation, (_ value: Double, _ luma: Double) -> Double)] = [
      (.brightness(1.3), { x, _ in 1.3 * x }),
      (.contrast(0.2), { x, _ in mean + 0.2 * (x - mean) }),
      (.saturation(1.8), { x, luma in luma + 1.8 * (x - luma) }),
      (.grayscale, { _, luma in luma }),
    ]
    for (operation, formula) in cases {
      let result = picture.applying([operation])
      for y in 0..<11 {
        for x in 0..<37 {
          for channel in 0..<3 {
            let value = Double(picture[x, y][channel])
            let exact = min(255, max(0, formula(value, luma(picture[x, y]))))
            #expect(abs(Double(result[x, y][channel]) - exact) < 0.501, "\(operation)")
          }
        }
      }
    }
  }

  @Test("tables are composed to what one after the other gives")
  func composed() {
    let tables: [ColourOperation] = [
      .contrast(0.7), .equalize, .posterize(bits: 5), .brightness(1.4), .autocontrast,
      .solarize(threshold: 90), .contrast(1.5),
    ]
    let picture = Image.pattern(31, 17)
    var one = picture
    for operation in tables { one = one.applying([operation]) }
    #expect(picture.applying(tables) == one)
    let mixed: [ColourOperation] = [
      .equalize, .hue(0.2), .brightness(0.8), .sharpness(1.7), .contrast(1.2), .blur(sigma: 1),
      .saturation(0.5), .autocontrast,
    ]
    one = picture
    for operation in mixed { one = one.applying([operation]) }
    #expect(picture.applying(mixed) == one)
  }

  @Test("a turn of the hue by thirds of the circle exchanges the channels, greys stay")
  func hue() {
    let picture = Image.pattern(16, 9)
    let turned = picture.applying([.hue(1.0 / 3)])
    for y in 0..<9 {
      for x in 0..<16 {
        let (before, after) = (picture[x, y], turned[x, y])
        for channel in 0..<3 {
          #expect(abs(after[(channel + 1) % 3] - before[channel]) <= 1)
        }
      }
    }
    let grey = picture.applying([.grayscale])
    #expect(grey.applying([.hue(0.37)]) == grey)
    #expect(picture.applying([.hue(0)]) == picture)
  }

  @Test("nothing changes at a factor of 1, and pictures of one pixel or colour survive everything")
  func neutral() {
    let picture = Image.pattern(13, 12)
    for operation: ColourOperation in [
      .brightness(1), .contrast(1), .saturation(1), .hue(0), .sharpness(1), .posterize(bits: 8),
      .solarize(threshold: 256),
    ] {
      #expect(picture.applying([operation]) == picture, "\(operation)")
    }
    for (width, height) in [(1, 1), (2, 1), (1, 5)] {
      let flat = Image(
        width: width, height: height,
        pixels: [UInt8](repeating: 77, count: width * height * 3))
      for operation: ColourOperation in [
        .autocontrast, .equalize, .sharpness(0.1), .contrast(0.3), .blur(sigma: 3), .hue(0.4),
        .saturation(0),
      ] {
        #expect(flat.applying([operation]) == flat, "\(operation)")
      }
    }
  }
}

extension Image {
  /// Noise that is half grey; `Tools/References/torchvision_goldens.py` makes it too.
  static var mutedPattern: Image {
    var image = Image.pattern(8, 8)
    for pixel in stride(from: 0, to: 64, by: 2) {
      let red = Int(image.pixels[3 * pixel])
      for channel in 0..<3 {
        let value = Int(image.pixels[3 * pixel + channel])
        image.pixels[3 * pixel + channel] = UInt8(20 + (value + 3 * red) * 3 / 16)
      }
    }
    return image
  }
}

extension String {
  /// Of hexadecimal digits.
  fileprivate var bytes: [UInt8] {
    let digits = Array(utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
  }
}
