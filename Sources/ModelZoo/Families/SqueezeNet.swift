import NeuralNetworks

/// SqueezeNet (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB
/// model size", 2016, arXiv:1602.07360): fire modules, in which a 1×1 convolution narrows what 1×1 and
/// 3×3 convolutions side by side then widen, and no dense layer. Version 1.0 is the paper's, version 1.1
/// the authors' later one (github.com/forresti/SqueezeNet), which takes less than half the
/// multiply-adds. Nodes have the names of the authors' Caffe files, with `_` for `/`.
///
/// What the paper leaves open is as in torchvision's `squeezenet1_0` and `squeezenet1_1`. The first
/// convolution is not padded. Pooling rounds up (`ceil_mode`, Caffe's only way): a window that reaches a
/// row or column beyond the map counts. Neither is the last convolution padded; the Caffe file of version
/// 1.0 pads it by one, but the 13×13 positions of Table 1 are without.
enum SqueezeNet {
  /// Both versions have the same fire modules, fire2 to fire9: the width of the squeezing convolution
  /// and that of each of the two that expand.
  static let fires: [(squeezed: Int, expanded: Int)] = [
    (16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256),
  ]

  struct Version: Sendable {
    let stem: (width: Int, kernel: Int)
    /// Behind which layers, conv1 and the fire modules, the map is halved.
    let pooledBehind: [Int]
  }

  /// Table 1.
  static let version10 = Version(stem: (96, 7), pooledBehind: [1, 4, 8])
  static let version11 = Version(stem: (64, 3), pooledBehind: [1, 3, 5])

  static func network(_ version: Version, _ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.add(
      "conv1",
      Convolution2D(
        version.stem.width, kernel: Extent(version.stem.kernel), stride: 2, activation: .relu),
      to: net.input)
    for (number, fire) in zip(2..., fires) {
      if version.pooledBehind.contains(number - 1) {
        let last = version.pooledBehind.first { $0 >= number } ?? fires.count + 1
        net.beginStage(last == number ? "fire\(number)" : "fire\(number)-\(last)")
        x = try net.addHalving("pool\(number - 1)", to: x)
      }
      x = try net.addFire("fire\(number)", fire, to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add("drop9", Dropout(0.5), to: x)
    x = try net.add(
      "conv10", Convolution2D(ImageNet.classCount, kernel: 1, activation: .relu), to: x)
    x = try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
    try net.add("predictions", ActivationLayer(classifier), to: x)
    return net
  }

  /// - Parameter minimumImageSize: The last pooling must have a map of two rows to read.
  static func family(
    _ name: String, _ version: Version, topOne: Double?, minimumImageSize: Int
  ) -> Family {
    Family(
      name: name, paper: "Iandola et al. 2016, arXiv:1602.07360", preprocessing: .torch,
      topOne: topOne, minimumImageSize: minimumImageSize
    ) { variant throws(NetworkError) in
      try network(version, variant)
    }
  }
}

extension Network {
  fileprivate mutating func addFire(
    _ name: String, _ fire: (squeezed: Int, expanded: Int), to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let squeezed = try add(
      "\(name)_squeeze1x1", Convolution2D(fire.squeezed, kernel: 1, activation: .relu), to: x)
    let one = try add(
      "\(name)_expand1x1", Convolution2D(fire.expanded, kernel: 1, activation: .relu),
      to: squeezed)
    let three = try add(
      "\(name)_expand3x3",
      Convolution2D(fire.expanded, kernel: 3, padding: .same, activation: .relu), to: squeezed)
    return try add("\(name)_concat", Concatenate(), to: one, three)
  }

  /// Pooling that rounds up: an even map gets the row and column that its last windows lack, of an odd
  /// one no window reads them. Zeros are no more than any value behind a ReLU. Padding 'same' would
  /// surround an odd map.
  fileprivate mutating func addHalving(_ name: String, to x: NodeID) throws(NetworkError)
    -> NodeID
  {
    let padded = try add("\(name)_pad", ZeroPadding2D(Edges(bottom: 1, right: 1)), to: x)
    return try add(name, MaxPooling2D(3, stride: 2), to: padded)
  }
}

extension Family {
  // The paper reads 224×224; the 111×111 and 55×55 positions of its Table 1 are those of the 227×227 that
  // the authors' files crop. torchvision's networks were trained at 224. Table 2: 57.5 % for version 1.0;
  // of version 1.1 the authors say only that it loses nothing.
  static let squeezeNet10 = SqueezeNet.family(
    "squeezenet1_0", SqueezeNet.version10, topOne: 0.575, minimumImageSize: 21)
  static let squeezeNet11 = SqueezeNet.family(
    "squeezenet1_1", SqueezeNet.version11, topOne: nil, minimumImageSize: 17)
}
