import Files
import Foundation
import NeuralNetworks
import TensorKernels

/// Writes a whole model as Keras 2 did: real Keras 3 opens it with `keras.models.load_model`.
///
/// - Parameters:
///   - network: its nodes become Keras layers of the same names, which must not contain a slash.
///   - name: the model's name in Keras.
///   - tensors: by `Parameter.name`; all of the network's, others are ignored.
///   - fixed: parameters that Keras is to leave as they are when it trains.
///   - metadata: stored as attributes of the file, which Keras leaves alone; `nil`: none.
///   - url: written atomically; the same content gives the same bytes.
///   - check: looks at the file before it gets its name; `nil`: nobody does.
/// - Throws: `WeightFileError`: `bad` when a tensor is absent or misshapen or Keras has no such
///   layer, `cannotCreate`, `inputOutput`.
public func writeKerasModel(
  _ network: Network, named name: String, _ tensors: [String: Tensor], fixed: Set<String> = [],
  metadata: ModelMetadata?, to url: URL, checking check: WrittenFileCheck? = nil
) throws(WeightFileError) {
  let layers = try kerasLayers(of: network, fixed: fixed)
  let tensors = try storedTensors(tensors, of: network)
  let configuration = try functionalModel(name, layers, input: network[network.input].name).text()
  try HDF5Image.write(to: url, expectedByteCount: network.parameterCount * 4, checking: check) {
    image throws(FormatError) in
    try image.set("model_config", of: "/", toLong: configuration)
    try image.set("backend", of: "/", to: "tensorflow")
    try image.set("keras_version", of: "/", to: "2.15.0")
    if let metadata { try image.set(metadata, of: "/") }
    try image.addGroup("/model_weights")
    try image.addWeights(of: layers, tensors, below: "/model_weights")
  }
}

/// The configuration of a Keras `Functional` model, without the `module` keys of Keras 3, whose
/// absence selects the older format.
private func functionalModel(_ name: String, _ layers: [KerasLayer], input: String) -> JSONValue {
  func reference(_ layer: String) -> JSONValue { .list([.string(layer), .int(0), .int(0)]) }
  let described = layers.map { layer -> JSONValue in
    let inputs = layer.inputs.map { input -> JSONValue in
      .list([.string(input), .int(0), .int(0), .object([:])])
    }
    return .object([
      "class_name": .string(layer.className), "config": .object(layer.configuration),
      "name": .string(layer.name), "inbound_nodes": .list(inputs.isEmpty ? [] : [.list(inputs)]),
    ])
  }
  return .object([
    "class_name": .string("Functional"),
    "config": .object([
      "name": .string(name), "trainable": .bool(true), "layers": .list(described),
      "input_layers": reference(input),
      "output_layers": reference(layers.last?.name ?? input),
    ]),
  ])
}

extension HDF5Image {
  /// Stores metadata as attributes of an object.
  func set(_ metadata: ModelMetadata, of path: String) throws(FormatError) {
    try set("labels", of: path, to: metadata.labels)
    try set("preprocessing", of: path, toLong: metadata.preprocessing)
    try set("base_name", of: path, to: metadata.baseName)
    try set("base_digest", of: path, to: metadata.baseDigest)
    let size = metadata.imageSize
    if size.isSquare {
      try set("image_size", of: path, to: size.height)
    } else {
      try set("image_size", of: path, to: size.description)
    }
    try set("resize", of: path, to: metadata.resize)
    if let restriction = metadata.restriction {
      try set("restricting_licence", of: path, to: restriction)
    }
    if let licence = metadata.licence { try set("licence", of: path, to: licence) }
    if let text = metadata.thresholdText {
      try set(ModelMetadata.thresholdsName, of: path, toLong: text)
    }
    try set(ValueDigest.name, of: path, to: ValueDigest.of(metadata.texts))
  }
}

extension JSONValue {
  /// One line of text, the same for the same value.
  func text() throws(WeightFileError) -> String {
    do {
      return String(decoding: try CanonicalJSON.line(self), as: UTF8.self)
    } catch {
      throw WeightFileError(.bad, "a network's configuration cannot be written as JSON: \(error)")
    }
  }
}
