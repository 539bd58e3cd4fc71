import Files
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A head of two dense layers, trained in steps: a hidden one with a ReLU, and the one of logits.
///
/// As JSON: `{"hidden": 256, "dropout": 0.2}`, of which `dropout` may be left out.
public struct HeadLayers: Codable, Hashable, Sendable {
  /// The units of the hidden layer, `1...65_536`.
  public var hidden: Int
  /// The share of them that a step leaves out, `0..<1`.
  public var dropout: Double

  /// A layer of `hidden` units with ReLU, without dropout unless told otherwise.
  public init(hidden: Int, dropout: Double = 0) {
    self.hidden = hidden
    self.dropout = dropout
  }
}

extension HeadLayers: Adjustable {
  package typealias Use = Phase.Use

  package static let settings: [Setting<HeadLayers>] = [
    Setting(
      "hidden", \.hidden, .within(1...65_536),
      SettingOption(
        .head,
        "Give the head a hidden layer of so many units with a ReLU. Such a head is trained in steps, as with `method` sgd.",
        "N", named: "head-hidden"), presence: .required),
    // The layer computes in Float, to which the last numbers below 1 are 1.
    Setting(
      "dropout", \.dropout, Allowed("0 to below 1") { $0 >= 0 && Float($0) < 1 },
      SettingOption(
        .head, "The share of the hidden units that each step leaves out, as 0.2 (default: 0).",
        "X", named: "head-dropout")),
  ]

  /// Refuses keys that are no settings.
  public init(from decoder: any Decoder) throws {
    self.init(hidden: 0)
    try read(from: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Network {
  /// The name of the layer of logits that is added; those before it have names that begin with it.
  package static let headName = "head"

  /// This network with the head that a plan trains.
  /// - Parameter activation: what the outputs pass.
  /// - Throws: `NetworkError` when the network has a node of the head's name.
  package func addingHead(
    of plan: FineTuningPlan, named name: String = Network.headName, classes: Int,
    activation: Activation = .linear
  ) throws(NetworkError) -> Network {
    try addingHead(
      named: name, classes: classes, hidden: plan.headLayers?.hidden,
      dropout: Float(plan.headLayers?.dropout ?? 0), activation: activation)
  }

  /// The nodes of the head, which is the last stage.
  var headNodes: ArraySlice<Node> {
    guard let head = stages.last, head.name == Network.headStage else {
      preconditionFailure("the network's last stage is not a head")
    }
    return nodes[head.nodes]
  }

  /// A new head: logits begin at zero, whatever the features. A hidden layer begins as Keras's `Dense`
  /// does, by the seed and its name; of zeros it would never learn.
  func initialHead(seed: UInt64) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for node in headNodes {
      for parameter in node.parameters {
        tensors[parameter.name] =
          node.name == self[output].name
          ? Tensor(repeating: 0, parameter.shape) : parameter.initialTensor(seed: seed)
      }
    }
    return tensors
  }
}
