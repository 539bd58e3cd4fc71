import Files
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Resizing")
struct ResizingTests {
  @Test("equals Pillow bit for bit", arguments: Goldens.resizes)
  func golden(
    width: Int, height: Int, box: Box?, toWidth: Int, toHeight: Int, fingerprint: UInt64
  ) {
    let result = Image.pattern(width, height).resized(width: toWidth, height: toHeight, box: box)
    #expect(result.fingerprint == fingerprint)
  }

  @Test("the cubic filter equals Pillow bit for bit", arguments: Goldens.cubicResizes)
  func cubic(
    width: Int, height: Int, box: Box?, toWidth: Int, toHeight: Int, fingerprint: UInt64
  ) {
    let result = Image.pattern(width, height)
      .resized(width: toWidth, height: toHeight, box: box, interpolation: .bicubic)
    #expect(result.fingerprint == fingerprint)
  }

  @Test(
    "evaluation views of photos equal Pillow's bit for bit, with both filters",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"), arguments: Goldens.evaluationViews)
  func photos(name: String, linear: UInt64, cubic: UInt64) throws {
    let photo = try decodeImage(contentsOf: TestData.url("photos/\(name)"))
    #expect(photo.evaluationView(.crop, size: 224).fingerprint == linear)
    #expect(
      photo.evaluationView(.crop, size: 224, interpolation: .bicubic).fingerprint == cubic)
  }

  @Test(
    "covering takes the centre of the shape, and leaves a photo of the size as it is",
    arguments: [(48, 32), (96, 64), (48, 90), (200, 32), (31, 17), (7, 300)])
  func cover(width: Int, height: Int) {
    let image = Image.pattern(width, height)
    let size = ImageSize(height: 32, width: 48)
    let view = image.evaluationView(.cover, size: size)
    // As torchvision's Resize and CenterCrop without a margin.
    let isLonger = width * 32 > height * 48
    let columns = isLonger ? max(48, Int(32 * Double(width) / Double(height))) : 48
    let rows = isLonger ? 32 : max(32, Int(48 * Double(height) / Double(width)))
    let resized = image.resized(width: columns, height: rows)
    func half(_ margin: Int) -> Int { Int((Double(margin) / 2).rounded(.toNearestOrEven)) }
    #expect(
      view
        == resized.cropped(x: half(columns - 48), y: half(rows - 32), width: 48, height: 32))
    if (width, height) == (48, 32) {
      #expect(view == image)
      #expect(image.evaluationView(.crop, size: size) != image)
    }
  }

  @Test("equals the definition at every size from 1 to 40", arguments: 1...40)
  func oracle(size: Int) {
    let image = Image.pattern(size, 41 - size)
    for (width, height) in [(1, 1), (size, 7), (40, 3), (13, 41 - size), (size, 41 - size)] {
      #expect(
        image.resized(width: width, height: height)
          == naiveResize(image, width: width, height: height), "\(width)×\(height)")
    }
  }

  @Test(
    "sampling takes the four nearest pixels however much the picture shrinks",
    arguments: [(37, 23), (12, 12), (300, 41), (5, 90)], [1, 8, 12, 50])
  func sampled(size: (Int, Int), side: Int) {
    let (width, height) = size
    let image = Image.pattern(width, height)
    let found = image.evaluationView(.bilinear, size: ImageSize(side: side))
    // TensorFlow's tf.image.resize: centres in the middle of pixels, borders continued.
    func taps(_ index: Int, _ from: Int) -> [(Int, Double)] {
      let at = (Double(index) + 0.5) * Double(from) / Double(side) - 0.5
      let low = at.rounded(.down)
      return [(Int(low), 1 - (at - low)), (Int(low) + 1, at - low)].map {
        (min(max($0.0, 0), from - 1), $0.1)
      }
    }
    var exact = [Float](repeating: .nan, count: side * side * 3)
    exact.withUnsafeMutableBufferPointer { values in
      if let start = values.baseAddress {
        Preprocessing.none.write(image, .bilinear, size: ImageSize(side: side), to: start)
      }
    }
    var (worst, worstExact) = (0.0, 0.0)
    for row in 0..<side {
      for column in 0..<side {
        for channel in 0..<3 {
          var sum = 0.0
          for (r, down) in taps(row, height) {
            for (c, across) in taps(column, width) {
              sum += down * across * Double(image.pixels[(r * width + c) * 3 + channel])
            }
          }
          let value = Double(found.pixels[(row * side + column) * 3 + channel])
          worst = max(worst, abs(value - sum))
          let number = Double(exact[(row * side + column) * 3 + channel])
          worstExact = max(worstExact, number.isNaN ? .infinity : abs(number - sum))
        }
      }
    }
    // Both passes round to bytes.
    #expect(worst <= 1.01)
    // What a network reads is not rounded.
    #expect(worstExact <= 2e-3)
  }

  @Test("a photo that has the size already is squashed and sampled to itself")
  func unchanged() {
    let image = Image.pattern(24, 24)
    for policy in [ResizePolicy.squash, .bilinear] {
      #expect(image.evaluationView(policy, size: 24) == image)
      #expect(image.view(.evaluation(policy), size: 24) == image)
    }
  }

  @Test("equals the definition on boxes with fractions")
  func boxes() {
    let image = Image.pattern(61, 47)
    var random = CounterRandom(seed: 5, epoch: 0, index: 0)
    for _ in 0..<60 {
      let left = Float(random.uniform(0, 50))
      let top = Float(random.uniform(0, 40))
      let box = Box(
        left: left, top: top, right: left + Float(random.uniform(0.5, 10.9)),
        bottom: top + Float(random.uniform(0.5, 6.9)))
      let (width, height) = (1 + random.below(30), 1 + random.below(30))
      #expect(
        image.resized(width: width, height: height, box: box)
          == naiveResize(image, width: width, height: height, box: box), "\(box)")
    }
  }

  @Test(
    "the evaluation view is the resized photo's centre",
    arguments: [
      (500, 375), (375, 500), (224, 224), (256, 256), (100, 30), (31, 1000), (225, 224), (1, 1),
    ])
  func evaluationView(width: Int, height: Int) {
    let image = Image.pattern(width, height)
    let shorter = 256.0
    let scale = shorter / Double(min(width, height))
    let (full, tall) = (Int(Double(width) * scale + 1e-9), Int(Double(height) * scale + 1e-9))
    let margin = { (size: Int) in Int((Double(size - 224) / 2).rounded(.toNearestOrEven)) }
    let resized = image.resized(width: full, height: tall)
    let expected = resized.cropped(x: margin(full), y: margin(tall), width: 224, height: 224)
    #expect(image.evaluationView(.crop, size: 224) == expected)
    #expect(image.evaluationView(.squash, size: 224) == image.resized(width: 224, height: 224))
  }

  @Test(
    "a fitted photo is whole, in the middle, on the mean colour",
    arguments: [
      (500, 375), (375, 500), (224, 224), (100, 30), (31, 1000), (225, 224), (1, 1), (2000, 1),
    ], [ImageSize(side: 224), ImageSize(height: 72, width: 128), ImageSize(height: 90, width: 31)])
  func fitted(photo: (Int, Int), size: ImageSize) {
    let image = Image.pattern(photo.0, photo.1)
    let view = image.evaluationView(.fit, size: size)
    #expect((view.width, view.height) == (size.width, size.height))
    // The largest size of its shape that fits.
    let scale = min(
      Double(size.width) / Double(image.width), Double(size.height) / Double(image.height))
    func length(_ side: Int) -> Int {
      max(1, Int((Double(side) * scale).rounded(.toNearestOrEven)))
    }
    let (width, height) = (length(image.width), length(image.height))
    func margin(_ total: Int, _ length: Int) -> Int {
      Int((Double(total - length) / 2).rounded(.toNearestOrEven))
    }
    let (left, top) = (margin(size.width, width), margin(size.height, height))
    let resized = image.resized(width: width, height: height)
    #expect(view.cropped(x: left, y: top, width: width, height: height) == resized)
    let around = (0..<size.height * size.width).filter { place in
      let (column, row) = (place % size.width - left, place / size.width - top)
      return !(0..<width).contains(column) || !(0..<height).contains(row)
    }
    #expect(around.count == size.height * size.width - width * height)
    #expect(around.allSatisfy { view[$0 % size.width, $0 / size.width] == [124, 116, 104] })
  }

  /// Made by `Tools/References/pillow_goldens.py`: `ImageOps.pad` with the mean colour.
  static let padded: [(Int, Int, ImageSize, UInt64)] = [
    (500, 375, ImageSize(height: 224, width: 224), 0x691e_8a0e_1972_4dce),
    (375, 500, ImageSize(height: 224, width: 224), 0xa3b6_6147_c688_5a6e),
    (333, 500, ImageSize(height: 72, width: 128), 0x439a_489e_9dd4_a268),
    (1000, 10, ImageSize(height: 96, width: 64), 0xa7a2_384e_23ef_2052),
    (31, 47, ImageSize(height: 90, width: 31), 0x6150_4556_7abb_928e),
  ]

  @Test("a fitted photo is what Pillow's ImageOps.pad makes of it", arguments: padded)
  func paddedAsPillow(width: Int, height: Int, size: ImageSize, fingerprint: UInt64) {
    let view = Image.pattern(width, height).evaluationView(.fit, size: size)
    #expect(view.fingerprint == fingerprint)
  }

  @Test("a rectangle shows the middle of the photo that covers it, or all of it")
  func rectangles() {
    let image = Image.pattern(300, 200)
    let size = ImageSize(height: 56, width: 112)
    // 64 by 128, which 300 by 200 covers with 128 by 85.
    let covering = image.resized(width: 128, height: 85)
    #expect(
      image.evaluationView(.crop, size: size)
        == covering.cropped(x: 8, y: 14, width: 112, height: 56))
    #expect(image.evaluationView(.squash, size: size) == image.resized(width: 112, height: 56))
    let tall = Image.pattern(200, 300)
    let upright = ImageSize(height: 112, width: 56)
    #expect(
      tall.evaluationView(.crop, size: upright)
        == tall.resized(width: 85, height: 128).cropped(x: 14, y: 8, width: 56, height: 112))
  }

  @Test("a thumbnail keeps the shape and is never enlarged")
  func thumbnail() {
    let small = Image.pattern(400, 100).thumbnail(maxSide: 96)
    #expect((small.width, small.height) == (96, 24))
    #expect(Image.pattern(20, 10).thumbnail(maxSide: 96) == Image.pattern(20, 10))
    #expect(Image.pattern(3000, 1).thumbnail(maxSide: 10).height == 1)
  }

  @Test("crops and mirror images move pixels, nothing else")
  func moves() {
    let image = Image.pattern(5, 4)
    let part = image.cropped(x: 1, y: 2, width: 3, height: 2)
    #expect(part[0, 0] == image[1, 2])
    #expect(part[2, 1] == image[3, 3])
    let mirrored = image.flippedHorizontally()
    #expect(mirrored[0, 3] == image[4, 3])
    #expect(mirrored.flippedHorizontally() == image)
  }
}
