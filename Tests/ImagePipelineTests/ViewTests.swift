import Files
import Foundation
import ImagePipeline
import TensorKernels
import Testing

@Suite("Views and preprocessing")
struct ViewTests {
  @Test("preprocessing computes Keras's formulae in Float32")
  func formulae() {
    let cases: [(Preprocessing, [Int], (Float, Int) -> Float)] = [
      (.caffe, [2, 1, 0], { $0 - [103.939, 116.779, 123.68][$1] }),
      (.signed, [0, 1, 2], { x, _ in x / 127.5 - 1 }),
      (
        .torch, [0, 1, 2],
        { ($0 / 255 - [0.485, 0.456, 0.406][$1]) / [0.229, 0.224, 0.225][$1] }
      ),
      (.none, [0, 1, 2], { x, _ in x }),
    ]
    let image = Image(
      width: 256, height: 1,
      pixels: (0..<768).map { UInt8(truncatingIfNeeded: $0 / 3 + $0 % 3 * 40) })
    for (preprocessing, order, formula) in cases {
      var floats = [Float](repeating: .nan, count: 768)
      preprocessing.write(image, to: &floats)
      for pixel in 0..<256 {
        for channel in 0..<3 {
          let byte = Float(image.pixels[pixel * 3 + order[channel]])
          #expect(floats[pixel * 3 + channel] == formula(byte, channel))
        }
      }
    }
  }

  @Test("grey pictures are Pillow's luma, shifted by the mean of the colours' means")
  func gray() {
    let colours: [[UInt8]] = [
      [255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30], [201, 99, 7], [254, 255, 253],
      [1, 1, 2],
      [128, 64, 200],
    ]
    // `Image.convert("L")` of Pillow 13.
    let luma: [Float] = [76, 150, 29, 18, 119, 254, 1, 99]
    let image = Image(width: 8, height: 1, pixels: colours.flatMap(\.self))
    var values = [Float](repeating: .nan, count: 8)
    Preprocessing.none.gray.write(image, to: &values)
    #expect(values == luma)
    Preprocessing.signed.gray.write(image, to: &values)
    #expect(values == luma.map { $0 / 127.5 - 1 })
    #expect(Preprocessing.caffe.gray.mean == [(103.939 + 116.779 + 123.68) / 3])
    #expect(Preprocessing.torch.gray.channels == 1)
  }

  @Test("a training view is the same for the same seed, epoch and photo, and no other")
  func deterministic() {
    let image = Image.pattern(200, 150)
    func view(_ seed: UInt64, _ epoch: Int, _ index: Int) -> Image {
      image.view(.training(.standard), size: 32, seed: seed, epoch: epoch, index: index)
    }
    #expect(view(1, 2, 3) == view(1, 2, 3))
    #expect(view(1, 2, 3) != view(2, 2, 3))
    #expect(view(1, 2, 3) != view(1, 3, 3))
    #expect(view(1, 2, 3) != view(1, 2, 4))
    #expect(
      image.view(.training(.none), size: 32, epoch: 5) == image.evaluationView(.crop, size: 32))
  }

  @Test(
    "training views show the part of the photo that the augmentation allows, mirrored half the time",
    arguments: [(Augmentation.light, 0.7), (.standard, 0.35)], [(300, 200), (200, 300), (1000, 50)])
  func crops(augmentation: (Augmentation, Double), size: (Int, Int)) {
    // The gradient tells where a pixel came from.
    let image = Image.gradient(size.0, size.1)
    var (mirrored, smallest, largest) = (0, 2.0, 0.0)
    for index in 0..<400 {
      let view = image.view(.training(augmentation.0), size: 8, seed: 9, index: index)
      let across = view[7, 0][0] - view[0, 0][0]
      let down = view[0, 7][1] - view[0, 0][1]
      #expect(down > 0)
      if across < 0 { mirrored += 1 }
      // Seven of eight pixels lie between the centres of the outer ones.
      let area = Double(abs(across) * down) / 255 / 255 * 64 / 49
      (smallest, largest) = (min(smallest, area), max(largest, area))
    }
    #expect((150...250).contains(mirrored))
    let fits = size.0 < 1000
    #expect(!fits || abs(smallest - augmentation.1) < 0.08, "\(smallest)")
    #expect(!fits || largest > 0.8, "\(largest)")
  }

  @Test("random crops have a uniform share of the area and a log-uniform shape, at a uniform place")
  func distributions() {
    let (width, height, count) = (1000, 800, 20_000)
    var areas = [Int](repeating: 0, count: 10)
    var shapes = areas
    var places = areas
    var flips = 0
    for index in 0..<count {
      var random = CounterRandom(seed: 1, epoch: 7, index: UInt64(index))
      var recipe = Augmentation.standard
      // Small enough to fit always: parts that do not fit are drawn again, which bends the distribution.
      recipe.crop = .resized(area: 0.1...0.4)
      let plan = PhotoView.training(recipe).plan(
        width: width, height: height, size: 64, random: &random)
      let flipped = plan.isFlipped
      guard case .upright(let resampling) = plan.geometry else {
        Issue.record("a crop is upright")
        return
      }
      if flipped { flips += 1 }
      let box = resampling.box
      let (across, down) = (Double(box.right - box.left), Double(box.bottom - box.top))
      func count(_ share: Double, in buckets: inout [Int]) {
        buckets[min(9, max(0, Int(share * 10)))] += 1
      }
      count((across * down / 800_000 - 0.1) / 0.3, in: &areas)
      count((log(across / down) / log(4.0 / 3) + 1) / 2, in: &shapes)
      count(Double(box.left) / (Double(width) - across + 1), in: &places)
    }
    // Each bucket expects a tenth; 5.5 standard deviations are 0.0117 of all.
    for buckets in [areas, shapes, places] {
      #expect(buckets.allSatisfy { (1766...2234).contains($0) }, "\(buckets)")
    }
    #expect((9600...10_400).contains(flips), "\(flips)")
  }

  @Test("light and standard views are the resized random part, mirrored by the next bit")
  func definition() {
    let image = Image.pattern(120, 90)
    for (recipe, smallest) in [(Augmentation.light, 0.7), (.standard, 0.35)] {
      for index in 0..<50 {
        var random = CounterRandom(seed: 4, epoch: 2, index: UInt64(index))
        var box: Box?
        for _ in 0..<10 where box == nil {
          let area = 10_800 * random.uniform(smallest, 1)
          let aspect = exp(random.uniform(log(0.75), log(4.0 / 3)))
          let width = Int((area * aspect).squareRoot().rounded())
          let height = Int((area / aspect).squareRoot().rounded())
          guard width <= 120, height <= 90 else { continue }
          let (x, y) = (random.below(121 - width), random.below(91 - height))
          box = Box(
            left: Float(x), top: Float(y), right: Float(x + width), bottom: Float(y + height))
        }
        guard let box else { continue }
        var expected = image.resized(width: 32, height: 32, box: box)
        if random.next() >> 63 == 1 { expected = expected.flippedHorizontally() }
        let view = image.view(.training(recipe), size: 32, seed: 4, epoch: 2, index: index)
        #expect(view == expected)
      }
    }
  }

  @Test("patches are squares of the photo resized for evaluation, from everywhere in it")
  func patches() {
    var recipe = Augmentation.none
    recipe.crop = .patch
    let image = Image.pattern(90, 70)
    let resized = image.resized(width: 82, height: 64)
    var places: Set<[Int]> = []
    for index in 0..<200 {
      var random = CounterRandom(seed: 0, epoch: 0, index: UInt64(index))
      let (x, y) = (random.below(82 - 56 + 1), random.below(64 - 56 + 1))
      places.insert([x, y])
      let view = image.view(.training(recipe), size: 56, index: index)
      #expect(view == resized.cropped(x: x, y: y, width: 56, height: 56))
    }
    #expect(Set(places.map { $0[0] }).count == 27 && Set(places.map { $0[1] }).count == 9)
  }

  @Test("test-time views are the centre and its mirror image, or AlexNet's ten crops")
  func testTime() {
    let image = Image.pattern(90, 70)
    let resized = image.resized(width: 82, height: 64)
    func views(_ count: Int, _ policy: ResizePolicy = .crop) -> [Image] {
      PhotoView.testTime(policy, views: count).map { image.view($0, size: 56) }
    }
    let centre = image.evaluationView(.crop, size: 56)
    #expect(views(1) == [centre])
    #expect(views(2) == [centre, centre.flippedHorizontally()])
    let corners = [(0, 0), (26, 0), (0, 8), (26, 8)]
      .map { resized.cropped(x: $0.0, y: $0.1, width: 56, height: 56) }
    let five = corners + [centre]
    #expect(views(5) == five)
    #expect(views(10) == five + five.map { $0.flippedHorizontally() })
    #expect(views(1, .squash) == [image.resized(width: 56, height: 56)])
    let squashed = image.resized(width: 64, height: 64)
    #expect(views(5, .squash)[3] == squashed.cropped(x: 8, y: 8, width: 56, height: 56))
    #expect(views(5, .squash)[4] == squashed.cropped(x: 4, y: 4, width: 56, height: 56))
  }

  @Test("test-time views of a fitted photo are cut from it and what is beside it")
  func fittedTestTime() {
    let image = Image.pattern(90, 70)
    let canvas = image.evaluationView(.fit, size: 64)
    let views = PhotoView.testTime(.fit, views: 5).map { image.view($0, size: 56) }
    let places = [(0, 0), (8, 0), (0, 8), (8, 8), (4, 4)]
    #expect(views == places.map { canvas.cropped(x: $0.0, y: $0.1, width: 56, height: 56) })
    #expect(
      PhotoView.testTime(.fit, views: 2).map { image.view($0, size: 56) }[1]
        == image.evaluationView(.fit, size: 56).flippedHorizontally())
  }

  @Test(
    "training views of a rectangle have its size and keep shapes",
    arguments: [Augmentation.light, .standard, .strong, .alexnet])
  func rectangularTraining(recipe: Augmentation) {
    let image = Image.gradient(300, 200)
    let size = ImageSize(height: 40, width: 96)
    for index in 0..<20 {
      let view = image.view(.training(recipe), size: size, seed: 3, index: index)
      #expect((view.width, view.height) == (96, 40))
      var random = CounterRandom(seed: 3, epoch: 0, index: UInt64(index))
      let plan = PhotoView.training(recipe).plan(
        width: 300, height: 200, size: size, random: &random)
      guard case .upright(let resampling) = plan.geometry else { continue }
      let across = (resampling.box.right - resampling.box.left) / Float(resampling.width)
      let down = (resampling.box.bottom - resampling.box.top) / Float(resampling.height)
      // As long as the recipe lets squares become, and no longer.
      #expect(max(across / down, down / across) < 1.45, "\(across) \(down)")
    }
  }

  @Test("a turn of a rectangle is a turn: as far across as down")
  func turnedRectangle() {
    let part = Resampling(
      Box(left: 0, top: 0, right: 96, bottom: 40), width: 96, height: 40)
    let map = Transformation(part, .rotation(degrees: 90), border: .reflect)
    #expect((map.width, map.height) == (96, 40))
    // The centre stays; a step to the right goes up by one pixel.
    #expect(abs(map.xu * 48 + map.xv * 20 + map.x - 48) < 1e-9)
    #expect(abs(map.yu * 48 + map.yv * 20 + map.y - 20) < 1e-9)
    #expect(abs(map.xu) < 1e-9 && abs(map.yu + 1) < 1e-9)
  }

  @Test("random numbers are uniform")
  func uniform() {
    var random = CounterRandom(seed: 0, epoch: 0, index: 0)
    var buckets = [Int](repeating: 0, count: 10)
    var mean = 0.0
    for _ in 0..<10_000 {
      buckets[random.below(10)] += 1
      mean += random.uniform() / 10_000
    }
    #expect(buckets.allSatisfy { (850...1150).contains($0) })
    #expect(abs(mean - 0.5) < 0.02)
  }
}
