import NeuralNetworks
import TensorKernels

/// VGG as timm and torchvision have it (Simonyan and Zisserman 2015, arXiv:1409.1556), also with batch norms
/// behind the convolutions.
struct TorchVGG: Sendable {
  /// Five blocks of so many 3×3 convolutions of one width.
  var blocks: [(convolutions: Int, width: Int)]
  var normalizes: Bool

  /// How a library writes the three layers of the classifier.
  enum Names: Sendable {
    /// Convolutions over the last map: `pre_logits.fc1`, `pre_logits.fc2`, `head.fc`.
    case timm
    /// Dense layers over its values: `classifier.0`, `classifier.3`, `classifier.6`.
    case torchvision
  }

  func network(_ names: Names, _ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var x = net.input
    // Convolutions, norms, non-linearities and poolings are numbered in one sequence.
    var number = 0
    func next() -> String {
      defer { number += 1 }
      return "features.\(number)"
    }
    for (index, block) in blocks.enumerated() {
      net.beginStage("block\(index + 1)")
      for _ in 0..<block.convolutions {
        x = try net.add(next(), Convolution2D(block.width, kernel: 3, padding: .same), to: x)
        if normalizes { x = try net.addTorchNorm(next(), to: x) }
        x = try net.add(next(), ActivationLayer(.relu), to: x)
      }
      x = try net.add(next(), MaxPooling2D(2, stride: 2), to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_pool", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    switch names {
    case .timm: try addConvolutions(classifier, in: &net, to: x)
    case .torchvision: try addDense(classifier, in: &net, to: x)
    }
    return net
  }

  private func addConvolutions(
    _ classifier: Activation, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) {
    // Over all of the map at 224 pixels; there are no weights for less.
    let map = net[x].shape
    let kernel = Extent(height: min(7, map[0]), width: min(7, map[1]))
    var y = try net.add(
      "pre_logits.fc1", Convolution2D(4096, kernel: kernel, activation: .relu), to: x)
    y = try net.add("pre_logits.fc2", Convolution2D(4096, kernel: 1, activation: .relu), to: y)
    y = try net.add("head.global_pool", GlobalAveragePooling2D(), to: y)
    try net.add("head.fc", Dense(ImageNet.classCount, activation: classifier), to: y)
  }

  private func addDense(_ classifier: Activation, in net: inout Network, to x: Network.NodeID)
    throws(NetworkError)
  {
    var y = try net.add("flatten", Flatten(), to: x)
    for number in [0, 3] {
      y = try net.add("classifier.\(number)", Dense(4096, activation: .relu), to: y)
      y = try net.add("classifier.\(number + 2)", Dropout(0.5), to: y)
    }
    try net.add("classifier.6", Dense(ImageNet.classCount, activation: classifier), to: y)
  }
}

extension TorchVGG {
  private static let variants: [(name: String, network: TorchVGG)] =
    [("vgg11", VGG.vgg11), ("vgg13", VGG.vgg13), ("vgg16", VGG.vgg16), ("vgg19", VGG.vgg19)]
    .flatMap { name, blocks -> [(name: String, network: TorchVGG)] in
      [
        (name, TorchVGG(blocks: blocks, normalizes: false)),
        (name + "_bn", TorchVGG(blocks: blocks, normalizes: true)),
      ]
    }

  static let timm: [Family] = variants.map { row in
    .timm(row.name, paper: VGG.paper, classifierNeedsPublishedSize: true) {
      variant throws(NetworkError) in
      try row.network.network(.timm, variant)
    }
  }

  static let torchvision: [Family] = variants.map { row in
    .torchvision(row.name, paper: VGG.paper, classifierNeedsPublishedSize: true) {
      variant throws(NetworkError) in
      try row.network.network(.torchvision, variant)
    }
  }
}
