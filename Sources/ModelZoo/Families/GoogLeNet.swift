import NeuralNetworks

/// GoogLeNet, Inception v1 (Szegedy et al., "Going Deeper with Convolutions", 2015, arXiv:1409.4842):
/// convolutions of several sizes side by side, 1×1 convolutions before the expensive ones. The main head;
/// the two auxiliary classifiers served training only.
enum GoogLeNet {
  /// Table 1: channels of 1×1; before and in 3×3; before and in 5×5; behind the pooling.
  static let modules:
    [(
      name: String, one: Int, three: (reduced: Int, width: Int), five: (reduced: Int, width: Int),
      pooled: Int
    )] = [
      ("3a", 64, (96, 128), (16, 32), 32), ("3b", 128, (128, 192), (32, 96), 64),
      ("4a", 192, (96, 208), (16, 48), 64), ("4b", 160, (112, 224), (24, 64), 64),
      ("4c", 128, (128, 256), (24, 64), 64), ("4d", 112, (144, 288), (32, 64), 64),
      ("4e", 256, (160, 320), (32, 128), 128), ("5a", 256, (160, 320), (32, 128), 128),
      ("5b", 384, (192, 384), (48, 128), 128),
    ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.addConvolution("conv1", 64, 7, stride: 2, to: net.input)
    net.beginStage("conv2")
    x = try net.addHalving("pool1", to: x)
    // Figure 3 shows normalisation here and does not say with what; this is AlexNet's, which it cites.
    x = try net.add("norm1", AlexNet.normalization, to: x)
    x = try net.addConvolution("conv2_reduce", 64, 1, to: x)
    x = try net.addConvolution("conv2", 192, 3, to: x)
    x = try net.add("norm2", AlexNet.normalization, to: x)
    for module in modules {
      if module.name.hasSuffix("a") {
        let stage = module.name.dropLast()
        net.beginStage("inception_\(stage)")
        // Before 3a stands the pooling of conv2.
        x = try net.addHalving(stage == "3" ? "pool2" : "pool\(stage == "4" ? 3 : 4)", to: x)
      }
      let name = "inception_\(module.name)"
      let one = try net.addConvolution("\(name)_1x1", module.one, 1, to: x)
      var three = try net.addConvolution("\(name)_3x3_reduce", module.three.reduced, 1, to: x)
      three = try net.addConvolution("\(name)_3x3", module.three.width, 3, to: three)
      var five = try net.addConvolution("\(name)_5x5_reduce", module.five.reduced, 1, to: x)
      five = try net.addConvolution("\(name)_5x5", module.five.width, 5, to: five)
      var pooled = try net.add("\(name)_pool", MaxPooling2D(3, stride: 1, padding: .same), to: x)
      pooled = try net.addConvolution("\(name)_pool_proj", module.pooled, 1, to: pooled)
      x = try net.add("\(name)_output", Concatenate(), to: one, three, five, pooled)
    }
    try net.addClassifier(variant, dropout: 0.4, to: x)
    return net
  }
}

extension Network {
  fileprivate mutating func addConvolution(
    _ name: String, _ width: Int, _ kernel: Int, stride: Int = 1, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    try add(
      name,
      Convolution2D(
        width, kernel: Extent(kernel), stride: Extent(stride), padding: .same, activation: .relu),
      to: x)
  }

  fileprivate mutating func addHalving(_ name: String, to x: NodeID) throws(NetworkError)
    -> NodeID
  {
    try add(name, MaxPooling2D(3, stride: 2, padding: .same), to: x)
  }
}

extension Family {
  // The paper gives top-5 errors only.
  static let googlenet = Family(
    name: "googlenet", paper: "Szegedy et al. 2015, arXiv:1409.4842", preprocessing: .torch
  ) { variant throws(NetworkError) in
    try GoogLeNet.network(variant)
  }
}
