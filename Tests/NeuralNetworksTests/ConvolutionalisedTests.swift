import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("A fully convolutional network")
struct ConvolutionalisedTests {
  /// A classifier that pads nothing, and how far apart its windows on a larger image are.
  struct Classifier: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let side: Int
    let stride: Int
    let layers: [any Layer]
  }

  static let classifiers = [
    Classifier(
      testDescription: "flatten and two dense layers", side: 14, stride: 2,
      layers: [
        Convolution2D(4, kernel: 3, activation: .relu), MaxPooling2D(2, stride: 2),
        Convolution2D(5, kernel: 3, activation: .tanh), Flatten(), Dropout(0.5),
        Dense(7, activation: .relu), Dense(3, activation: .softmax),
      ]),
    Classifier(
      testDescription: "global average", side: 11, stride: 2,
      layers: [
        Convolution2D(4, kernel: 3, stride: 2, bias: false), BatchNormalization(),
        ActivationLayer(.relu6), GlobalAveragePooling2D(), BatchNormalization(), Dense(5),
        ActivationLayer(.softmax),
      ]),
    Classifier(
      testDescription: "global average as an image, 1×1 convolution, reshape", side: 8, stride: 1,
      layers: [
        Convolution2D(6, kernel: 3), GlobalAveragePooling2D(keepsDimensions: true),
        Convolution2D(4, kernel: 1), Reshape([4]), ActivationLayer(.softmax),
      ]),
    Classifier(
      testDescription: "global maximum", side: 9, stride: 1,
      layers: [Convolution2D(6, kernel: 4), GlobalMaxPooling2D(), Dense(2)]),
    Classifier(
      testDescription: "dense layers only", side: 5, stride: 1,
      layers: [Flatten(), Dense(6, activation: .sigmoid), Dense(3)]),
  ]

  @Test("gives the class map that sliding the classifier gives", arguments: classifiers)
  func sliding(classifier: Classifier) throws {
    let (side, stride) = (classifier.side, classifier.stride)
    let network = try Network([side, side, 2], chain: classifier.layers)
    let tensors = network.randomTensors(seed: 3)
    let (rows, columns) = (4, 3)
    let (height, width) = (side + (rows - 1) * stride, side + (columns - 1) * stride)
    let large = try network.convolutionalised(input: [height, width, 2])
    let classes = network.outputShape.count
    #expect(large.outputShape == [rows, columns, classes])
    #expect(large.parameterCount == network.parameterCount)
    var random = SeededValues(seed: 8)
    let image = random.values(height * width * 2)
    let map = try large.infer(image, large.reshaping(tensors))
    let patches = (0..<rows).flatMap { row in
      (0..<columns).flatMap { column in
        (0..<side).flatMap { y -> ArraySlice<Float> in
          let start = ((row * stride + y) * width + column * stride) * 2
          return image[start..<(start + side * 2)]
        }
      }
    }
    expectClose(
      map, try network.infer(patches, tensors).map(Double.init), relative: 1e-5, "class map")
  }

  @Test("of the same size is the classifier, with its names and stages")
  func same() throws {
    let network = try SmallNetwork.residual.make()
    let tensors = network.randomTensors(seed: 3)
    let convolutional = try network.convolutionalised()
    #expect(convolutional.stages.map(\.name) == network.stages.map(\.name))
    #expect(convolutional.parameters.map(\.name) == network.parameters.map(\.name))
    var random = SeededValues(seed: 8)
    let images = random.values(2 * network.inputShape.count)
    let map = try convolutional.infer(images, convolutional.reshaping(tensors))
    expectClose(map, try network.infer(images, tensors).map(Double.init), relative: 1e-5)
  }

  @Test("is refused where a layer cannot slide, by name")
  func refused() throws {
    let network = try Network(
      [4, 4, 2], chain: [Convolution2D(3, kernel: 2), Flatten(), BatchNormalization(), Dense(2)])
    #expect(
      throws: NetworkError(
        node: "3", message: "a BatchNormalization here cannot slide over a larger image")
    ) { try network.convolutionalised() }
  }

  @Test("says which tensor does not fit")
  func wrongTensor() throws {
    let network = try Network([4, 4, 2], chain: [Flatten(), Dense(2)])
    let convolutional = try network.convolutionalised(input: [5, 5, 2])
    #expect(
      throws: NetworkError(
        node: "2", message: "'2/kernel' is [4, 4, 2, 2] here, found [30, 2]")
    ) { try convolutional.reshaping(["2/kernel": Tensor(repeating: 0, [30, 2])]) }
  }
}

@Suite("Filter banks")
struct FilterBankTests {
  static let all: [(String, FilterBank)] = [
    ("Sobel", .sobel), ("Scharr", .scharr), ("Haar", .haar),
    (
      "Gabor",
      .gabor(size: 7, orientations: 6, wavelength: 4, deviation: 2, phases: [0, .pi / 2])
    ),
  ]

  /// What the filters of a bank say in the middle of an image of one colour per position.
  private func answer(_ bank: FilterBank, _ image: (_ row: Int, _ column: Int) -> Float) throws
    -> [Float]
  {
    let (rows, columns) = (bank.size.height, bank.size.width)
    let network = try Network(
      [rows, columns, 3], Convolution2D(bank.filters.count, kernel: bank.size, bias: false))
    let pixels = (0..<(rows * columns)).flatMap { position in
      [Float](repeating: image(position / columns, position % columns), count: 3)
    }
    return try network.infer(pixels, ["layer/kernel": bank.kernel(channels: 3)])
  }

  @Test("say nothing about a uniform image, but for a mean", arguments: all)
  func uniform(name: String, bank: FilterBank) throws {
    for (filter, value) in zip(bank.filters, try answer(bank, { _, _ in 1 })) {
      #expect(abs(value - (filter.name == "mean" ? 2 : 0)) < 1e-5, "\(name) \(filter.name)")
    }
  }

  @Test("of derivatives measure slopes: 8 for Sobel, 32 for Scharr")
  func slopes() throws {
    for (bank, strength) in [(FilterBank.sobel, Float(8)), (.scharr, 32)] {
      expectClose(
        try answer(bank) { _, column in Float(column) }, [Double(strength), 0], relative: 1e-5)
      expectClose(
        try answer(bank) { row, _ in Float(row) }, [0, Double(strength)], relative: 1e-5)
    }
  }

  @Test("of Haar and Gabor have length 1; Haar's are orthogonal")
  func lengths() {
    let gabor = FilterBank.gabor(size: 9, orientations: 8, wavelength: 5, deviation: 2.5)
    for bank in [FilterBank.haar, gabor] {
      for filter in bank.filters {
        #expect(abs(filter.values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5, "\(filter.name)")
      }
    }
    let haar = FilterBank.haar.filters
    for first in haar.indices {
      for second in haar.indices where first != second {
        #expect(zip(haar[first].values, haar[second].values).reduce(0) { $0 + $1.0 * $1.1 } == 0)
      }
    }
  }

  @Test("of Gabor answer most to a wave of their own direction", arguments: 0..<6)
  func orientation(index: Int) throws {
    let bank = FilterBank.gabor(size: 15, orientations: 6, wavelength: 5, deviation: 3)
    // The filter itself is the wave.
    let wave = bank.filters[index].values
    let answers = try answer(bank) { row, column in wave[row * 15 + column] }
    #expect(answers.indices.max { answers[$0] < answers[$1] } == index)
    #expect(abs(answers[index] - 1) < 1e-4)
  }

  @Test("start a depthwise convolution too: every channel by itself")
  func depthwise() throws {
    let network = try Network(
      [3, 3, 2], DepthwiseConvolution2D(kernel: 3, multiplier: 2, bias: false))
    // The first channel rises to the right, the second downwards, twice as steeply.
    let pixels = (0..<9).flatMap { [Float($0 % 3), Float(2 * ($0 / 3))] }
    let found = try network.infer(
      pixels, ["layer/depthwise_kernel": FilterBank.sobel.depthwiseKernel(channels: 2)])
    expectClose(found, [8, 0, 0, 16], relative: 1e-5)
  }
}
