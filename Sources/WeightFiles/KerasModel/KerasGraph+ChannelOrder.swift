import Files
import NeuralNetworks

extension KerasGraph {
  /// The class of a call that stands for channels in another order; no file has it.
  static let channelOrder = "an order of channels"

  /// Recognises RGB made BGR, as `preprocess_input` of VGG and ResNet does it inside a model.
  ///
  /// Keras 3 takes the channels apart and stacks them again, `x[..., 2]`, `x[..., 1]`, `x[..., 0]`;
  /// Keras 2 takes a slice backwards, `x[..., ::-1]`.
  mutating func recogniseChannelOrders() {
    for (index, call) in calls.enumerated() {
      guard let (source, order) = stackedChannels(call) ?? Self.reversedChannels(call) else {
        continue
      }
      for value in call.values where value != source { absorbed.insert(calls[value - 1].path) }
      calls[index] = Call(
        models: call.models, name: call.name, className: Self.channelOrder, module: "",
        configuration: ["order": .list(order.map(JSONValue.int))], arguments: [.value(source)],
        keywords: [:])
    }
  }

  private func stackedChannels(_ call: Call) -> (Value, [Int])? {
    guard call.className == "Stack", call.configuration["axis"]?.int == -1,
      case .list(let items)? = call.arguments.first
    else { return nil }
    var sources: Set<Value> = []
    var order: [Int] = []
    for item in items {
      guard case .value(let value) = item, value > 0, calls[value - 1].className == "GetItem",
        calls[value - 1].arguments.count == 2,
        case .value(let source) = calls[value - 1].arguments[0],
        case .constant(let position) = calls[value - 1].arguments[1], position.list?.count == 2,
        position[0]?["class_name"]?.string == "__ellipsis__", let channel = position[1]?.int
      else { return nil }
      sources.insert(source)
      order.append(channel)
    }
    guard sources.count == 1, let source = sources.first,
      order.sorted() == Array(order.indices)
    else { return nil }
    return (source, order)
  }

  private static func reversedChannels(_ call: Call) -> (Value, [Int])? {
    guard call.className == "SlicingOpLambda", case .value(let source)? = call.arguments.first,
      case .constant(let specification)? = call.keywords["slice_spec"]
    else { return nil }
    let parts = specification.list ?? specification["items"]?.list ?? []
    guard parts.count == 2, parts[0]["class_name"]?.string == "__ellipsis__",
      parts[1]["step"]?.int == -1, (parts[1]["start"] ?? .null).isNull,
      (parts[1]["stop"] ?? .null).isNull
    else { return nil }
    return (source, [2, 1, 0])
  }
}
