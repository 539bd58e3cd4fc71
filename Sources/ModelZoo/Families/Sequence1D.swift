import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A network for sequences `[length, channels]`: sound, or the letters of a genome as four channels of 0
/// and 1. M5 of Dai, Dai, Qu, Li and Das, "Very Deep Convolutional Neural Networks for Raw Waveforms",
/// 2017, arXiv:1610.00087: a long first kernel, then short ones, and pooling over what is left of time.
enum Sequence1D {
  /// Of UrbanSound8K, which the paper trains on.
  static let classCount = 10

  /// Table 1, column M5: length of the kernel, stride, width; a norm, a ReLU and a pooling by four follow
  /// each.
  static let convolutions: [(kernel: Int, stride: Int, width: Int)] = [
    (80, 4, 128), (3, 1, 128), (3, 1, 256), (3, 1, 512),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: [variant.imageSize.height, variant.channels])
    var x = net.input
    for (number, row) in zip(1..., convolutions) {
      net.beginStage("conv\(number)")
      x = try net.add(
        "conv\(number)",
        Convolution1D(row.width, kernel: row.kernel, stride: row.stride, padding: .same), to: x)
      x = try net.add("conv\(number)_bn", BatchNormalization(), to: x)
      x = try net.add("conv\(number)_relu", ActivationLayer(.relu), to: x)
      x = try net.add("pool\(number)", MaxPooling1D(4, stride: 4, padding: .same), to: x)
    }
    x = try net.add("avg_pool", GlobalAveragePooling1D(), to: x)
    guard let classifier = variant.classifierActivation else { return net }
    net.beginStage(Network.headStage)
    try net.add("predictions", Dense(classCount, activation: classifier), to: x)
    return net
  }
}

extension Family {
  /// Four seconds at 8 kHz unless another length is given.
  static let sequence1d = Family(
    name: "sequence1d", paper: "Dai et al. 2017, arXiv:1610.00087", preprocessing: .none,
    defaultImageSize: 32_000, minimumImageSize: 1, maximumImageSize: 1 << 20, channels: 1
  ) { variant throws(NetworkError) in
    try Sequence1D.network(variant)
  }
}
