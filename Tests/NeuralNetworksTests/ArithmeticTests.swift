import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// The numbers of lecture notes on convolution, pooling and sizes.
@Suite("The notes' arithmetic")
struct ArithmeticTests {
  /// One image, one filter, and what comes out.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let side: Int
    let image: [Float]
    let kernel: [Float]
    var padding = Padding.valid
    let expected: [Float]
  }

  static let examples = [
    Example(
      testDescription: "5 × 5 by 3 × 3", side: 5,
      image: [3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1],
      kernel: [0, 1, 2, 2, 2, 0, 0, 1, 2], expected: [12, 12, 17, 10, 17, 19, 9, 6, 14]),
    Example(
      testDescription: "vertical edges", side: 6, image: edges,
      kernel: [1, 0, -1, 1, 0, -1, 1, 0, -1],
      expected: [-5, -4, 0, 8, -10, -2, 2, 3, 0, -2, -4, -7, -3, -2, -3, -16]),
    Example(
      testDescription: "vertical edges with a ring of zeros", side: 6, image: edges,
      kernel: [1, 0, -1, 1, 0, -1, 1, 0, -1], padding: .explicit(Edges(1)),
      expected: [
        -5, -5, -6, -1, 6, 10, -12, -5, -4, 0, 8, 11, -13, -10, -2, 2, 3, 11, -10, 0, -2, -4, -7,
        10, -7, -3, -2, -3, -16, 12, -6, 0, -2, 1, -9, 5,
      ]),
  ]

  static let edges: [Float] = [
    3, 0, 1, 2, 7, 4, 1, 5, 8, 9, 3, 1, 2, 7, 2, 5, 1, 3, 0, 1, 3, 1, 7, 8, 4, 2, 1, 6, 2, 8, 2, 4,
    5, 2, 3, 9,
  ]

  @Test("convolutions worked out by hand", arguments: examples, BackendChoice.allCases)
  func convolution(example: Example, backend: BackendChoice) throws {
    let network = try Network(
      [example.side, example.side, 1],
      Convolution2D(1, kernel: 3, padding: example.padding, bias: false))
    let kernel = Tensor([3, 3, 1, 1], example.kernel)
    let found = try network.infer(example.image, ["layer/kernel": kernel], backend: backend)
    #expect(found == example.expected)
  }

  @Test(
    "the output's side is ⌊(n + 2p − f) / s⌋ + 1",
    arguments: [
      (n: 64, p: 1, f: 6, s: 2, side: 31), (39, 0, 3, 1, 37), (37, 0, 5, 2, 17), (17, 0, 5, 2, 7),
      (6, 1, 3, 1, 6), (5, 0, 3, 1, 3), (227, 0, 11, 4, 55), (224, 3, 7, 2, 112), (7, 0, 7, 1, 1),
    ])
  func side(n: Int, p: Int, f: Int, s: Int, side: Int) throws {
    let padding = Padding.explicit(Edges(p))
    let image = try Network(
      [n, n, 16], Convolution2D(32, kernel: Extent(f), stride: Extent(s), padding: padding))
    #expect(image.outputShape == [side, side, 32])
    let sequence = try Network(
      [n, 16],
      Convolution1D(
        32, kernel: f, stride: s, padding: .explicit(Edges(left: p, right: p))))
    #expect(sequence.outputShape == [side, 32])
    let around = Edges(front: p, back: p, top: p, bottom: p, left: p, right: p)
    let volume = try Network(
      [n, n, n, 16],
      Convolution3D(32, kernel: .cube(f), stride: .cube(s), padding: .explicit(around)))
    #expect(volume.outputShape == [side, side, side, 32])
  }

  @Test("39 × 39 × 3 → 37 × 37 × 10 → 17 × 17 × 20 → 7 × 7 × 40 → 1960")
  func chain() throws {
    let network = try Network(
      [39, 39, 3],
      chain: [
        Convolution2D(10, kernel: 3), Convolution2D(20, kernel: 5, stride: 2),
        Convolution2D(40, kernel: 5, stride: 2), Flatten(),
      ])
    #expect(
      network.nodes.map(\.shape) == [
        [39, 39, 3], [37, 37, 10], [17, 17, 20], [7, 7, 40], [1960],
      ])
    let first = network.nodes[1].parameters.reduce(0) { $0 + $1.shape.count }
    #expect(first == 280, "ten 3 × 3 × 3 filters")
  }

  @Test(
    "adaptive pooling: s = ⌊n_in / n_out⌋, f = n_in − (n_out − 1) · s",
    arguments: [
      (input: 13, output: 6, stride: 2, size: 3), (7, 7, 1, 1), (7, 1, 7, 7), (10, 3, 3, 4),
      (32, 5, 6, 8), (11, 4, 2, 5),
    ])
  func adaptive(input: Int, output: Int, stride: Int, size: Int) throws {
    var random = SeededValues(seed: 2)
    let images = random.values(2 * input * input * 3)
    let adaptive: [any Layer] = [
      AdaptivePooling2D(Extent(output), kind: .max),
      AdaptivePooling2D(Extent(output), kind: .average),
    ]
    let fixed: [any Layer] = [
      MaxPooling2D(Extent(size), stride: Extent(stride)),
      AveragePooling2D(Extent(size), stride: Extent(stride)),
    ]
    for (left, right) in zip(adaptive, fixed) {
      let one = try Network([input, input, 3], chain: [left])
      let other = try Network([input, input, 3], chain: [right])
      #expect(one.outputShape == [output, output, 3])
      #expect(try one.infer(images) == other.infer(images))
    }
  }

  @Test("a network like LeNet has 456, 2 416, 48 120, 10 164 and 850 parameters")
  func lenetLike() throws {
    let network = try Network(
      [32, 32, 3],
      chain: [
        Convolution2D(6, kernel: 5), MaxPooling2D(2, stride: 2), Convolution2D(16, kernel: 5),
        MaxPooling2D(2, stride: 2), Flatten(), Dense(120), Dense(84), Dense(10),
      ])
    let counts = network.nodes.map { $0.parameters.reduce(0) { $0 + $1.shape.count } }
    #expect(counts.filter { $0 > 0 } == [456, 2416, 48_120, 10_164, 850])
  }

  @Test("25 features per pixel: 60 211 200 weights fully connected, 1 875 shared")
  func sharing() throws {
    let shared = try Network([32, 32, 3], Convolution2D(25, kernel: 5, bias: false))
    #expect(shared.parameterCount == 1875)
    #expect(shared.outputShape == [28, 28, 25])
    let connected = try Network(
      [32, 32, 3], chain: [Flatten(), Dense(shared.outputShape.count, bias: false)])
    #expect(connected.parameterCount == 60_211_200)
    let local = try Network([32, 32, 3], LocallyConnected2D(25, kernel: 5, bias: false))
    #expect(local.parameterCount == 28 * 28 * 1875, "local but unshared lies between")
  }

  @Test("Inception: 120 422 400 multiplications, 12 443 648 with a bottleneck")
  func bottleneck() throws {
    let direct = try Network(
      [28, 28, 192], Convolution2D(32, kernel: 5, padding: .same, bias: false))
    #expect(direct.multiplyAdds == 120_422_400)
    let narrow = try Network(
      [28, 28, 192],
      chain: [Convolution2D(16, kernel: 1), Convolution2D(32, kernel: 5, padding: .same)])
    #expect(narrow.nodes.map(\.multiplyAdds) == [0, 2_408_448, 10_035_200])
    #expect(narrow.multiplyAdds == 12_443_648)
  }

  @Test(
    "a depthwise separable convolution costs 1/n' + 1/f² of a convolution",
    arguments: [(filters: 64, side: 3), (128, 5), (17, 7)])
  func separable(filters: Int, side: Int) throws {
    let full = try Network(
      [20, 20, 12], Convolution2D(filters, kernel: Extent(side), padding: .same))
    let separable = try Network(
      [20, 20, 12], SeparableConvolution2D(filters, kernel: Extent(side), padding: .same))
    // 1/n' + 1/f² = (f² + n') / (n' f²)
    let area = side * side
    #expect(separable.multiplyAdds * filters * area == full.multiplyAdds * (area + filters))
  }

  @Test("Σ|x| and √Σx² of each window", arguments: BackendChoice.allCases)
  func norms(backend: BackendChoice) throws {
    let image: [Float] = [3, -4, 0, 0, 1, 2, 2, 0]
    func pooled(_ power: Float) throws -> [Float] {
      try Network([2, 4, 1], LpPooling2D(2, stride: 2, power: power)).infer(
        image, backend: backend)
    }
    #expect(try pooled(1) == [10, 2])
    #expect(try pooled(2) == [Float(30).squareRoot(), 2])
    expectClose(try pooled(200), [4, 2], relative: 2e-2, "nearly the maximum")
  }
}
