import NeuralNetworks

/// Inception-ResNet v2 (Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the
/// Impact of Residual Connections on Learning", 2017, arXiv:1602.07261): Inception branches whose
/// result is scaled down and added to what they read.
///
/// Most convolutions and norms have the names that a fresh Keras session gives them
/// (`AutomaticNames`); to match a published file by name relies on it.
enum InceptionResNetV2 {
  private typealias Step = InceptionStep

  private static let mixed5b: [[Step]] = [
    [Step(96, 1)], [Step(48, 1), Step(64, 5)], [Step(64, 1), Step(96, 3), Step(96, 3)],
  ]

  /// Figures 16, 17 and 19: branches, how many blocks there are, and the factor of the sum. Figure 18
  /// and 12: the reduction in front of the blocks.
  private struct Group {
    let name: String
    let reduction: (name: String, branches: [[Step]])?
    let blocks: Int
    let factor: Float
    let branches: [[Step]]
  }

  private static let groups: [Group] = [
    Group(
      name: "block35", reduction: nil, blocks: 10, factor: 0.17,
      branches: [
        [Step(32, 1)], [Step(32, 1), Step(32, 3)], [Step(32, 1), Step(48, 3), Step(64, 3)],
      ]),
    Group(
      name: "block17",
      reduction: (
        "mixed_6a",
        [[Step(384, 3).reducing], [Step(256, 1), Step(256, 3), Step(384, 3).reducing]]
      ), blocks: 20, factor: 0.1,
      branches: [[Step(192, 1)], [Step(128, 1), Step(160, 1, 7), Step(192, 7, 1)]]),
    Group(
      name: "block8",
      reduction: (
        "mixed_7a",
        [
          [Step(256, 1), Step(384, 3).reducing], [Step(256, 1), Step(288, 3).reducing],
          [Step(256, 1), Step(288, 3), Step(320, 3).reducing],
        ]
      ), blocks: 10, factor: 0.2,
      branches: [[Step(192, 1)], [Step(192, 1), Step(224, 1, 3), Step(256, 3, 1)]]),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var builder = InceptionBuilder(variant)
    var x = try builder.addStem()
    for group in groups {
      builder.net.beginStage(group.name)
      var parts: [Network.NodeID] = []
      for branch in group.reduction?.branches ?? mixed5b {
        parts.append(try builder.add(branch, to: x))
      }
      if group.reduction == nil {
        parts.append(try builder.addPooledBranch(64, to: x))
      } else {
        parts.append(try builder.addReduction(to: x))
      }
      x = try builder.net.add(group.reduction?.name ?? "mixed_5b", Concatenate(), to: parts)
      for number in 1...group.blocks {
        // The very last block adds its result as it is, and no ReLU follows.
        let isLast = group.name == "block8" && number == group.blocks
        x = try builder.addResidual(
          group.branches, factor: isLast ? 1 : group.factor, activates: !isLast,
          named: "\(group.name)_\(number)", to: x)
      }
    }
    x = try builder.net.add(
      "conv_7b", Convolution2D(1536, kernel: 1, padding: .same, bias: false), to: x)
    x = try builder.net.add("conv_7b_bn", BatchNormalization(scale: false), to: x)
    x = try builder.net.add("conv_7b_ac", ActivationLayer(.relu), to: x)
    try builder.finish(variant, after: x)
    return builder.net
  }
}

extension InceptionBuilder {
  /// x + factor · 1×1(branches side by side). Keras does both in a layer of its own, which has the
  /// name of the sum here.
  fileprivate mutating func addResidual(
    _ branches: [[InceptionStep]], factor: Float, activates: Bool, named name: String,
    to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    var parts: [Network.NodeID] = []
    for branch in branches { parts.append(try add(branch, to: x)) }
    var y = try net.add("\(name)_mixed", Concatenate(), to: parts)
    let width = net[x].shape.channels
    y = try net.add("\(name)_conv", Convolution2D(width, kernel: 1, padding: .same), to: y)
    let sum = names.next("custom_scale_layer")
    y = try net.add("\(sum)_factor", Scale(factor), to: y)
    y = try net.add(sum, Add(), to: x, y)
    return activates ? try net.add("\(name)_ac", ActivationLayer(.relu), to: y) : y
  }
}

extension Family {
  static let inceptionResNetV2 = Family(
    name: "inceptionresnetv2",
    paper: "Szegedy et al. 2017, arXiv:1602.07261",
    preprocessing: .signed,
    provenance: .tensorFlowModels,
    published: [
      Published(
        imageSize: 299, topOne: 0.803,
        files: PublishedWeights(
          folder: "inception_resnet_v2", stem: "inception_resnet_v2",
          md5: "e693bd0210a403b3192acc6073ad2e96", noTop: "d19885ff4a710c122648d3b5c3b684e4"))
    ],
    defaultImageSize: 299, minimumImageSize: 75
  ) { variant throws(NetworkError) in
    try InceptionResNetV2.network(variant)
  }
}
