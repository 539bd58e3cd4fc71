import NeuralNetworks

/// A part of a network that is frozen or trained as a whole, never in part.
public struct NetworkBlock: Hashable, Sendable {
  /// The name by which `Phase.Scope.from` finds it, for example `conv5_block3`.
  public let name: String
  /// Indices into the network's nodes.
  public let nodes: Range<Int>
}

extension Network {
  /// The blocks of the stages, the head's excepted: what lies between two nodes through which every
  /// path passes, joined where names say that it belongs together.
  ///
  /// `block_13` of MobileNetV2 is such a name, `conv5_block3`, `block6a`, `inception_5b`, `fire9`; a
  /// block of several paths whose nodes are only numbered is called after the node that joins them
  /// (`mixed10` of InceptionV3), any other layer with a kernel is a block of its own. A norm belongs to
  /// the kernel before it, unless its name says otherwise.
  public var blocks: [NetworkBlock] {
    let stages = stages.filter { $0.name != Network.headStage }
    guard let first = stages.first?.nodes.lowerBound, let end = stages.last?.nodes.upperBound else {
      return []
    }
    var segments: [Segment] = []
    for cut in NetworkCuts(self).nodes where cut >= first && cut < end {
      let start = segments.last?.nodes.upperBound ?? first
      segments.append(Segment(self, start..<cut + 1))
    }
    var starts: [(name: String, key: String?, first: Int)] = []
    // A block that has begun with padding is not over before its kernel.
    var hasLearned = false
    for (position, segment) in segments.enumerated() {
      guard let next = segments[position...].first(where: \.learns) else { break }
      let current = starts.last?.key
      let begins =
        segment.learns
        ? segment.key.map { $0 != current } ?? !segment.isNorm
        // Padding and activations in front of a block bear its name.
        : segment.key != nil && segment.key != current && segment.key == next.key
      if starts.isEmpty || begins && hasLearned {
        starts.append(
          (segment.learns ? segment.name : next.name, segment.key, segment.nodes.lowerBound))
        hasLearned = false
      }
      if segment.learns { hasLearned = true }
    }
    return starts.indices.map { index in
      let stop = index + 1 < starts.count ? starts[index + 1].first : end
      return NetworkBlock(name: starts[index].name, nodes: starts[index].first..<stop)
    }
  }

  /// Where a block or a stage begins.
  /// - Throws: `PlanError` that lists the blocks when there is none of this name.
  func firstNode(ofBlock name: String, phase: String) throws(PlanError) -> Int {
    let stages = stages.filter { $0.name != Network.headStage }
    let blocks = blocks
    // GoogLeNet has a block and a stage called conv2; the block is the smaller.
    if let block = blocks.first(where: { $0.name == name }) { return block.nodes.lowerBound }
    if let stage = stages.first(where: { $0.name == name }) { return stage.nodes.lowerBound }
    var message = "phase '\(phase)' trains from '\(name)', but this network has no such block"
    if let index = node(named: name)?.index,
      let block = blocks.first(where: { $0.nodes.contains(index) })
    {
      message += " ('\(name)' is a part of '\(block.name)')"
    }
    throw PlanError(
      "\(message); expected one of its stages \(stages.map(\.name).joined(separator: ", "))"
        + " or blocks \(blocks.map(\.name).joined(separator: ", "))")
  }

  /// What lies behind one cut up to the next.
  private struct Segment {
    let nodes: Range<Int>
    let learns: Bool
    /// Whether it is a norm alone, or a learned factor.
    let isNorm: Bool
    /// What the names of its nodes say they belong to.
    let key: String?
    let name: String

    init(_ network: Network, _ nodes: Range<Int>) {
      self.nodes = nodes
      let learned = network.nodes[nodes].first(where: \.hasLearnedParameters)
      learns = learned != nil
      let first = network.nodes[nodes.lowerBound].layer
      isNorm =
        nodes.count == 1
        && (first is BatchNormalization || first is LayerNormalization || first is LearnedAffine)
      let names = network.nodes[nodes].map(\.name)
      key = names.lazy.compactMap(Self.key).first
      let closing = network.nodes[nodes.upperBound - 1].name
      if let key {
        name = names.contains { $0.hasPrefix(key) } ? key : learned?.name ?? names[0]
      } else {
        name = nodes.count > 1 ? closing : learned?.name ?? names[0]
      }
    }

    /// A block of PyTorch's networks and the dot behind it: `layer1.0`, `blocks.1.0`, `s1.b1`, and torchvision's
    /// `features.2.0` and `features.2`, which have their convolutions in a module `block` or `conv`.
    private static var torchBlock: Regex<(Substring, Substring)> {
      #/
      ^( layer\d+\.\d+
      | stages\.\d+\.downsample
      | (?:stages\.\d+\.)? blocks\.\d+ (?:\.\d+)?
      | _blocks\.\d+
      | s\d+\.b\d+
      | trunk_output\.block\d+\.block\d+-\d+
      | features\.denseblock\d+\.denselayer\d+
      | features\.transition\d+
      | features\.\d+ (?:\.\d+)? (?=\.(?:block\.|conv\.|add$))
      ) (?:\.|$)
      /#
    }

    /// `block_13` for `block_13_expand`; for MobileNet, the number of `conv_dw_13` and `conv_pw_13`.
    private static func key(_ name: String) -> String? {
      let named =
        /^(conv\d+_block\d+|block_?\d+([a-z]|_\d+)?|expanded_conv(_\d+)?|inception_\d+[a-z]?|fire\d+|pool\d+|convnext_[a-z]+_stage_\d+_block_\d+)(_|$)/
      if let match = name.firstMatch(of: named) { return String(match.1) }
      if let module = name.firstMatch(of: torchBlock) { return String(module.1) }
      if let match = name.firstMatch(of: /^conv_(?:pad|dw|pw)_(\d+)(_|$)/) {
        return "#\(match.1)"
      }
      if let match = name.firstMatch(of: /_downsampling_(?:layernorm|conv)_(\d+)$/) {
        return "#downsampling \(match.1)"
      }
      // torchvision's ConvNeXt, between its stages.
      if let match = name.firstMatch(of: /^(features\.[2468])\.[01]$/) { return String(match.1) }
      return nil
    }
  }
}
