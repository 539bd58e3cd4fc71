import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("The receptive field")
struct ReceptiveFieldTests {
  struct Chain: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let input: Shape
    let layers: [any Layer]
    let field: Extent
  }

  static let chains = [
    Chain(
      testDescription: "three 3×3 see as much as one 7×7", input: [40, 40, 1],
      layers: [
        Convolution2D(1, kernel: 3), Convolution2D(1, kernel: 3), Convolution2D(1, kernel: 3),
      ], field: 7),
    Chain(
      testDescription: "strides multiply what follows", input: [40, 40, 1],
      layers: [
        Convolution2D(1, kernel: 5, stride: 2), AveragePooling2D(2, stride: 2),
        Convolution2D(1, kernel: 3),
      ], field: 15),
    Chain(
      testDescription: "dilations 1, 2, 4", input: [40, 40, 1],
      layers: [1, 2, 4].map { Convolution2D(1, kernel: 3, dilation: Extent($0)) }, field: 15),
    Chain(
      testDescription: "a sequence", input: [60, 1],
      layers: [Convolution1D(1, kernel: 4, dilation: 3), MaxPooling1D(3, stride: 2)],
      field: Extent(height: 1, width: 12)),
    Chain(
      testDescription: "a volume", input: [20, 20, 20, 1],
      layers: [
        Convolution3D(1, kernel: Extent(depth: 3, height: 1, width: 2)),
        MaxPooling3D(.cube(2), stride: .cube(2)), Convolution3D(1, kernel: .cube(2)),
      ], field: Extent(depth: 6, height: 4, width: 5)),
    Chain(
      testDescription: "a global maximum", input: [9, 7, 1],
      layers: [Convolution2D(1, kernel: 3), GlobalMaxPooling2D()],
      field: Extent(height: 9, width: 7)),
    Chain(
      testDescription: "an adaptive pooling", input: [13, 13, 1],
      layers: [AdaptivePooling2D(6, kind: .max), Convolution2D(1, kernel: 2)], field: 5),
    Chain(
      testDescription: "an unshared convolution and a local response", input: [13, 13, 8],
      layers: [LocallyConnected2D(2, kernel: 4), LocalResponseNormalization()], field: 4),
    Chain(
      testDescription: "a transposed convolution halves the distance", input: [13, 13, 1],
      layers: [
        Convolution2D(1, kernel: 3), TransposedConvolution2D(1, kernel: 4, stride: 2),
        Convolution2D(1, kernel: 3),
      ], field: 5),
    Chain(
      testDescription: "an enlargement", input: [13, 13, 1],
      layers: [UpSampling2D(2), Convolution2D(1, kernel: 3)], field: 2),
    Chain(
      testDescription: "borders change nothing", input: [13, 13, 1],
      layers: [
        BorderPadding2D(Edges(2), mode: .reflect), Convolution2D(1, kernel: 3),
        Cropping2D(Edges(1)), StochasticPooling2D(2, stride: 2),
        LpPooling2D(2, stride: 2, power: 2),
      ], field: 6),
  ]

  @Test("of a chain of layers", arguments: chains)
  func field(chain: Chain) throws {
    let network = try Network(chain.input, chain: chain.layers)
    #expect(network.receptiveFields.last == chain.field)
  }

  @Test("is what a gradient reaches", arguments: chains)
  func reached(chain: Chain) throws {
    let network = try Network(chain.input, chain: chain.layers)
    // Positive weights and inputs, so that nothing cancels; several examples, so that every value is
    // once the largest of its window.
    let tensors = network.initialTensors(seed: 1).mapValues {
      Tensor($0.shape, $0.values.map { abs($0) + 0.1 })
    }
    let count = 40
    var random = SeededValues(seed: 3)
    let images = random.values(count * network.inputShape.count, 0.5...1)
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors),
      ExecutionOptions(batchSize: count, wantsInputGradient: true), backend: .openBLAS,
      pool: WorkerPool(count: 1))
    let (fields, output) = (chain.field, network.outputShape)
    let extent = sides(output)
    var widest = [0, 0, 0]
    // Of the positions around the middle: where a position sees most depends on where it lies.
    for position in middle(of: extent) {
      _ = try executor.computeGradients(
        images, count: count, loss: OnePosition(position: position, channels: output.channels),
        step: 0, outputs: nil)
      let gradient = executor.inputGradient(count: count)
      let input = sides(network.inputShape)
      var reached = [Set<Int>](repeating: [], count: 3)
      for (index, value) in gradient.enumerated() where value != 0 {
        let place = index / network.inputShape.channels % (input[0] * input[1] * input[2])
        reached[0].insert(place / (input[1] * input[2]))
        reached[1].insert(place / input[2] % input[1])
        reached[2].insert(place % input[2])
      }
      for axis in 0..<3 { widest[axis] = max(widest[axis], reached[axis].count) }
    }
    #expect(widest == [fields.depth, fields.height, fields.width])
  }

  private func sides(_ shape: Shape) -> [Int] {
    [Int](repeating: 1, count: 4 - shape.rank) + shape.dimensions.dropLast()
  }

  private func middle(of sides: [Int]) -> [Int] {
    func near(_ side: Int) -> Range<Int> { side > 3 ? (side / 2 - 1)..<(side / 2 + 2) : 0..<side }
    return near(sides[0]).flatMap { z in
      near(sides[1]).flatMap { y in
        near(sides[2]).map { x in (z * sides[1] + y) * sides[2] + x }
      }
    }
  }

  /// The sum of the values of one position.
  private struct OnePosition: Loss {
    let position: Int
    let channels: Int

    func evaluate(
      example: Int, output: UnsafeBufferPointer<Float>,
      gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
      for index in gradient.indices { gradient[index] = index / channels == position ? 1 : 0 }
      return 0
    }
  }
}
