import Files
import Foundation
import NeuralNetworks
import TensorKernels

/// Writes a whole model as Keras 3 does, a `.keras` archive: `keras.models.load_model` opens it.
///
/// - Parameters:
///   - network: its nodes become Keras layers of the same names, which must not contain a slash.
///   - name: the model's name in Keras.
///   - tensors: by `Parameter.name`; all of the network's, others are ignored.
///   - fixed: parameters that Keras is to leave as they are when it trains.
///   - metadata: stored in the archive's `metadata.json`, of which Keras takes what it knows; `nil`: none.
///   - url: written atomically; the same content gives the same bytes.
///   - check: looks at the file before it gets its name; `nil`: nobody does.
/// - Throws: `WeightFileError`: `bad` when a tensor is absent or misshapen or Keras has no such
///   layer, `cannotCreate`, `inputOutput`.
public func writeKerasArchive(
  _ network: Network, named name: String, _ tensors: [String: Tensor], fixed: Set<String> = [],
  metadata: ModelMetadata?, to url: URL, checking check: WrittenFileCheck? = nil
) throws(WeightFileError) {
  let layers = try kerasLayers(of: network, fixed: fixed)
  let tensors = try storedTensors(tensors, of: network)
  let configuration = try functionalModel3(name, layers).text()
  var description = metadata?.archived ?? [:]
  // That of the Keras whose files these are like.
  description["keras_version"] = .string("3.15.1")
  let about = try JSONValue.object(description).text()
  let archive: ZipImage
  do {
    let weights = try keras3Weights(of: layers, tensors, model: name)
    archive = try ZipImage([
      ("metadata.json", Array(about.utf8)), ("config.json", Array(configuration.utf8)),
      ("model.weights.h5", weights),
    ])
  } catch {
    throw WeightFileError(.inputOutput, "cannot build '\(url.path)' in memory: \(error)")
  }
  var failure: WeightFileError?
  archive.bytes.withUnsafeBytes { bytes in
    do throws(WeightFileError) {
      try AtomicFile.write(bytes, to: url, checking: check)
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
}

private func keras3Weights(
  of layers: [KerasLayer], _ tensors: [String: Tensor], model: String
) throws(FormatError) -> [UInt8] {
  let image = try HDF5Image(
    expectedByteCount: tensors.values.reduce(0) { $0 + $1.values.count * 4 })
  try image.addKeras3Weights(of: layers, tensors, model: model)
  return Array(try image.bytes())
}

/// The configuration of a `Functional` model of Keras 3.
private func functionalModel3(_ name: String, _ layers: [KerasLayer]) -> JSONValue {
  let shapes = Dictionary(layers.map { ($0.name, $0.batchShape) }) { first, _ in first }
  func tensor(_ layer: String) -> JSONValue {
    .object([
      "class_name": .string("__keras_tensor__"),
      "config": .object([
        "shape": shapes[layer] ?? .null, "dtype": .string("float32"),
        "keras_history": .list([.string(layer), .int(0), .int(0)]),
      ]),
    ])
  }
  let described = layers.map { layer -> JSONValue in
    var configuration = layer.configuration
    if let shape = configuration.removeValue(forKey: "batch_input_shape") {
      configuration["batch_shape"] = shape
    }
    let inputs = layer.inputs.map(tensor)
    // Layers that merge take one list, also of one.
    let takesList = KerasLayerClass.named(layer.className)?.takesList == true
    let arguments: JSONValue = takesList ? .list([.list(inputs)]) : .list(inputs)
    let call = JSONValue.object(["args": arguments, "kwargs": .object([:])])
    return .object([
      "module": .string("keras.layers"), "class_name": .string(layer.className),
      "config": .object(configuration), "registered_name": .null, "name": .string(layer.name),
      "inbound_nodes": .list(inputs.isEmpty ? [] : [call]),
    ])
  }
  func reference(_ layer: KerasLayer?) -> JSONValue {
    .list([.string(layer?.name ?? ""), .int(0), .int(0)])
  }
  return .object([
    "module": .string("keras.src.models.functional"), "class_name": .string("Functional"),
    "registered_name": .string("Functional"), "build_config": .object(["input_shape": .null]),
    "config": .object([
      "name": .string(name), "trainable": .bool(true), "layers": .list(described),
      "input_layers": reference(layers.first { $0.className == Input.kind }),
      "output_layers": reference(layers.last),
    ]),
  ])
}

extension HDF5Image {
  /// The groups of Keras 3: by class, counted, with numbered tensors.
  fileprivate func addKeras3Weights(
    of layers: [KerasLayer], _ tensors: [String: Tensor], model: String
  ) throws(FormatError) {
    try addGroup("/vars")
    try set("name", of: "/vars", toLong: model)
    var counts: [String: Int] = [:]
    for layer in layers {
      let className = KerasArchitecture.snakeCase(layer.className)
      let count = counts[className, default: 0]
      counts[className] = count + 1
      let group = "/layers/\(className)\(count == 0 ? "" : "_\(count)")/vars"
      try addGroup(group)
      try set("name", of: group, toLong: layer.name)
      for (index, parameter) in layer.parameters.enumerated() {
        guard let tensor = tensors[parameter.name] else { continue }  // checked before
        try add(dataset: "\(group)/\(index)", tensor.shape, tensor.values)
      }
      if layer.className == Normalization.kind {
        try add(dataset: "\(group)/\(layer.parameters.count)", 0)
      }
    }
  }
}
