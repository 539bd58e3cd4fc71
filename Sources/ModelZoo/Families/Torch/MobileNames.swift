/// What the libraries call the modules of one and the same network of mobile blocks.
enum MobileNames: Sendable {
  /// timm: `blocks.1.0.conv_dw`, by stage and block.
  case timm
  /// torchvision's EfficientNets: `features.2.0.block.1.0`, by stage, block and piece.
  case torchvisionEfficientNet
  /// torchvision's MobileNetV3: `features.2.block.1.0`, by block and piece.
  case torchvisionMobileNetV3
  /// torchvision's MobileNetV2: `features.2.conv.1.0`; the last piece is not a module of its own.
  case torchvisionMobileNetV2
  /// efficientnet_lite_pytorch: `_blocks.1._depthwise_conv`, by block.
  case lite

  /// Where a block stands.
  struct Place: Sendable {
    let stage: Int
    /// In its stage.
    let index: Int
    /// In the network.
    let number: Int
  }

  var stem: ConvolutionNames {
    switch self {
    case .timm: ConvolutionNames(convolution: "conv_stem", norm: "bn1")
    case .lite: ConvolutionNames(convolution: "_conv_stem", norm: "_bn0")
    default: ConvolutionNames.numbered.below("features.0")
    }
  }

  /// The module of a block.
  func block(_ place: Place) -> String {
    switch self {
    case .timm: "blocks.\(place.stage).\(place.index)"
    case .torchvisionEfficientNet: "features.\(place.stage + 1).\(place.index)"
    case .torchvisionMobileNetV2, .torchvisionMobileNetV3: "features.\(place.number + 1)"
    case .lite: "_blocks.\(place.number)"
    }
  }

  /// A convolution of a block and its norm.
  /// - Parameters:
  ///   - convolutions: How many of the block come before it.
  ///   - excitations: How many squeeze-and-excitations do.
  func piece(
    _ piece: MobileRow.Piece, of kind: MobileRow.Kind, in place: Place, after convolutions: Int,
    excitations: Int
  ) -> ConvolutionNames {
    let names: ConvolutionNames
    switch self {
    case .timm: names = Self.timm(piece, kind, after: convolutions)
    case .lite:
      let words: [MobileRow.Piece: String] = [
        .expansion: "_expand_conv", .depthwise: "_depthwise_conv", .projection: "_project_conv",
      ]
      // The first block has no expansion, and no `_bn0`.
      let norm: [MobileRow.Piece: Int] = [.expansion: 0, .depthwise: 1, .projection: 2]
      names = ConvolutionNames(convolution: words[piece] ?? "", norm: "_bn\(norm[piece] ?? 0)")
    case .torchvisionMobileNetV2 where piece == .projection:
      names = ConvolutionNames(
        convolution: "conv.\(convolutions)", norm: "conv.\(convolutions + 1)")
    case .torchvisionMobileNetV2: names = .numbered.below("conv.\(convolutions)")
    case .torchvisionMobileNetV3 where piece == .whole: names = .numbered
    case .torchvisionEfficientNet, .torchvisionMobileNetV3:
      names = .numbered.below("block.\(convolutions + excitations)")
    }
    return names.below(block(place))
  }

  private static func timm(_ piece: MobileRow.Piece, _ kind: MobileRow.Kind, after count: Int)
    -> ConvolutionNames
  {
    if case .universal = kind {
      let words: [MobileRow.Piece: String] = [
        .start: "dw_start", .expansion: "pw_exp", .depthwise: "dw_mid", .projection: "pw_proj",
      ]
      return .named.below(words[piece] ?? "")
    }
    let word =
      switch (kind, piece) {
      case (.convolution, _): "conv"
      case (_, .depthwise): "conv_dw"
      case (.separable, .projection), (.plainSeparable, .projection): "conv_pw"
      case (.fused, .expansion): "conv_exp"
      case (_, .expansion): "conv_pw"
      default: "conv_pwl"
      }
    return ConvolutionNames(convolution: word, norm: "bn\(count + 1)")
  }

  /// The module of squeeze-and-excitation, behind so many convolutions of the block.
  func excitation(in place: Place, after convolutions: Int) -> String {
    self == .timm ? "\(block(place)).se" : "\(block(place)).block.\(convolutions)"
  }

  /// Its two convolutions.
  var squeezing: (reduce: String, expand: String) {
    self == .timm ? ("conv_reduce", "conv_expand") : ("fc1", "fc2")
  }

  /// The convolution before the pooling, behind so many stages and blocks.
  func head(stages: Int, blocks: Int) -> ConvolutionNames {
    switch self {
    case .timm: ConvolutionNames(convolution: "conv_head", norm: "bn2")
    case .lite: ConvolutionNames(convolution: "_conv_head", norm: "_bn1")
    case .torchvisionEfficientNet: .numbered.below("features.\(stages + 1)")
    default: .numbered.below("features.\(blocks + 1)")
    }
  }

  var classifier: String {
    switch self {
    case .timm: "classifier"
    case .lite: "_fc"
    case .torchvisionMobileNetV3: "classifier.3"
    default: "classifier.1"
    }
  }
}
