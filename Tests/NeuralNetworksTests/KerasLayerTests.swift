import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite(
  "A layer equals real Keras's",
  .enabled(if: Keras.isAvailable, "\(Keras.hint)"))
struct KerasLayerTests {
  /// One of our layers and the expression that makes it in Python.
  struct Pair: Sendable {
    let python: String
    let input: Shape
    let layer: any Layer

    init(_ python: String, _ input: Shape, _ layer: any Layer) {
      self.python = python
      self.input = input
      self.layer = layer
    }
  }

  static let pairs = [
    Pair(
      "L.AveragePooling2D(3, 2, 'same')", [8, 7, 3],
      AveragePooling2D(3, stride: 2, padding: .same)),
    Pair(
      "L.GlobalMaxPooling2D(keepdims=True)", [5, 4, 3], GlobalMaxPooling2D(keepsDimensions: true)),
    Pair(
      "L.Conv1D(6, 3, 2, 'same', activation='tanh')", [10, 4],
      Convolution1D(6, kernel: 3, stride: 2, padding: .same, activation: .tanh)),
    Pair(
      "L.Conv1D(6, 3, padding='causal', dilation_rate=2)", [10, 4],
      Convolution1D(6, kernel: 3, padding: .causal(kernel: 3, dilation: 2), dilation: 2)),
    Pair(
      "L.MaxPooling1D(3, 2, 'same')", [10, 4], MaxPooling1D(3, stride: 2, padding: .same)),
    Pair(
      "L.AveragePooling1D(3, 2, 'same')", [10, 4], AveragePooling1D(3, stride: 2, padding: .same)),
    Pair("L.GlobalAveragePooling1D()", [10, 4], GlobalAveragePooling1D()),
    Pair("L.GlobalMaxPooling1D()", [10, 4], GlobalMaxPooling1D()),
    Pair(
      "L.Conv3D(5, (3, 2, 3), (1, 2, 2), 'same')", [4, 6, 5, 3],
      Convolution3D(
        5, kernel: Extent(depth: 3, height: 2, width: 3),
        stride: Extent(depth: 1, height: 2, width: 2), padding: .same)),
    Pair(
      "L.MaxPooling3D(2, 2, 'same')", [5, 6, 5, 3],
      MaxPooling3D(.cube(2), stride: .cube(2), padding: .same)),
    Pair(
      "L.AveragePooling3D(3, 2, 'same')", [5, 6, 5, 3],
      AveragePooling3D(.cube(3), stride: .cube(2), padding: .same)),
    Pair("L.GlobalAveragePooling3D()", [5, 6, 5, 3], GlobalAveragePooling3D()),
    Pair(
      "L.Conv2DTranspose(6, 3, 2, 'valid', activation='tanh')", [4, 5, 3],
      TransposedConvolution2D(6, kernel: 3, stride: 2, activation: .tanh)),
    Pair(
      "L.Conv2DTranspose(6, 3, 2, 'same')", [4, 5, 3],
      TransposedConvolution2D(6, kernel: 3, stride: 2, padding: .same)),
    Pair(
      "L.Conv2DTranspose(6, 4, 2, 'same', use_bias=False)", [4, 5, 3],
      TransposedConvolution2D(6, kernel: 4, stride: 2, padding: .same, bias: false)),
    Pair(
      "L.Conv2DTranspose(6, 2, 3)", [4, 5, 3],
      TransposedConvolution2D(6, kernel: 2, stride: 3)),
    Pair(
      "L.Cropping2D(((1, 0), (2, 1)))", [5, 6, 3],
      Cropping2D(Edges(top: 1, bottom: 0, left: 2, right: 1))),
    Pair("L.UpSampling2D((2, 3))", [3, 4, 3], UpSampling2D(Extent(height: 2, width: 3))),
    Pair(
      "L.UpSampling2D((2, 3), interpolation='bilinear')", [3, 4, 3],
      UpSampling2D(Extent(height: 2, width: 3), .bilinear)),
    Pair(
      "L.ReLU(threshold=.5, max_value=2., negative_slope=.3)", [4, 5, 3],
      ReLU(Rectifier(threshold: 0.5, largest: 2, slope: 0.3))),
    Pair("L.PReLU()", [4, 5, 3], PReLU()),
    Pair("L.PReLU(shared_axes=[1, 2])", [4, 5, 3], PReLU(sharedAxes: [0, 1])),
    Pair("L.Permute((3, 1, 2))", [4, 5, 3], Permute([2, 0, 1])),
    Pair("L.LayerNormalization()", [4, 5, 8], LayerNormalization()),
    Pair(
      "L.LayerNormalization(axis=[1, 2, 3], scale=False)", [4, 5, 8],
      LayerNormalization(axes: 3, scale: false)),
    Pair("L.GroupNormalization(4)", [4, 5, 8], GroupNormalization(groups: 4)),
    Pair(
      "L.GroupNormalization(-1, epsilon=.01)", [4, 5, 8],
      GroupNormalization(groups: -1, epsilon: 0.01)),
    Pair("L.UnitNormalization()", [4, 5, 8], UnitNormalization()),
    Pair("L.Resizing(3, 7)", [8, 5, 3], Resizing(height: 3, width: 7)),
    Pair("L.Resizing(11, 2)", [8, 5, 3], Resizing(height: 11, width: 2)),
    Pair(
      "L.Resizing(5, 9, interpolation='nearest')", [8, 6, 3],
      Resizing(height: 5, width: 9, .nearest)),
    Pair(
      "L.Lambda(lambda x: tf.nn.local_response_normalization(x, 2, 2.0, 1e-2, 0.75))", [2, 3, 16],
      LocalResponseNormalization(size: 5, alpha: 1e-2)),
    Pair(
      "L.Lambda(lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3], [0, 0]], 'REFLECT'))", [4, 5, 2],
      BorderPadding2D(Edges(top: 2, bottom: 1, left: 0, right: 3), mode: .reflect)),
  ]

  /// All in one Python, which takes seconds to start.
  @Test("with the same weights on the same images")
  func equal() throws {
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let folder = temporary.url
    var script = """
      import tensorflow as tf
      read = lambda name: np.fromfile(name, np.float32)
      def run(name, layer, inputs, outputs):
          x = read(f'{name}-x').reshape(inputs)
          layer.build(x.shape)
          weights = [read(f'{name}-{i}').reshape(w.shape) for i, w in enumerate(layer.weights)]
          layer.set_weights(weights)
          y = np.asarray(layer(x), np.float32)
          assert list(y.shape) == outputs, (name, y.shape)
          y.tofile(f'{name}-y')

      """
    var cases: [(Pair, Network, [String: Tensor], [Float])] = []
    for (index, pair) in Self.pairs.enumerated() {
      let network = try Network(pair.input, chain: [pair.layer])
      let tensors = network.randomTensors(seed: 5)
      var random = SeededValues(seed: 6)
      let images = random.values(2 * pair.input.count, -3...3)
      func write(_ values: [Float], _ name: String) throws {
        try values.withUnsafeBytes { Data($0) }.write(
          to: folder.appending(path: "\(index)-\(name)"))
      }
      try write(images, "x")
      for (position, parameter) in network.parameters.enumerated() {
        try write(tensors[parameter.name]?.values ?? [], "\(position)")
      }
      let inputs = [2] + pair.input.dimensions
      let outputs = [2] + network.outputShape.dimensions
      script += "run(\(index), \(pair.python), \(inputs), \(outputs))\n"
      cases.append((pair, network, tensors, images))
    }
    let failure = try Keras.failure(of: script, in: folder)
    #expect(failure == nil, "\(failure ?? "")")
    for (index, (pair, network, tensors, images)) in cases.enumerated() {
      let expected = try Data(contentsOf: folder.appending(path: "\(index)-y")).withUnsafeBytes {
        $0.bindMemory(to: Float.self).map(Double.init)
      }
      for backend in BackendChoice.allCases {
        expectClose(
          try network.infer(images, tensors, backend: backend), expected, relative: 1e-5,
          "\(pair.python) on \(backend)")
      }
    }
  }
}
