import Files
import NeuralNetworks
import TensorKernels

/// The operations that Keras makes of Python expressions in a functional model: `x / 127.5 - 1`,
/// `keras.ops.relu(x)`, `tf.math.add(x, y)`.
///
/// Keras 3 writes them as classes (`TrueDivide`), Keras 2 as `TFOpLambda` with a function
/// (`math.truediv`) or, before 2.4, as `TensorFlowOpLayer` with a node of a graph (`RealDiv`).
enum KerasOperations {
  /// An operand: a tensor, by its position among the call's tensors, or a number for each channel.
  private enum Operand {
    case tensor(Int)
    case numbers([Float])
  }

  /// `nil` when the call is of a layer.
  /// - Parameter inputs: the shapes of all tensors of the call, in order.
  static func recipe(for call: KerasGraph.Call, _ inputs: [Shape], version: Int)
    throws(LayerError) -> KerasRecipe?
  {
    let name: String
    switch call.className {
    case "TFOpLambda":
      name = call.configuration["function"]?.string ?? ""
    case "TensorFlowOpLayer":
      name = call.configuration["node_def"]?["op"]?.string ?? ""
    case _ where version == 3 && isOperation(call): name = call.className
    default: return nil
    }
    let operation = canonical(name)
    if let function = functions[operation] ?? Activation(kerasName: operation, version: 3) {
      return try activation(function, call)
    }
    if let isMaximum = ["mean": false, "max": true][operation] {
      return try reduction(isMaximum, call, inputs)
    }
    switch operation {
    case "add", "subtract", "multiply", "divide": return try arithmetic(operation, call, inputs)
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
  private static func isOperation(_ call: KerasGraph.Call) -> Bool {
    if call.module != "" { return call.module.contains(".ops") }
    let name = canonical(call.className)
    return call.configuration["trainable"] == nil && call.configuration["dtype"] == nil
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

  // MARK: Operands

  /// The operands in order, with the constants of `TensorFlowOpLayer` at their places.
  private static func operands(of call: KerasGraph.Call) throws(LayerError) -> [Operand] {
    var operands: [Operand] = []
    var tensors = 0
    func operand(_ argument: KerasGraph.Argument) throws(LayerError) -> Operand? {
      switch argument {
      case .value:
        tensors += 1
        return .tensor(tensors - 1)
      case .constant(let value):
        guard let numbers = value.perChannel else { return nil }
        return .numbers(numbers)
      case .list:
        throw LayerError("is given a list of tensors, which this operation does not read")
      }
    }
    for argument in call.arguments {
      guard let one = try operand(argument) else {
        throw LayerError("is given something that is neither a tensor nor numbers")
      }
      operands.append(one)
    }
    for name in ["x", "x1", "y", "x2", "bias", "value"] {
      if let argument = call.keywords[name], let one = try operand(argument) {
        operands.append(one)
      }
    }
    if let constants = call.configuration["constants"]?.object {
      for (name, value) in constants.sorted(by: { $0.key < $1.key }) {
        guard let position = Int(name), (0...operands.count).contains(position),
          let numbers = value.perChannel
        else { throw LayerError("has a constant that is no number") }
        operands.insert(.numbers(numbers), at: position)
      }
    }
    return operands
  }

  private static func arithmetic(
    _ operation: String, _ call: KerasGraph.Call, _ inputs: [Shape]
  ) throws(LayerError) -> KerasRecipe {
    let operands = try operands(of: call)
    guard operands.count == 2 else {
      throw LayerError("has \(operands.count) operands, expected 2")
    }
    switch (operands[0], operands[1]) {
    case (.numbers, .numbers): throw LayerError("has two constant operands")
    case (.tensor, .tensor):
      switch operation {
      case "add": return KerasLayerTable.sum(2)
      case "subtract": return try KerasLayerTable.difference(2)
      case "multiply": return try KerasLayerTable.product(2)
      default: throw LayerError("divides one tensor by another, which is not supported")
      }
    case (.tensor, .numbers(let numbers)):
      switch operation {
      case "add": return KerasLayerTable.affine([1], numbers)
      case "subtract": return KerasLayerTable.affine([1], numbers.map { -$0 })
      case "multiply": return KerasLayerTable.affine(numbers, [0])
      default:
        guard !numbers.contains(0) else { throw LayerError("divides by 0") }
        return KerasLayerTable.affine(numbers.map { 1 / $0 }, [0])
      }
    case (.numbers(let numbers), .tensor):
      switch operation {
      case "add": return KerasLayerTable.affine([1], numbers)
      case "subtract": return KerasLayerTable.affine([-1], numbers)
      case "multiply": return KerasLayerTable.affine(numbers, [0])
      default: throw LayerError("divides a number by a tensor, which is not supported")
      }
    }
  }

  private static func activation(_ function: Activation, _ call: KerasGraph.Call)
    throws(LayerError) -> KerasRecipe
  {
    /// A setting of the call, in whatever place this version of Keras puts it.
    func setting(_ name: String) -> JSONValue? {
      if case .constant(let value)? = call.keywords[name], !value.isNull { return value }
      return call.configuration[name]
    }
    switch function {
    case .leakyRelu:
      let value = setting("negative_slope") ?? setting("alpha")
      guard let slope = value.map({ $0.double }) ?? 0.2, slope > 0 else {
        throw LayerError("has no positive slope")
      }
      return KerasRecipe(ActivationLayer(.leakyRelu(slope: Float(slope))))
    case .elu:
      guard let alpha = setting("alpha").map({ $0.double }) ?? 1, alpha > 0 else {
        throw LayerError("has no positive alpha")
      }
      return KerasRecipe(ActivationLayer(.elu(alpha: Float(alpha))))
    case .gelu:
      // TensorFlow's operation is exact unless told otherwise, Keras 3's is not.
      let isApproximate = setting("approximate")?.bool ?? (call.className == "Gelu")
      return KerasRecipe(ActivationLayer(isApproximate ? .geluTanh : .gelu))
    case .softmax:
      guard (setting("axis") ?? .int(-1)).int == -1 else {
        throw LayerError("has the axis \(setting("axis")?.brief ?? ""), and only the last is read")
      }
      return KerasRecipe(ActivationLayer(.softmax))
    default: return KerasRecipe(ActivationLayer(function))
    }
  }

  /// The mean or the largest value over all positions.
  private static func reduction(
    _ isMaximum: Bool, _ call: KerasGraph.Call, _ inputs: [Shape]
  ) throws(LayerError) -> KerasRecipe {
    func setting(_ name: String) -> JSONValue? {
      if case .constant(let value)? = call.keywords[name] { return value }
      return call.configuration[name]
    }
    guard let input = inputs.first else { throw LayerError("reads nothing") }
    let positional: JSONValue? =
      if call.arguments.count > 1, case .constant(let value) = call.arguments[1] { value } else {
        nil
      }
    let axes = setting("axis") ?? positional ?? .null
    let numbers = Set(
      (axes.list ?? [axes]).compactMap(\.int).map { $0 < 0 ? input.rank + 1 + $0 : $0 })
    let keeps = setting("keepdims")?.bool ?? false
    guard input.rank > 1, numbers == Set(1..<input.rank) else {
      throw LayerError(
        "reduces the axes \(axes.brief), and only all positions, with the examples and channels kept, is read"
      )
    }
    switch (input.rank, isMaximum) {
    case (2, false): return KerasRecipe(GlobalAveragePooling1D(keepsDimensions: keeps))
    case (2, true): return KerasRecipe(GlobalMaxPooling1D(keepsDimensions: keeps))
    case (3, false): return KerasRecipe(GlobalAveragePooling2D(keepsDimensions: keeps))
    case (3, true): return KerasRecipe(GlobalMaxPooling2D(keepsDimensions: keeps))
    case (_, false): return KerasRecipe(GlobalAveragePooling3D(keepsDimensions: keeps))
    case (_, true): return KerasRecipe(GlobalMaxPooling3D(keepsDimensions: keeps))
    }
  }
}
