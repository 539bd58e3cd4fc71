import Files
import NeuralNetworks
import TensorKernels

/// The settings of one layer or operation, in the spelling of any version of Keras; nothing in them is
/// trusted.
///
/// Each reader takes the names that a setting has had, today's first. Errors say which setting is
/// wrong; whoever catches them adds the layer.
struct KerasSettings {
  let className: String
  let values: [String: JSONValue]
  /// The major version of the Keras that wrote it: 1, 2 or 3.
  let version: Int
  /// The shapes of the tensors that the call reads, without the batch axis.
  var inputs: [Shape] = []

  /// The longest side of a window, and the longest step.
  static let sides = 1...4096
  static let channels = 1...(1 << 20)
  static let paddings = 0...4096
  /// No layer needs larger numbers; a few that are multiplied are infinite as Float32.
  static let numbers: ClosedRange<Double> = -0x1p32...0x1p32

  /// The setting under the first of these names that is there and not null.
  func value(_ names: [String]) -> (name: String, value: JSONValue)? {
    for name in names {
      if let value = values[name], !value.isNull { return (name, value) }
    }
    return nil
  }

  func whole(_ names: [String], within range: ClosedRange<Int>, else standard: Int? = nil)
    throws(LayerError) -> Int
  {
    guard let (name, value) = value(names) else { return try standard.required(names) }
    return try Self.whole(value, name, within: range)
  }

  /// Numbers for this many axes: a list, or one for all.
  func wholes(
    _ names: [String], count: Int, within range: ClosedRange<Int>, else standard: [Int]? = nil
  ) throws(LayerError) -> [Int] {
    guard let (name, value) = value(names) else { return try standard.required(names) }
    guard let list = value.list else {
      return [Int](repeating: try Self.whole(value, name, within: range), count: count)
    }
    guard list.count == count else {
      throw LayerError("has \(list.count) numbers in \(name), expected \(count)")
    }
    var numbers: [Int] = []
    for item in list { numbers.append(try Self.whole(item, name, within: range)) }
    return numbers
  }

  /// A window, a step or a factor along one to three axes.
  func extent(_ names: [String], axes: Int, else standard: Extent? = nil) throws(LayerError)
    -> Extent
  {
    Extent(
      sides: try wholes(
        names, count: axes, within: Self.sides, else: standard?.sides(axes: axes)))
  }

  func number(_ names: [String], else standard: Float? = nil) throws(LayerError) -> Float {
    guard let (name, value) = value(names) else { return try standard.required(names) }
    // Some versions stored numbers that had been arrays: {"type": "ndarray", "value": 0.3}.
    guard let number = (value["value"] ?? value).setting else {
      throw LayerError("has \(value.brief) for \(name), expected a number\(Self.upToLargest)")
    }
    return number
  }

  /// One number, or one for each channel.
  func numbers(_ name: String, else standard: [Float]? = nil) throws(LayerError) -> [Float] {
    guard let (_, value) = value([name]) else { return try standard.required([name]) }
    guard let numbers = value.perChannel else {
      throw LayerError(
        "has \(value.brief) for \(name), expected a number or one for each channel\(Self.upToLargest)"
      )
    }
    return numbers
  }

  private static var upToLargest: String { ", up to \(Int(numbers.upperBound))" }

  func flag(_ names: [String], else standard: Bool) throws(LayerError) -> Bool {
    guard let (name, value) = value(names) else { return standard }
    // Keras 1 wrote 0 and 1 at times.
    guard let flag = value.bool ?? value.int.map({ $0 != 0 }) else {
      throw LayerError("has \(value.brief) for \(name), expected true or false")
    }
    return flag
  }

  func text(_ names: [String], else standard: String) throws(LayerError) -> String {
    guard let (name, value) = value(names) else { return standard }
    guard let text = value.string else {
      throw LayerError("has \(value.brief) for \(name), expected a word")
    }
    return text
  }

  /// Refuses data whose channels are not the innermost axis.
  func requireChannelsLast() throws(LayerError) {
    guard let (name, value) = value(["data_format", "dim_ordering"]) else { return }
    guard ["channels_last", "tf", "default"].contains(value.string) else {
      throw LayerError(
        "has \(value.brief) for \(name), and only channels_last is read; build the model with "
          + "keras.config.set_image_data_format('channels_last') and copy the weights")
    }
  }

  private static let padding = ["padding", "border_mode"]

  func padding() throws(LayerError) -> Padding {
    switch try text(Self.padding, else: "valid").lowercased() {
    case "valid": return .valid
    case "same": return .same
    case let other: throw LayerError("has the padding '\(other)', expected valid or same")
    }
  }

  func strides(axes: Int) throws(LayerError) -> Extent {
    try extent(["strides", "subsample_length", "subsample"], axes: axes, else: .cube(1))
  }

  func dilation(axes: Int) throws(LayerError) -> Extent {
    try extent(["dilation_rate", "atrous_rate"], axes: axes, else: .cube(1))
  }

  /// The window of a kernel: one setting since Keras 2, one for each axis before.
  func kernel(axes: Int) throws(LayerError) -> Extent {
    let former = axes == 2 ? ["nb_row", "nb_col"] : ["kernel_dim1", "kernel_dim2", "kernel_dim3"]
    let isOne = axes == 1 || value(["kernel_size"]) != nil || axes == 2 && value(former) == nil
    if isOne { return try extent(["kernel_size", "filter_length"], axes: axes) }
    var sides: [Int] = []
    for name in former { sides.append(try whole([name], within: Self.sides)) }
    return Extent(sides: sides)
  }

  /// The padding of a sequence: before its beginning only, where it is causal.
  func sequencePadding() throws(LayerError) -> Padding {
    guard try text(Self.padding, else: "valid") == "causal" else { return try padding() }
    return .causal(kernel: try kernel(axes: 1).width, dilation: try dilation(axes: 1).width)
  }

  // MARK: Details

  private static func whole(_ value: JSONValue, _ name: String, within range: ClosedRange<Int>)
    throws(LayerError) -> Int
  {
    guard let number = value.int, range.contains(number) else {
      throw LayerError(
        "has \(value.brief) for \(name), expected a whole number from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return number
  }
}

extension Optional {
  /// What stands for a setting that is not there.
  fileprivate func required(_ names: [String]) throws(LayerError) -> Wrapped {
    guard let self else { throw LayerError("lacks \(names[0]) in its configuration") }
    return self
  }
}

extension Extent {
  /// - Parameter sides: of one to three axes, the innermost last.
  init(sides: [Int]) {
    let all = [1, 1, 1].dropLast(sides.count) + sides
    self.init(depth: all[0], height: all[1], width: all[2])
  }

  /// The sides along the innermost axes.
  func sides(axes: Int) -> [Int] { [depth, height, width].suffix(axes) }
}

extension JSONValue {
  /// At most forty characters, for messages.
  var brief: String {
    let text =
      switch self {
      case .null: "nothing"
      case .bool(let value): "\(value)"
      case .int(let value): "\(value)"
      case .double(let value): "\(value)"
      case .string(let value): "'\(value)'"
      case .list(let values): "[\(values.prefix(8).map(\.brief).joined(separator: ", "))]"
      case .object: "an object"
      }
    return text.count > 40 ? text.prefix(40) + "…" : text
  }

  /// A number that layers can compute with.
  fileprivate var setting: Float? {
    guard let double, KerasSettings.numbers.contains(double) else { return nil }
    return Float(double)
  }

  /// A number, or a list of numbers with axes of length 1 around it; also as the arrays of Keras 2
  /// (`{"type": "ndarray", "value": …}`) and 3 (`{"class_name": "__numpy__", "config": …}`).
  var perChannel: [Float]? {
    switch self {
    case .int, .double: return setting.map { [$0] }
    case .list(let items):
      if items.count == 1, items[0].list != nil { return items[0].perChannel }
      var numbers: [Float] = []
      for item in items {
        guard let number = item.setting else { return nil }
        numbers.append(number)
      }
      return numbers.isEmpty ? nil : numbers
    case .object(let values):
      if let inner = values["config"]?["value"] ?? values["value"], inner.object == nil {
        return inner.perChannel
      }
      return nil
    default: return nil
    }
  }
}
