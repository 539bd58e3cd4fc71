import Files
import NeuralNetworks

/// One of the Keras layers that a layer of ours becomes.
struct DescribedLayer {
  /// Behind the node's name; empty for the one that has its weights.
  let suffix: String
  let className: String
  let settings: [String: JSONValue]
}

/// A layer as one of Keras's with its settings, and what Keras needs around it to be the same.
struct KerasDescription {
  var className: String
  /// Of the layer's output, without the batch axis.
  let rank: Int
  var settings: [String: JSONValue] = [:]
  /// Padding that Keras has no setting for.
  var before: [DescribedLayer] = []
  /// A non-linearity that Keras has no name for.
  var behind: [DescribedLayer] = []
}

extension Layer {
  /// What Keras calls this layer: padding before, itself, and an activation of its own behind.
  /// - Parameter rank: of the output, without the batch axis.
  func described(rank: Int) throws(LayerError) -> [DescribedLayer] {
    if self is LayerScale, rank != 3 {
      throw LayerError("scales what is no image, which Keras has no layer for")
    }
    if let layer = self as? ActivationLayer { return try layer.activation.described(suffix: "") }
    for row in KerasLayerClass.all {
      var description = KerasDescription(className: row.names[0], rank: rank)
      guard try row.write(self, &description) else { continue }
      let layer = DescribedLayer(
        suffix: "", className: description.className, settings: description.settings)
      return description.before + [layer] + description.behind
    }
    throw LayerError("Keras has no layer like \(Self.kind)")
  }
}
