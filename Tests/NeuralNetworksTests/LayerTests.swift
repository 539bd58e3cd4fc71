import Files
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// One layer between an input and a loss that is linear in its output, so that the finite difference
/// of the definition is the derivative itself wherever the layer is linear.
struct LayerCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let input: Shape
  let layer: any Layer

  init(_ description: String, _ input: Shape, _ layer: any Layer) {
    testDescription = description
    self.input = input
    self.layer = layer
  }

  static let all =
    [
      LayerCase("3×3, valid", [7, 6, 5], Convolution2D(4, kernel: 3)),
      LayerCase(
        "3×3, same, stride 2, even size", [8, 6, 5],
        Convolution2D(4, kernel: 3, stride: 2, padding: .same)),
      LayerCase(
        "3×3, same, stride 2, odd size", [7, 9, 16],
        Convolution2D(16, kernel: 3, stride: 2, padding: .same)),
      LayerCase(
        "7×7, stride 2, first layer", [18, 18, 3],
        Convolution2D(16, kernel: 7, stride: 2, padding: .explicit(Edges(3)))),
      LayerCase(
        "3×3, same, channels and tiles enough for Winograd's filtering", [10, 11, 32],
        Convolution2D(32, kernel: 3, padding: .same, activation: .relu)),
      LayerCase("1×1", [5, 4, 16], Convolution2D(32, kernel: 1)),
      LayerCase("1×1 without bias", [5, 4, 24], Convolution2D(7, kernel: 1, bias: false)),
      LayerCase("1×1, stride 2", [6, 7, 16], Convolution2D(32, kernel: 1, stride: 2)),
      LayerCase(
        "1×1 with padding", [5, 4, 6], Convolution2D(3, kernel: 1, padding: .explicit(Edges(1)))),
      LayerCase(
        "oblong kernel and stride", [9, 8, 4],
        Convolution2D(
          6, kernel: Extent(height: 1, width: 5), stride: Extent(height: 2, width: 1),
          padding: .same)
      ),
      LayerCase("dilated", [9, 9, 4], Convolution2D(6, kernel: 3, padding: .same, dilation: 2)),
      LayerCase(
        "asymmetric padding", [8, 8, 8],
        Convolution2D(
          8, kernel: 3, stride: 2, padding: .explicit(Edges(top: 0, bottom: 1, left: 0, right: 1)))),
      LayerCase("two groups", [6, 6, 8], Convolution2D(6, kernel: 3, padding: .same, groups: 2)),
      LayerCase("1×1 in four groups", [3, 5, 8], Convolution2D(12, kernel: 1, groups: 4)),
      LayerCase("depthwise", [7, 8, 16], DepthwiseConvolution2D(kernel: 3, padding: .same)),
      LayerCase(
        "depthwise, stride 2", [8, 8, 24],
        DepthwiseConvolution2D(
          kernel: 3, stride: 2, padding: .explicit(Edges(top: 0, bottom: 1, left: 0, right: 1)),
          bias: false)),
      LayerCase("depthwise 5×5", [9, 9, 8], DepthwiseConvolution2D(kernel: 5, padding: .same)),
      LayerCase(
        "depthwise, multiplier 3", [6, 5, 4], DepthwiseConvolution2D(kernel: 3, multiplier: 3)),
      LayerCase(
        "depthwise 7×7", [9, 10, 35], DepthwiseConvolution2D(kernel: 7, padding: .same)),
      LayerCase(
        "depthwise 7×7 wider than the image", [5, 4, 16],
        DepthwiseConvolution2D(kernel: 7, padding: .same)),
      LayerCase(
        "7×7 in as many groups as channels", [9, 8, 19],
        Convolution2D(19, kernel: 7, padding: .same, groups: 19)),
      LayerCase("dense on an image", [5, 4, 18], Dense(7, activation: .gelu)),
      LayerCase("dense on a sequence, no bias", [6, 5], Dense(3, bias: false)),
      LayerCase("dense on a volume", [2, 3, 4, 5], Dense(6)),
      LayerCase("dense on a long vector", [2100], Dense(7)),
      LayerCase("dense without bias", [5], Dense(3, bias: false)),
      LayerCase("frozen norm", [4, 4, 9], BatchNormalization()),
      LayerCase("max pooling, overlapping", [8, 7, 16], MaxPooling2D(3, stride: 2)),
      LayerCase("max pooling, same", [7, 5, 3], MaxPooling2D(2, stride: 2, padding: .same)),
      LayerCase("global average", [5, 3, 10], GlobalAveragePooling2D()),
      LayerCase(
        "zero padding", [3, 4, 2], ZeroPadding2D(Edges(top: 1, bottom: 2, left: 3, right: 0))),
      LayerCase("ReLU6", [6, 6, 3], ActivationLayer(.relu6)),
      LayerCase("norm without scale", [4, 4, 9], BatchNormalization(scale: false)),
      LayerCase("norm without centre", [4, 4, 9], BatchNormalization(center: false)),
      LayerCase("norm of a vector", [11], BatchNormalization()),
      LayerCase(
        "separable", [7, 8, 5],
        SeparableConvolution2D(6, kernel: 3, padding: .same, activation: .tanh)),
      LayerCase(
        "separable, stride 2, multiplier 2, no bias", [8, 8, 3],
        SeparableConvolution2D(
          4, kernel: 3, stride: 2, padding: .same, multiplier: 2, bias: false)),
      LayerCase("scale", [3, 4, 5], Scale(0.17)),
      LayerCase("rescaling", [3, 4, 3], Rescaling(scale: [1 / 127.5], offset: [-1])),
      LayerCase(
        "rescaling of each channel", [3, 4, 3],
        Rescaling(scale: [2, 3, 0.5], offset: [-1, 1, 0])),
      LayerCase("normalization", [3, 4, 3], Normalization()),
    ] + activations

  /// Every activation by itself and behind a convolution, which may swallow it.
  static let activations = [
    Activation.relu, .leakyRelu(slope: 0.3), .elu(alpha: 0.7), .selu, .tanh, .sigmoid,
    .hardSigmoid(),
    .hardSigmoid(slope: 0.2), .swish, .hardSwish, .gelu, .geluTanh, .softplus, .softsign,
    .exponential,
    .mish,
  ].flatMap { activation in
    [
      LayerCase("\(activation)", [5, 7, 3], ActivationLayer(activation)),
      LayerCase(
        "convolution and \(activation)", [6, 5, 4],
        Convolution2D(7, kernel: 3, activation: activation)),
      LayerCase("dense and \(activation)", [13], Dense(9, activation: activation)),
    ]
  }
}

/// Σ coefficient · output, with coefficients that differ by example and position.
struct LinearLoss: Loss {
  static func coefficient(_ example: Int, _ index: Int) -> Float {
    CounterRandom.uniform(UInt64(example), UInt64(index)) * 2 - 1
  }

  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var sum = 0.0
    for index in output.indices {
      gradient[index] = Self.coefficient(example, index)
      sum += Double(gradient[index] * output[index])
    }
    return sum
  }
}

@Suite("A layer on a backend equals its definition")
struct LayerTests {
  static let cases = (LayerCase.all + LayerCase.windows + LayerCase.rare).flatMap { layer in
    BackendChoice.allCases.map { (layer, $0) }
  }

  @Test(
    "values, weight gradients and input gradients", .tags(.slow), .unlessQuick, arguments: cases)
  func equalsDefinition(layer: LayerCase, backend: BackendChoice) throws {
    var network = Network(input: layer.input)
    try network.add("layer", layer.layer, to: network.input)
    let tensors = network.randomTensors(seed: 5)
    let weights = try NetworkWeights(network, tensors)
    let count = 3
    var random = SeededValues(seed: 23)
    let images = random.values(count * layer.input.count, -4...8)
    let batch = (0..<count).map { image in
      images[(image * layer.input.count)..<((image + 1) * layer.input.count)].map(Double.init)
    }
    let executor = try makeExecutor(
      network, weights,
      ExecutionOptions(batchSize: count, trainable: ["layer"], wantsInputGradient: true),
      backend: backend, pool: WorkerPool(count: 2))
    var outputs = [Float](repeating: .nan, count: count * executor.outputCount)
    _ = try executor.computeGradients(
      images, count: count, loss: LinearLoss(), step: 0, outputs: &outputs)
    let naive = NaiveNetwork(network, tensors)
    expectClose(outputs, naive.output(batch).flatMap(\.self), relative: 1e-5, "values")

    let gradients = GradientBox()
    executor.update { _, parameter, _, gradient in gradients.keep(parameter.name, Array(gradient)) }
    for parameter in executor.trainedParameters {
      let found = try #require(gradients[parameter.name])
      let positions = stride(from: 0, to: found.count, by: max(1, found.count / 16))
      let expected = positions.map { position in
        difference { step in
          var moved = naive
          moved.weights[parameter.name]?[position] += step
          return moved.output(batch)
        }
      }
      expectClose(
        positions.map { found[$0] }, expected, relative: 1e-4, absolute: 1e-5, parameter.name)
    }
    let found = executor.inputGradient(count: count)
    let positions = stride(from: 0, to: found.count, by: max(1, found.count / 24))
    let expected = positions.map { position in
      difference { step in
        var moved = batch
        moved[position / layer.input.count][position % layer.input.count] += step
        return naive.output(moved)
      }
    }
    expectClose(
      positions.map { found[$0] }, expected, relative: 1e-4, absolute: 1e-5, "input gradient")
  }

  /// The central difference of the mean linear loss.
  private func difference(_ outputs: (Double) -> NaiveNetwork.Batch) -> Double {
    let step = 1e-4
    let values = [step, -step].map { step in
      outputs(step).enumerated().map { example, output in
        output.indices.reduce(0) {
          $0 + Double(LinearLoss.coefficient(example, $1)) * output[$1]
        }
      }.reduce(0, +) / 3
    }
    return (values[0] - values[1]) / (2 * step)
  }

  @Test("the largest window of this list is oneDNN's own, and no reference kernel of it")
  func noReferenceKernels() throws {
    var geometry = WindowGeometry(
      batch: 2, input: (224, 224, 3), output: (112, 112, 64), kernel: (7, 7))
    (geometry.strideHeight, geometry.strideWidth) = (2, 2)
    (geometry.padTop, geometry.padLeft, geometry.padBottom, geometry.padRight) = (3, 3, 3, 3)
    var pooled = WindowGeometry(
      batch: 2, input: (35, 35, 192), output: (35, 35, 192), kernel: (3, 3))
    (pooled.padTop, pooled.padLeft, pooled.padBottom, pooled.padRight) = (1, 1, 1, 1)
    var deep = WindowGeometry(
      batch: 2, input: (28, 28, 32), output: (26, 26, 32), kernel: (3, 3))
    (deep.inputDepth, deep.outputDepth, deep.kernelDepth) = (16, 14, 3)
    let response = LocalResponse(size: 5, alpha: 1e-4, beta: 0.75, bias: 2)
    let operations: [Operation] = [
      .convolution(geometry, hasBias: true, addsDestination: false, .relu),
      .convolutionWeightGradient(geometry, hasBias: true),
      .averagePooling(pooled), .averagePoolingGradient(pooled),
      .maxPooling(pooled, keepsPositions: true), .maxPoolingGradient(pooled),
      .convolution(deep, hasBias: true, addsDestination: false, .relu),
      .convolutionInputGradient(deep), .convolutionWeightGradient(deep, hasBias: true),
      .maxPooling(deep, keepsPositions: true), .averagePooling(deep),
      .image(.localResponse(rows: 6050, channels: 96, response, keepsWorkspace: true)),
      .image(.localResponseGradient(rows: 6050, channels: 96, response)),
    ]
    for operation in operations {
      let kernel = try BackendChoice.oneDNN.backend.prepare(operation, .float32, threads: 1)
      let isOther = ["ref", "own", "im2col"].contains { kernel.implementation.hasPrefix($0) }
      #expect(!isOther, "\(operation): \(kernel.implementation)")
    }
  }
}
