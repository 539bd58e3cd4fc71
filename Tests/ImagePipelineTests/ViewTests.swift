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
      image.view(.training(.standard), side: 32, seed: seed, epoch: epoch, index: index)
    }
    #expect(view(1, 2, 3) == view(1, 2, 3))
    #expect(view(1, 2, 3) != view(2, 2, 3))
    #expect(view(1, 2, 3) != view(1, 3, 3))
    #expect(view(1, 2, 3) != view(1, 2, 4))
    #expect(
      image.view(.training(.none), side: 32, epoch: 5) == image.evaluationView(.crop, side: 32))
  }

  @Test(
    "training views show the part of the photo that the augmentation allows, mirrored half the time",
    arguments: [(Augmentation.light, 0.7), (.standard, 0.35)], [(300, 200), (200, 300), (1000, 50)])
  func crops(augmentation: (Augmentation, Double), size: (Int, Int)) {
    // The gradient tells where a pixel came from.
    let image = Image.gradient(size.0, size.1)
    var (mirrored, smallest, largest) = (0, 2.0, 0.0)
    for index in 0..<400 {
      let view = image.view(.training(augmentation.0), side: 8, seed: 9, index: index)
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

  @Test("shuffles are permutations that depend on seed and epoch")
  func shuffles() {
    let order = shuffledOrder(count: 100, seed: 3, epoch: 1)
    #expect(order.sorted() == Array(0..<100))
    #expect(order == shuffledOrder(count: 100, seed: 3, epoch: 1))
    #expect(order != shuffledOrder(count: 100, seed: 3, epoch: 2))
    #expect(order != shuffledOrder(count: 100, seed: 4, epoch: 1))
    #expect(shuffledOrder(count: 0, seed: 1, epoch: 1) == [])
    #expect(shuffledOrder(count: 1, seed: 1, epoch: 1) == [0])
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
