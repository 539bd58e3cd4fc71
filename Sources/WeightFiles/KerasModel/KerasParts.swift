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
    if let (edges, rest) = layer.withoutExplicitPadding,
      !((layer as? any ConvolutionLayer)?.isCausal ?? false)
    {
      before = [KerasPart(suffix: "_pad", description: rest.kerasPadding(edges))]
      layer = rest
    }
    guard let coded = layer as? any KerasCoded else {
      throw LayerError("Keras has no layer like \(Self.kind)")
    }
    return before + [KerasPart(suffix: "", description: try coded.keras())] + behind
  }
}

extension ConvolutionLayer {
  /// Explicit padding as a layer of Keras.
  fileprivate func kerasPadding(_ edges: Edges) -> KerasDescription {
    func pair(_ before: Int, _ after: Int) -> JSONValue { .list([.int(before), .int(after)]) }
    switch Self.dimensions {
    case 1: return ("ZeroPadding1D", ["padding": pair(edges.left, edges.right)])
    case 2: return ZeroPadding2D(edges).keras()
    default:
      let pairs = [
        pair(edges.front, edges.back), pair(edges.top, edges.bottom),
        pair(edges.left, edges.right),
      ]
      return ("ZeroPadding3D", ["padding": .list(pairs)])
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
