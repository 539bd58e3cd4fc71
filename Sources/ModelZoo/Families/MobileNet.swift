import NeuralNetworks

/// MobileNet (Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
/// Applications", 2017, arXiv:1704.04861): depthwise separable convolutions, all widths times α.
enum MobileNet {
  /// Table 1, one row per pair of depthwise and 1×1 convolution: output channels of the pair, stride
  /// of its depthwise half. The table prints stride 2 for the last one too, but keeps its size; it
  /// is 1 everywhere.
  static let blocks: [(channels: Int, stride: Int)] = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    func scaled(_ channels: Int) -> Int { Int(Double(channels) * variant.alpha) }
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.add(
      "conv1",
      Convolution2D(scaled(32), kernel: 3, stride: 2, padding: .same, bias: false), to: net.input)
    x = try net.addNormAndActivation(after: "conv1", to: x)
    for (b, block) in zip(1..., blocks) {
      if block.stride == 2 {
        let next = blocks[b...].firstIndex { $0.stride == 2 } ?? blocks.count
        net.beginStage("blocks\(b)-\(next)")
        // Keras pads bottom and right at every size, where 'same' would surround an odd one.
        x = try net.add("conv_pad_\(b)", ZeroPadding2D(Edges(bottom: 1, right: 1)), to: x)
      }
      x = try net.add(
        "conv_dw_\(b)",
        DepthwiseConvolution2D(
          kernel: 3, stride: Extent(block.stride), padding: block.stride == 2 ? .valid : .same,
          bias: false), to: x)
      x = try net.addNormAndActivation(after: "conv_dw_\(b)", to: x)
      x = try net.add(
        "conv_pw_\(b)",
        Convolution2D(scaled(block.channels), kernel: 1, padding: .same, bias: false), to: x)
      x = try net.addNormAndActivation(after: "conv_pw_\(b)", to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    x = try net.add(
      "global_average_pooling2d", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    net.beginStage(Network.headStage)
    x = try net.add("dropout", Dropout(1e-3), to: x)
    x = try net.add(
      "conv_preds", Convolution2D(ImageNet.classCount, kernel: 1, padding: .same), to: x)
    x = try net.add("reshape_2", Reshape([ImageNet.classCount]), to: x)
    try net.add("predictions", ActivationLayer(classifier), to: x)
    return net
  }

  /// Top-1 accuracy by α and image size. α 1.0 at 224 as keras.io lists it, the others as released
  /// with the TensorFlow checkpoints (2017-06-14, in the table beside tf-slim's mobilenet_v1.py) that
  /// Keras's files were converted from.
  static let accuracies: [(alpha: Double, topOne: [(imageSize: Int, accuracy: Double)])] = [
    (0.25, [(128, 0.413), (160, 0.460), (192, 0.490), (224, 0.506)]),
    (0.5, [(128, 0.562), (160, 0.599), (192, 0.621), (224, 0.640)]),
    (0.75, [(128, 0.618), (160, 0.652), (192, 0.674), (224, 0.684)]),
    (1.0, [(128, 0.641), (160, 0.672), (192, 0.693), (224, 0.704)]),
  ]
}

extension Network {
  fileprivate mutating func addNormAndActivation(after name: String, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    let y = try add("\(name)_bn", BatchNormalization(), to: x)
    return try add("\(name)_relu", ActivationLayer(.relu6), to: y)
  }
}

extension Family {
  static let mobilenet = Family(
    name: "mobilenet",
    paper: "Howard et al. 2017, arXiv:1704.04861",
    preprocessing: .signed,
    provenance: .tensorFlowModels,
    published: MobileNet.accuracies.flatMap { row in
      row.topOne.map { size, accuracy in
        // Keras writes 0.25 as 2_5 and 1.0 as 1_0.
        let hundredths = Int((row.alpha * 100).rounded())
        let alpha = hundredths == 100 ? "1_0" : "\(hundredths / 10)_\(hundredths % 10)"
        // Keras gives no digests here; this is that of the one file known to be the official one.
        let known = hundredths == 25 && size == 224
        return Published(
          alpha: row.alpha, imageSize: size, topOne: accuracy,
          files: PublishedWeights(
            folder: "mobilenet", top: "mobilenet_\(alpha)_\(size)_tf.h5", nil,
            noTop: "mobilenet_\(alpha)_\(size)_tf_no_top.h5",
            known
              ? .sha256("dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf") : nil))
      }
    }
  ) { variant throws(NetworkError) in
    try MobileNet.network(variant)
  }
}
