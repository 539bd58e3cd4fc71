import Files
import NeuralNetworks

extension KerasCallList {
  /// Recognises RGB made BGR, as `preprocess_input` of VGG and ResNet does it inside a model.
  ///
  /// Keras 3 takes the channels apart and stacks them again, `x[..., 2]`, `x[..., 1]`, `x[..., 0]`;
  /// Keras 2 takes a slice backwards, `x[..., ::-1]`.
  mutating func recogniseChannelOrders() {
    for (index, call) in calls.enumerated() {
      guard let (source, order) = stackedChannels(call) ?? Self.reversedChannels(call) else {
        continue
      }
      for value in call.arguments.tensors where value != source {
        absorbed.insert(calls[value - 1].path)
      }
      calls[index] = KerasCall(
        models: call.models, layer: .reordering(order, named: call.layer.name),
        arguments: KerasArguments(byPosition: [.tensor(source)]))
    }
  }

  private func stackedChannels(_ call: KerasCall) -> (KerasCall.Value, [Int])? {
    guard call.layer.className == "Stack", call.layer.settings["axis"]?.int == -1,
      case .list(let items)? = call.arguments.byPosition.first
    else { return nil }
    var sources: Set<KerasCall.Value> = []
    var order: [Int] = []
    for item in items {
      guard case .tensor(let value) = item, value > 0,
        let (source, channel) = Self.channel(calls[value - 1])
      else { return nil }
      sources.insert(source)
      order.append(channel)
    }
    guard sources.count == 1, let source = sources.first,
      order.sorted() == Array(order.indices)
    else { return nil }
    return (source, order)
  }

  /// `x[..., 2]`: of what, and which channel.
  private static func channel(_ call: KerasCall) -> (KerasCall.Value, Int)? {
    let arguments = call.arguments.byPosition
    guard call.layer.className == "GetItem", arguments.count == 2,
      case .tensor(let source) = arguments[0], case .constant(let position) = arguments[1],
      position.list?.count == 2, position[0]?["class_name"]?.string == "__ellipsis__",
      let channel = position[1]?.int
    else { return nil }
    return (source, channel)
  }

  private static func reversedChannels(_ call: KerasCall) -> (KerasCall.Value, [Int])? {
    guard call.layer.className == "SlicingOpLambda",
      case .tensor(let source)? = call.arguments.byPosition.first,
      case .constant(let specification)? = call.arguments.byName["slice_spec"]
    else { return nil }
    let parts = specification.list ?? specification["items"]?.list ?? []
    guard parts.count == 2, parts[0]["class_name"]?.string == "__ellipsis__",
      parts[1]["step"]?.int == -1, (parts[1]["start"] ?? .null).isNull,
      (parts[1]["stop"] ?? .null).isNull
    else { return nil }
    return (source, [2, 1, 0])
  }
}

extension KerasModelConfiguration.Layer {
  /// The class that stands for channels in another order; no file has it.
  static let channelOrder = "an order of channels"

  /// A layer that puts channels into this order.
  fileprivate static func reordering(_ order: [Int], named name: String) -> Self {
    Self(
      name: name, className: channelOrder, module: "",
      settings: ["order": .list(order.map(JSONValue.int))], item: .null)
  }
}
