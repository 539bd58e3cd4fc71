import NeuralNetworks
import TensorKernels

/// DenseNet as timm and torchvision have it (Huang et al. 2017, arXiv:1608.06993), under the same names.
struct TorchDenseNet: Sendable {
  /// Layers in the four dense blocks.
  var blocks: [Int]
  /// Channels that a layer adds: k in the paper. The stem has twice as many.
  var growth = DenseNet.growth
  /// Channels of the stem.
  var stem = 64

  @Sendable func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try net.addTorchConvolution(
      stem, kernel: 7, stride: 2, named: "features.conv0", to: net.input)
    x = try addNorm("features.norm0", in: &net, to: x)
    // Behind a ReLU zeros are as good as PyTorch's −∞.
    x = try net.add("features.pool0_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("features.pool0", MaxPooling2D(3, stride: 2), to: x)
    for (number, layers) in zip(1..., blocks) {
      net.beginStage("denseblock\(number)")
      for layer in 1...layers {
        x = try addLayer("features.denseblock\(number).denselayer\(layer)", in: &net, to: x)
      }
      guard number < blocks.count else { continue }
      x = try addTransition("features.transition\(number)", in: &net, to: x)
    }
    x = try addNorm("features.norm5", in: &net, to: x)
    try net.addClassifier(variant, pooling: "global_pool", named: "classifier", to: x)
    return net
  }

  private func addNorm(_ name: String, in net: inout Network, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    try net.addTorchNorm(name, then: .relu, named: "\(name).act", to: x)
  }

  /// Norm, ReLU, 1×1 to four times the growth, norm, ReLU, 3×3; appended to what it read.
  private func addLayer(_ path: String, in net: inout Network, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    var y = try addNorm("\(path).norm1", in: &net, to: x)
    y = try net.addTorchConvolution(4 * growth, named: "\(path).conv1", to: y)
    y = try addNorm("\(path).norm2", in: &net, to: y)
    y = try net.addTorchConvolution(growth, kernel: 3, named: "\(path).conv2", to: y)
    return try net.add("\(path).concat", Concatenate(), to: x, y)
  }

  /// Halves the channels, then the resolution.
  private func addTransition(_ path: String, in net: inout Network, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    let width = net[x].shape.channels / 2
    var y = try addNorm("\(path).norm", in: &net, to: x)
    y = try net.addTorchConvolution(width, named: "\(path).conv", to: y)
    return try net.add("\(path).pool", AveragePooling2D(2, stride: 2), to: y)
  }
}

extension TorchDenseNet {
  private static let variants: [(name: String, network: TorchDenseNet)] = [
    ("densenet121", TorchDenseNet(blocks: DenseNet.densenet121)),
    ("densenet161", TorchDenseNet(blocks: [6, 12, 36, 24], growth: 48, stem: 96)),
    ("densenet169", TorchDenseNet(blocks: DenseNet.densenet169)),
    ("densenet201", TorchDenseNet(blocks: DenseNet.densenet201)),
  ]
  private static let paper = "Huang et al. 2017, arXiv:1608.06993"

  static let timm: [Family] = variants.map {
    .timm($0.name, paper: paper, layers: $0.network.network)
  }
  static let torchvision: [Family] = variants.map {
    .torchvision($0.name, paper: paper, layers: $0.network.network)
  }
}
