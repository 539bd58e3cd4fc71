import NeuralNetworks
import TensorKernels

/// A layer as Keras's configuration describes it.
struct KerasLayer {
  let name: String
  let className: String
  var configuration: [String: JSONValue]
  /// The layers it reads.
  let inputs: [String]
  let parameters: [Parameter]
}

/// The layers of a network in the order of Keras's `model.layers`, in which weights are looked up.
///
/// - Throws: `WeightFileError` (`bad`) for what Keras cannot express.
func kerasLayers(of network: Network) throws(WeightFileError) -> [KerasLayer] {
  var layers: [KerasLayer] = []
  for node in network.nodes {
    var inputs = node.inputs.map { network[$0].name }
    let described: (className: String, configuration: [String: JSONValue])
    if let (edges, layer) = node.layer.withoutExplicitPadding {
      // Keras pads by a layer of its own.
      let name = node.name + "_pad"
      guard network.node(named: name) == nil else {
        throw WeightFileError(.bad, "'\(node.name)' needs the name '\(name)', which is taken")
      }
      layers.append(
        try kerasLayer(name, described: ZeroPadding2D(edges).keras(), reading: inputs, []))
      inputs = [name]
      described = try layer.described(named: node.name)
    } else {
      described = try node.layer.described(named: node.name)
    }
    layers.append(try kerasLayer(node.name, described: described, reading: inputs, node.parameters))
  }
  return kerasOrder(layers)
}

private func kerasLayer(
  _ name: String, described: (className: String, configuration: [String: JSONValue]),
  reading inputs: [String], _ parameters: [Parameter]
) throws(WeightFileError) -> KerasLayer {
  guard !name.contains("/") else {
    throw WeightFileError(.bad, "'\(name)' cannot be a Keras layer: its name has a slash")
  }
  var configuration = described.configuration
  configuration["name"] = .string(name)
  configuration["dtype"] = .string("float32")
  if described.className != Input.kind { configuration["trainable"] = .bool(true) }
  return KerasLayer(
    name: name, className: described.className, configuration: configuration, inputs: inputs,
    parameters: parameters)
}

/// Sorts as Keras does: by distance from the output, then by the order in which a depth-first search
/// from the output first meets a layer. What the output does not depend on is left out.
private func kerasOrder(_ layers: [KerasLayer]) -> [KerasLayer] {
  let index = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.name, $0) })
  let inputs = layers.map { $0.inputs.compactMap { index[$0] } }
  var met = [Int?](repeating: nil, count: layers.count)
  var count = 0
  var stack = [layers.count - 1]
  while let layer = stack.popLast() {
    if met[layer] != nil { continue }
    met[layer] = count
    count += 1
    stack += inputs[layer].reversed()
  }
  var depth = [Int](repeating: 0, count: layers.count)
  for layer in layers.indices.reversed() where met[layer] != nil {
    for input in inputs[layer] { depth[input] = max(depth[input], depth[layer] + 1) }
  }
  return layers.indices.filter { met[$0] != nil }
    .sorted { (depth[$1], met[$0] ?? 0) < (depth[$0], met[$1] ?? 0) }
    .map { layers[$0] }
}

// MARK: One layer each

/// A layer that Keras has, too.
private protocol KerasDescribed {
  func keras() throws(LayerError) -> (className: String, configuration: [String: JSONValue])
}

extension Layer {
  /// The layer with its explicit padding taken out, and that padding.
  fileprivate var withoutExplicitPadding: (Edges, any Layer)? {
    if var layer = self as? Convolution2D, case .explicit(let edges) = layer.padding {
      layer.padding = .valid
      return (edges, layer)
    }
    if var layer = self as? DepthwiseConvolution2D, case .explicit(let edges) = layer.padding {
      layer.padding = .valid
      return (edges, layer)
    }
    return nil
  }

  fileprivate func described(named name: String) throws(WeightFileError)
    -> (className: String, configuration: [String: JSONValue])
  {
    guard let layer = self as? any KerasDescribed else {
      throw WeightFileError(.bad, "'\(name)' is a \(Self.kind), which has no form in Keras here")
    }
    do {
      return try layer.keras()
    } catch {
      throw WeightFileError(.bad, "'\(name)': \(error.message)")
    }
  }
}

extension Input: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("InputLayer", ["batch_input_shape": .list([.null] + shape.dimensions.map(JSONValue.int))])
  }
}

extension Convolution2D: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    (
      "Conv2D",
      [
        "filters": .int(filters), "kernel_size": kernel.keras, "strides": stride.keras,
        "padding": try padding.keras(), "data_format": .string("channels_last"),
        "dilation_rate": dilation.keras, "groups": .int(groups), "use_bias": .bool(hasBias),
        "activation": try activation.keras(),
      ]
    )
  }
}

extension DepthwiseConvolution2D: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    (
      "DepthwiseConv2D",
      [
        "kernel_size": kernel.keras, "strides": stride.keras, "padding": try padding.keras(),
        "data_format": .string("channels_last"), "dilation_rate": dilation.keras,
        "depth_multiplier": .int(multiplier), "use_bias": .bool(hasBias),
        "activation": try activation.keras(),
      ]
    )
  }
}

extension Dense: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    (
      "Dense",
      ["units": .int(units), "use_bias": .bool(hasBias), "activation": try activation.keras()]
    )
  }
}

extension BatchNormalization: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    (
      "BatchNormalization",
      [
        "axis": .int(-1), "momentum": .float(momentum), "epsilon": .float(epsilon),
        "center": .bool(hasCenter), "scale": .bool(hasScale),
      ]
    )
  }
}

extension ActivationLayer: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    switch activation {
    case .relu6:
      // Keras's own MobileNets say it this way, and older versions know no function of that name.
      ("ReLU", ["max_value": .float(6), "negative_slope": .float(0), "threshold": .float(0)])
    case .leakyRelu(let slope): ("LeakyReLU", ["negative_slope": .float(slope)])
    case .elu(let alpha): ("ELU", ["alpha": .float(alpha)])
    default: ("Activation", ["activation": try activation.keras()])
    }
  }
}

extension Multiply: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("Multiply", [:])
  }
}

extension Concatenate: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    // Keras counts the batch axis.
    ("Concatenate", ["axis": .int(axis < 0 ? axis : axis + 1)])
  }
}

extension Scale: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("Rescaling", ["scale": .float(factor), "offset": .float(0)])
  }
}

extension Rescaling: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    func numbers(_ values: [Float]) -> JSONValue {
      values.count == 1 ? .float(values[0]) : .list(values.map(JSONValue.float))
    }
    return ("Rescaling", ["scale": numbers(scale), "offset": numbers(offset)])
  }
}

extension SeparableConvolution2D: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    (
      "SeparableConv2D",
      [
        "filters": .int(filters), "kernel_size": kernel.keras, "strides": stride.keras,
        "padding": try padding.keras(), "data_format": .string("channels_last"),
        "dilation_rate": dilation.keras, "depth_multiplier": .int(multiplier),
        "use_bias": .bool(hasBias), "activation": try activation.keras(),
      ]
    )
  }
}

extension MaxPooling2D: KerasDescribed {
  fileprivate func keras() throws(LayerError) -> (
    className: String, configuration: [String: JSONValue]
  ) {
    (
      "MaxPooling2D",
      [
        "pool_size": size.keras, "strides": stride.keras, "padding": try padding.keras(),
        "data_format": .string("channels_last"),
      ]
    )
  }
}

extension GlobalAveragePooling2D: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    (
      "GlobalAveragePooling2D",
      ["data_format": .string("channels_last"), "keepdims": .bool(keepsDimensions)]
    )
  }
}

extension Add: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("Add", [:])
  }
}

extension ZeroPadding2D: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    (
      "ZeroPadding2D",
      [
        "padding": .list([
          .list([.int(edges.top), .int(edges.bottom)]),
          .list([.int(edges.left), .int(edges.right)]),
        ]),
        "data_format": .string("channels_last"),
      ]
    )
  }
}

extension Flatten: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("Flatten", ["data_format": .string("channels_last")])
  }
}

extension Reshape: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    ("Reshape", ["target_shape": .list(shape.dimensions.map(JSONValue.int))])
  }
}

extension Dropout: KerasDescribed {
  fileprivate func keras() -> (className: String, configuration: [String: JSONValue]) {
    switch noise {
    case .element: ("Dropout", ["rate": .float(rate)])
    case .channel: ("SpatialDropout2D", ["rate": .float(rate)])
    case .example:
      (
        "Dropout",
        ["rate": .float(rate), "noise_shape": .list([.null, .int(1), .int(1), .int(1)])]
      )
    }
  }
}

extension Extent {
  fileprivate var keras: JSONValue { .list([.int(height), .int(width)]) }
}

extension Activation {
  /// Keras 3's name of the function.
  fileprivate func keras() throws(LayerError) -> JSONValue {
    let name =
      switch self {
      case .linear: "linear"
      case .relu: "relu"
      case .relu6: "relu6"
      case .elu(alpha: 1): "elu"
      case .selu: "selu"
      case .tanh: "tanh"
      case .sigmoid: "sigmoid"
      case .hardSigmoid(slope: 1 / 6): "hard_sigmoid"
      case .swish: "swish"
      case .hardSwish: "hard_silu"
      case .gelu: "gelu"
      case .softplus: "softplus"
      case .softsign: "softsign"
      case .exponential: "exponential"
      case .mish: "mish"
      case .softmax: "softmax"
      case .leakyRelu, .elu, .hardSigmoid, .geluTanh:
        throw LayerError("Keras has no name for the activation \(self)")
      }
    return .string(name)
  }
}

extension Padding {
  fileprivate func keras() throws(LayerError) -> JSONValue {
    switch self {
    case .valid: .string("valid")
    case .same: .string("same")
    case .explicit: throw LayerError("Keras has no pooling with a padding of its own")
    }
  }
}
