import NeuralNetworks
import TensorKernels

/// An operation that Keras makes of a Python expression in a functional model: `x / 127.5 - 1`,
/// `keras.ops.relu(x)`, `tf.math.add(x, y)`.
///
/// Keras 3 writes it as a class (`TrueDivide`), Keras 2 as `TFOpLambda` with a function
/// (`math.truediv`) or, before 2.4, as `TensorFlowOpLayer` with a node of a graph (`RealDiv`).
struct KerasOperation {
  /// An operand: a tensor, or a number for each channel.
  private enum Operand {
    case tensor
    case numbers([Float])
  }

  private let name: String
  private let arguments: KerasArguments<KerasCall.Value>
  /// The constants that it is given by name among them.
  private let settings: KerasSettings

  /// `nil` when the call is of a layer.
  /// - Parameter inputs: the shapes of all tensors of the call, in order.
  init?(_ call: KerasCall, _ inputs: [Shape], version: Int) {
    let layer = call.layer
    switch layer.className {
    case "TFOpLambda": name = layer.settings["function"]?.string ?? ""
    case "TensorFlowOpLayer": name = layer.settings["node_def"]?["op"]?.string ?? ""
    case _ where version == 3 && Self.isOperation(layer): name = layer.className
    default: return nil
    }
    arguments = call.arguments
    var values = layer.settings
    for (name, argument) in arguments.byName {
      if case .constant(let value) = argument, !value.isNull { values[name] = value }
    }
    settings = KerasSettings(
      className: layer.className, values: values, version: version, inputs: inputs)
  }

  /// What it is in a network.
  func recipe() throws(LayerError) -> KerasRecipe {
    let operation = Self.canonical(name)
    if let function = Self.functions[operation] ?? Activation(kerasName: operation, version: 3) {
      return KerasRecipe(ActivationLayer(try activation(function)))
    }
    switch operation {
    case "mean": return KerasRecipe(try pooling(isMaximum: false))
    case "max": return KerasRecipe(try pooling(isMaximum: true))
    case "add", "subtract", "multiply", "divide": return try arithmetic(operation)
    case "negative": return KerasRecipe(Scale(-1))
    case "cast", "identity", "stop_gradient", "convert_to_tensor": return .passing()
    default:
      throw LayerError(
        "is the operation '\(name.prefix(60))', which is not supported; in Keras, replace it by a layer"
      )
    }
  }

  /// Keras 3 gives operations the names of layers. Their modules tell them apart, and in a `.h5`,
  /// which has no modules, that only layers have a type of numbers.
  private static func isOperation(_ layer: KerasModelConfiguration.Layer) -> Bool {
    if layer.module != "" { return layer.module.contains(".ops") }
    let name = canonical(layer.className)
    return layer.settings["trainable"] == nil && layer.settings["dtype"] == nil
      && (others.contains(name) || Activation(kerasName: name, version: 3) != nil)
  }

  private static let others: Set<String> = [
    "mean", "max", "add", "subtract", "multiply", "divide", "negative", "cast", "identity",
  ]

  private static let functions: [String: Activation] = [
    "elu": .elu(alpha: 1), "hard_sigmoid": .hardSigmoid(slope: 1 / 6),
  ]

  /// One name for what the versions call differently: `math.truediv`, `TrueDivide` and `RealDiv`
  /// are `divide`.
  private static func canonical(_ name: String) -> String {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let word =
      last.contains("_") || last == last.lowercased()
      ? last : KerasArchitecture.snakeCase(last)
    switch word {
    case "truediv", "true_divide", "realdiv", "real_div", "div", "__truediv__": return "divide"
    case "sub", "__sub__", "__rsub__": return word == "__rsub__" ? "rsubtract" : "subtract"
    case "mul", "__mul__", "__rmul__": return "multiply"
    case "add_v2", "addv2", "__add__", "__radd__", "bias_add", "add_n": return "add"
    case "neg", "__neg__": return "negative"
    case "reduce_mean": return "mean"
    case "reduce_max", "amax": return "max"
    case "hard_silu", "hard_swish": return "hard_silu"
    default: return word
    }
  }

  // MARK: Arithmetic

  /// The operands in order, with the constants of `TensorFlowOpLayer` at their places.
  private func operands() throws(LayerError) -> [Operand] {
    var operands: [Operand] = []
    for argument in arguments.byPosition {
      guard let one = try Self.operand(argument) else {
        throw LayerError("is given something that is neither a tensor nor numbers")
      }
      operands.append(one)
    }
    for name in ["x", "x1", "y", "x2", "bias", "value"] {
      if let argument = arguments.byName[name], let one = try Self.operand(argument) {
        operands.append(one)
      }
    }
    let constants = settings.values["constants"]?.object ?? [:]
    for (name, value) in constants.sorted(by: { $0.key < $1.key }) {
      guard let position = Int(name), (0...operands.count).contains(position),
        let numbers = value.perChannel
      else { throw LayerError("has a constant that is no number") }
      operands.insert(.numbers(numbers), at: position)
    }
    return operands
  }

  private static func operand(_ argument: KerasArgument<KerasCall.Value>) throws(LayerError)
    -> Operand?
  {
    switch argument {
    case .tensor: return .tensor
    case .constant(let value): return value.perChannel.map(Operand.numbers)
    case .list: throw LayerError("is given a list of tensors, which this operation does not read")
    }
  }

  private func arithmetic(_ operation: String) throws(LayerError) -> KerasRecipe {
    let operands = try operands()
    guard operands.count == 2 else {
      throw LayerError("has \(operands.count) operands, expected 2")
    }
    switch (operands[0], operands[1]) {
    case (.numbers, .numbers): throw LayerError("has two constant operands")
    case (.tensor, .tensor):
      switch operation {
      case "add": return .sum(2)
      case "subtract": return try .difference(2)
      case "multiply": return try .product(2)
      default: throw LayerError("divides one tensor by another, which is not supported")
      }
    case (.tensor, .numbers(let numbers)):
      switch operation {
      case "add": return .affine([1], numbers)
      case "subtract": return .affine([1], numbers.map { -$0 })
      case "multiply": return .affine(numbers, [0])
      default:
        guard !numbers.contains(0) else { throw LayerError("divides by 0") }
        return .affine(numbers.map { 1 / $0 }, [0])
      }
    case (.numbers(let numbers), .tensor):
      switch operation {
      case "add": return .affine([1], numbers)
      case "subtract": return .affine([-1], numbers)
      case "multiply": return .affine(numbers, [0])
      default: throw LayerError("divides a number by a tensor, which is not supported")
      }
    }
  }

  // MARK: Functions and reductions

  /// The function with the settings of the call.
  private func activation(_ function: Activation) throws(LayerError) -> Activation {
    switch function {
    case .leakyRelu:
      let slope = try settings.number(["negative_slope", "alpha"], else: 0.2)
      guard slope > 0 else { throw LayerError("has no positive slope") }
      return .leakyRelu(slope: slope)
    case .elu:
      let alpha = try settings.number(["alpha"], else: 1)
      guard alpha > 0 else { throw LayerError("has no positive alpha") }
      return .elu(alpha: alpha)
    case .gelu:
      // TensorFlow's operation is exact unless told otherwise, Keras 3's is not.
      let isApproximate = settings.values["approximate"]?.bool ?? (settings.className == "Gelu")
      return isApproximate ? .geluTanh : .gelu
    case .softmax:
      let axis = settings.values["axis"] ?? .int(-1)
      guard axis.int == -1 else {
        throw LayerError("has the axis \(axis.brief), and only the last is read")
      }
      return .softmax
    default: return function
    }
  }

  /// The mean or the largest value over all positions.
  private func pooling(isMaximum: Bool) throws(LayerError) -> any Layer {
    guard let input = settings.inputs.first else { throw LayerError("reads nothing") }
    var axes = settings.values["axis"] ?? .null
    if settings.values["axis"] == nil, arguments.byPosition.count > 1,
      case .constant(let value) = arguments.byPosition[1]
    {
      axes = value
    }
    let numbers = Set(
      (axes.list ?? [axes]).compactMap(\.int).map { $0 < 0 ? input.rank + 1 + $0 : $0 })
    let keeps = settings.values["keepdims"]?.bool ?? false
    guard input.rank > 1, numbers == Set(1..<input.rank) else {
      throw LayerError(
        "reduces the axes \(axes.brief), and only all positions, with the examples and channels kept, is read"
      )
    }
    switch (input.rank, isMaximum) {
    case (2, false): return GlobalAveragePooling1D(keepsDimensions: keeps)
    case (2, true): return GlobalMaxPooling1D(keepsDimensions: keeps)
    case (3, false): return GlobalAveragePooling2D(keepsDimensions: keeps)
    case (3, true): return GlobalMaxPooling2D(keepsDimensions: keeps)
    case (_, false): return GlobalAveragePooling3D(keepsDimensions: keeps)
    case (_, true): return GlobalMaxPooling3D(keepsDimensions: keeps)
    }
  }
}
