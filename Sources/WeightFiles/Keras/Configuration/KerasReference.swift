import Files
import NeuralNetworks

/// The output of a call, as a model's configuration names it.
struct KerasReference: Hashable {
  let layer: String
  /// Which call of that layer.
  let node: Int
  /// Which of its outputs.
  let tensor: Int

  /// `["conv", 0, 0]`; `nil` for anything else, and for a name that no layer may have.
  init?(_ value: JSONValue) {
    guard let list = value.list, list.count >= 3, let layer = list[0].string,
      let node = list[1].int, let tensor = list[2].int, node >= 0, tensor >= 0,
      layer.utf8.count <= KerasModelConfiguration.longestName
    else { return nil }
    (self.layer, self.node, self.tensor) = (layer, node, tensor)
  }

  /// The inputs or outputs of a model: one reference, a list of them, or an object of them.
  static func all(_ value: JSONValue?, _ name: String) throws(LayerError) -> [KerasReference] {
    guard let value else { throw LayerError("the model has no \(name)") }
    if let one = KerasReference(value) { return [one] }
    let items = value.list ?? value.object.map { $0.sorted { $0.key < $1.key }.map(\.value) } ?? []
    var references: [KerasReference] = []
    for item in items {
      guard let reference = KerasReference(item) else {
        throw LayerError("the model has \(item.brief) in \(name), expected a layer's output")
      }
      references.append(reference)
    }
    guard !references.isEmpty else { throw LayerError("the model has no \(name)") }
    return references
  }
}
