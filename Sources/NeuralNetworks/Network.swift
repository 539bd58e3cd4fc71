import TensorKernels

/// A network as data: a list of named nodes in an order in which they can be computed.
///
/// Names are those of the Keras weight file, so importing weights is a look-up. The first node is
/// the input; the last one is the output.
public struct Network: Sendable {
  /// One layer in its place.
  public struct Node: Sendable {
    /// The name that the network and weight files know it by, for example `conv1_conv`; no other
    /// node has it.
    public let name: String
    /// What it computes.
    public let layer: any Layer
    /// Where the inputs come from: indices of earlier nodes.
    public let inputs: [NodeID]
    /// The output's shape, without the batch axis.
    public let shape: Shape
    /// The weights it has, in Keras's order; empty for layers that learn nothing. Those that it shares are
    /// called after the first node that has them.
    public let parameters: [Parameter]
    /// Multiply-adds for one example.
    public let multiplyAdds: Int

    /// The number of single weights as Keras counts them: statistics and what nothing reads included. None
    /// where they are another node's.
    public var parameterCount: Int {
      sharesWeights ? 0 : parameters.reduce(layer.unreadNumbers) { $0 + $1.shape.count }
    }

    /// Whether its weights are another node's.
    public var sharesWeights: Bool { parameters.contains { $0.node != name } }
  }

  /// A position in `nodes`.
  public struct NodeID: Hashable, Sendable, Comparable {
    /// The place in `Network.nodes`, from 0.
    public let index: Int

    /// Whether the left node comes first, so that the right one may read it.
    public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
  }

  /// A run of whole blocks at one resolution, the unit in which a network is frozen and unfrozen.
  public struct Stage: Hashable, Sendable {
    /// The name, for example `conv5`, by which plans and `finetune models` call it.
    public let name: String
    /// Indices into `nodes`.
    public let nodes: Range<Int>
  }

  /// All nodes; each reads only earlier ones.
  public private(set) var nodes: [Node]
  private var stageStarts: [(name: String, first: Int)] = []
  private var indexByName: [String: Int]

  /// A network that so far only has an input of this shape: `[height, width, channels]`.
  public init(input shape: Shape, name: String = "input_1") {
    nodes = [
      Node(
        name: name, layer: Input(shape: shape), inputs: [], shape: shape, parameters: [],
        multiplyAdds: 0)
    ]
    indexByName = [name: 0]
  }

  /// The first node, through which data enters.
  public var input: NodeID { NodeID(index: 0) }
  /// The last node.
  public var output: NodeID { NodeID(index: nodes.count - 1) }
  /// The shape of one example that goes in, without the batch axis.
  public var inputShape: Shape { nodes[0].shape }
  /// The shape of what the last node gives for one example.
  public var outputShape: Shape { nodes[nodes.count - 1].shape }

  /// The node at a position.
  public subscript(id: NodeID) -> Node { nodes[id.index] }

  /// The node of this name, if there is one.
  public func node(named name: String) -> NodeID? {
    indexByName[name].map(NodeID.init(index:))
  }

  /// All parameters, in the order of the nodes; those that several nodes share once.
  public var parameters: [Parameter] {
    let all = nodes.flatMap(\.parameters)
    guard nodes.contains(where: \.sharesWeights) else { return all }
    var seen: Set<Parameter> = []
    return all.filter { seen.insert($0).inserted }
  }

  /// The number of single weights as Keras counts them: statistics and what nothing reads included.
  public var parameterCount: Int { nodes.reduce(0) { $0 + $1.parameterCount } }

  /// Multiply-adds of convolutions and dense layers for one example.
  public var multiplyAdds: Int { nodes.reduce(0) { $0 + $1.multiplyAdds } }

  /// Appends a layer that reads the given nodes.
  /// - Throws: `NetworkError` when the inputs do not fit the layer or the name is taken.
  @discardableResult
  public mutating func add(_ name: String, _ layer: some Layer, to inputs: NodeID...)
    throws(NetworkError) -> NodeID
  {
    try add(name, layer, to: inputs)
  }

  /// Appends a layer that reads the given nodes.
  /// - Parameters:
  ///   - name: no other node's.
  ///   - layer: what the node does.
  ///   - inputs: the nodes that it reads, in the layer's order.
  ///   - owner: the node whose weights it has, too, or a name under which a network that this one is a part
  ///     of has them; `nil` for weights of its own.
  /// - Throws: `NetworkError` when the inputs do not fit the layer, the name is taken, or the owner's weights
  ///   have other shapes.
  @discardableResult
  public mutating func add(
    _ name: String, _ layer: some Layer, to inputs: [NodeID], sharingWeightsOf owner: String? = nil
  ) throws(NetworkError) -> NodeID {
    guard indexByName[name] == nil else {
      throw NetworkError(node: name, message: "another node already has this name")
    }
    let shapes = inputs.map { self[$0].shape }
    let shape: Shape
    do {
      shape = try layer.outputShape(for: shapes)
    } catch {
      throw NetworkError(node: name, message: error.message)
    }
    // Of a node that shares its weights itself, those are meant.
    let owner = owner.map { owner in
      node(named: owner).flatMap { self[$0].parameters.first?.node } ?? owner
    }
    let parameters = layer.parameters(for: shapes).map {
      Parameter(node: owner ?? name, role: $0.role, shape: $0.shape)
    }
    if let owner, let first = node(named: owner), self[first].parameters != parameters {
      throw NetworkError(
        node: name, message: "would share weights of '\(owner)' that have other shapes")
    }
    indexByName[name] = nodes.count
    nodes.append(
      Node(
        name: name, layer: layer, inputs: inputs, shape: shape, parameters: parameters,
        multiplyAdds: layer.multiplyAdds(for: shapes, output: shape)))
    return output
  }

  /// Declares that the nodes from here on belong to a stage of this name.
  public mutating func beginStage(_ name: String) { stageStarts.append((name, nodes.count)) }

  /// Drops every node behind `node`, and the stages that began there.
  mutating func removeNodes(after node: NodeID) {
    for dropped in nodes[(node.index + 1)...] { indexByName[dropped.name] = nil }
    nodes.removeSubrange((node.index + 1)...)
    stageStarts.removeAll { $0.first >= nodes.count }
  }

  /// The stages in order; nodes before the first belong to none.
  public var stages: [Stage] {
    stageStarts.indices.map { index in
      let end = index + 1 < stageStarts.count ? stageStarts[index + 1].first : nodes.count
      return Stage(name: stageStarts[index].name, nodes: stageStarts[index].first..<end)
    }
  }
}

/// Why a network cannot be built: which node, and what is wrong with it.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name of the node that could not be added or was not found.
  public let node: String
  /// What is wrong with it, without its name.
  public let message: String

  package init(node: String, message: String) {
    self.node = node
    self.message = message
  }

  /// The node's name in quotes, and what is wrong.
  public var description: String { "'\(node)': \(message)" }
}
