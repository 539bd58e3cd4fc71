import Files
import NeuralNetworks
import TensorKernels

/// One of the Keras layers that a layer of ours becomes.
struct KerasPart {
  /// Behind the node's name; empty for the one that has its weights.
  let suffix: String
  let description: KerasDescription
}

extension Layer {
  /// What Keras calls this layer: padding before, itself, and an activation of its own behind.
  /// - Parameter rank: of the output, without the batch axis.
  func kerasParts(rank: Int) throws(LayerError) -> [KerasPart] {
    if let layer = self as? ActivationLayer { return try layer.activation.kerasParts("") }
    if let layer = self as? Dropout {
      return [KerasPart(suffix: "", description: layer.keras(rank: rank))]
    }
    var layer: any Layer = self
    var before: [KerasPart] = []
    var behind: [KerasPart] = []
    if let (activation, linear) = layer.withoutActivation, activation.kerasName == nil {
      behind = try activation.kerasParts("_activation")
      layer = linear
    }
    if let (padding, rest) = layer.withoutExplicitPadding {
      before = [KerasPart(suffix: "_pad", description: padding)]
      layer = rest
    }
    guard let coded = layer as? any KerasCoded else {
      throw LayerError("Keras has no layer like \(Self.kind)")
    }
    return before + [KerasPart(suffix: "", description: try coded.keras())] + behind
  }

  /// The layer with a linear activation, and the one it had.
  private var withoutActivation: (Activation, any Layer)? {
    switch self {
    case var layer as Dense: return (Self.take(&layer.activation), layer)
    case var layer as Convolution1D: return (Self.take(&layer.activation), layer)
    case var layer as Convolution2D: return (Self.take(&layer.activation), layer)
    case var layer as Convolution3D: return (Self.take(&layer.activation), layer)
    case var layer as DepthwiseConvolution2D: return (Self.take(&layer.activation), layer)
    case var layer as SeparableConvolution2D: return (Self.take(&layer.activation), layer)
    case var layer as TransposedConvolution2D: return (Self.take(&layer.activation), layer)
    case var layer as LocallyConnected2D: return (Self.take(&layer.activation), layer)
    default: return nil
    }
  }

  private static func take(_ activation: inout Activation) -> Activation {
    defer { activation = .linear }
    return activation
  }

  /// The layer with its explicit padding taken out, and that padding as a layer of Keras.
  private var withoutExplicitPadding: (KerasDescription, any Layer)? {
    switch self {
    case var layer as Convolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as DepthwiseConvolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as SeparableConvolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as Convolution1D:
      guard case .explicit(let edges) = layer.padding, !layer.isCausal else { return nil }
      layer.padding = .valid
      let pair = JSONValue.list([.int(edges.left), .int(edges.right)])
      return (("ZeroPadding1D", ["padding": pair]), layer)
    case var layer as Convolution3D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      let pairs = [
        (edges.front, edges.back), (edges.top, edges.bottom), (edges.left, edges.right),
      ]
      let padding = JSONValue.list(pairs.map { .list([.int($0.0), .int($0.1)]) })
      return (("ZeroPadding3D", ["padding": padding]), layer)
    default: return nil
    }
  }
}

extension Activation {
  /// The function as layers of Keras, the last of which has this suffix.
  fileprivate func kerasParts(_ suffix: String) throws(LayerError) -> [KerasPart] {
    func part(_ more: String, _ name: String, _ configuration: [String: JSONValue]) -> KerasPart {
      KerasPart(suffix: suffix + more, description: (name, configuration))
    }
    let capped: [String: JSONValue] = [
      "max_value": .float(6), "negative_slope": .float(0), "threshold": .float(0),
    ]
    switch self {
    // Keras's own MobileNets say it this way, and older versions know no function of that name.
    case .relu6: return [part("", "ReLU", capped)]
    case .leakyRelu(let slope):
      return [part("", "LeakyReLU", ["negative_slope": .float(slope)])]
    case .elu(let alpha): return [part("", "ELU", ["alpha": .float(alpha)])]
    case .hardSigmoid(let slope):
      // `hard_sigmoid` has another slope in Keras 2 than in Keras 3: relu6(6 · slope · x + 3) / 6.
      return [
        part("_scaled", "Rescaling", ["scale": .float(6 * slope), "offset": .float(3)]),
        part("_capped", "ReLU", capped),
        part("", "Rescaling", ["scale": .float(1 / 6), "offset": .float(0)]),
      ]
    default: return [part("", "Activation", ["activation": try keras()])]
    }
  }
}
