/// One layer of a Keras model, applied once.
struct KerasCall {
  /// A tensor: the model's input is 0, the result of call `i` is `i + 1`.
  typealias Value = Int

  /// The models that the layer is inside, without the outermost.
  let models: [String]
  let layer: KerasModelConfiguration.Layer
  var arguments: KerasArguments<Value>

  /// For messages.
  var path: String { (models + [layer.name]).joined(separator: "/") }
}
