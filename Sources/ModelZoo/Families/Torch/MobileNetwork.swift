import NeuralNetworks
import TensorKernels

/// A network of mobile blocks as its table has it, and as one library writes it down.
struct MobileNetwork: Sendable {
  /// What stands between the last block and the classifier.
  enum Head: Sendable {
    /// Nothing but the pooling.
    case pooling
    /// A 1×1 convolution to this width, then the pooling.
    case convolution(Int)
    /// The pooling, then a 1×1 convolution with a bias.
    case hidden(Int)
    /// The pooling, then a 1×1 convolution with a norm.
    case normalizedHidden(Int)
  }

  /// How squeeze-and-excitation is set up.
  enum Excitation: Sendable {
    /// A quarter of what the block reads, with the network's non-linearity.
    case ofInput
    /// A quarter of the width inside, to a multiple of eight; ReLU and a gate of straight lines.
    case ofExpansion

    /// That of a block with so many channels at its input and inside.
    fileprivate func layer(input: Int, inside: Int, _ activation: Activation, _ names: MobileNames)
      -> TorchExcitation
    {
      let (reduce, expand) = names.squeezing
      return switch self {
      case .ofInput:
        TorchExcitation(
          squeezed: max(1, input / 4), activation: activation, reduce: reduce, expand: expand)
      case .ofExpansion:
        TorchExcitation(
          squeezed: MobileNetV2.divisibleByEight(Double(inside) * 0.25), activation: .relu,
          gate: .hardSigmoid(), reduce: reduce, expand: expand)
      }
    }
  }

  /// Channels behind the first convolution, which has stride 2.
  var stem: Int
  /// Rows in groups that timm counts as stages.
  var stages: [[MobileRow]]
  var head: Head
  var activation: Activation
  var excitation = Excitation.ofInput
  /// How often the last block is left out in training; earlier ones less, in proportion.
  var drop: Float = 0
  /// Before the classifier.
  var dropout: Float?

  func network(_ names: MobileNames, _ conventions: TorchConventions, _ variant: Variant)
    throws(NetworkError) -> Network
  {
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try net.addTorch(
      TorchConvolution(width: stem, kernel: 3, stride: 2, activation: activation), names.stem,
      conventions, to: net.input)
    let count = stages.joined().reduce(0) { $0 + $1.count }
    var number = 0
    for (stage, rows) in stages.enumerated() {
      if rows[0].stride == 2 { net.beginStage(title(ofStage: stage)) }
      var index = 0
      for row in rows {
        for block in 0..<row.count {
          x = try net.addMobileBlock(
            row, stride: block == 0 ? row.stride : 1,
            drop: drop * Float(number) / Float(count), of: self, names,
            MobileNames.Place(stage: stage, index: index, number: number), conventions, to: x)
          index += 1
          number += 1
        }
      }
    }
    try addEnd(to: &net, names, conventions, blocks: count, variant, after: x)
    return net
  }

  /// Up to the next stage that halves the resolution.
  private func title(ofStage stage: Int) -> String {
    let next = stages[(stage + 1)...].firstIndex { $0[0].stride == 2 } ?? stages.count
    return next == stage + 1 ? "blocks\(stage)" : "blocks\(stage)-\(next - 1)"
  }

  private func addEnd(
    to net: inout Network, _ names: MobileNames, _ conventions: TorchConventions, blocks: Int,
    _ variant: Variant, after last: Network.NodeID
  ) throws(NetworkError) {
    var x = last
    switch head {
    case .pooling: break
    case .convolution(let width):
      x = try net.addTorch(
        TorchConvolution(width: width, activation: activation),
        names.head(stages: stages.count, blocks: blocks), conventions, to: x)
    case .hidden(let width), .normalizedHidden(let width):
      guard let classifier = variant.classifierActivation else { break }
      return try addHidden(width, to: &net, names, conventions, classifier, after: x)
    }
    try net.addClassifier(
      variant, pooling: "global_pool", dropout: dropout, named: names.classifier, to: x)
  }

  /// The hidden layer behind the pooling: a convolution for timm, a dense layer for torchvision.
  private func addHidden(
    _ width: Int, to net: inout Network, _ names: MobileNames, _ conventions: TorchConventions,
    _ classifier: Activation, after x: Network.NodeID
  ) throws(NetworkError) {
    let isDense = names == .torchvisionMobileNetV3
    var y = try net.add("global_pool", GlobalAveragePooling2D(keepsDimensions: !isDense), to: x)
    net.beginStage(Network.headStage)
    if isDense {
      y = try net.add("classifier.0", Dense(width, activation: activation), to: y)
    } else if case .normalizedHidden = head {
      y = try net.addTorch(
        TorchConvolution(width: width, activation: activation),
        ConvolutionNames(convolution: "conv_head", norm: "norm_head"), conventions, to: y)
    } else {
      y = try net.add("conv_head", Convolution2D(width, kernel: 1, activation: activation), to: y)
    }
    if !isDense { y = try net.add("flatten", Flatten(), to: y) }
    if let dropout { y = try net.add("dropout", Dropout(dropout), to: y) }
    try net.add(names.classifier, Dense(ImageNet.classCount, activation: classifier), to: y)
  }
}

extension Network {
  /// One block: its convolutions, squeeze-and-excitation before the last, and the shortcut.
  fileprivate mutating func addMobileBlock(
    _ row: MobileRow, stride: Int, drop: Float, of plan: MobileNetwork, _ names: MobileNames,
    _ place: MobileNames.Place, _ conventions: TorchConventions, to input: NodeID
  ) throws(NetworkError) -> NodeID {
    let width = self[input].shape.channels
    let activation = row.activation ?? plan.activation
    let pieces = row.pieces(input: width, stride: stride, activation)
    var x = input
    var excitations = 0
    for (position, (piece, convolution)) in pieces.enumerated() {
      if row.excites, piece == .projection {
        let excitation = plan.excitation.layer(
          input: width, inside: self[x].shape.channels, activation, names)
        x = try addTorch(excitation, names.excitation(in: place, after: position), to: x)
        excitations = 1
      }
      x = try addTorch(
        convolution,
        names.piece(piece, of: row.kind, in: place, after: position, excitations: excitations),
        conventions, to: x)
    }
    guard row.hasShortcut, stride == 1, width == row.channels else { return x }
    return try addTorchSum(names.block(place), of: input, and: x, drop: drop)
  }
}
