import Files
import NeuralNetworks
import TensorKernels

extension KerasModel {
  /// Reads the weights of the network from the file that describes it, each from its own layer.
  ///
  /// - Parameters:
  ///   - file: the file that this model was built from.
  ///   - allowMissing: shell patterns of tensor names (`model/layer/role`) that the file may
  ///     lack.
  /// - Returns: the tensors by `Parameter.name`, for `network`, `logits` and `features` alike; the
  ///   report names them as the file does.
  /// - Throws: `WeightFileError` as `KerasWeightFile.load`.
  public func load(_ file: KerasWeightFile, allowMissing: [String] = []) throws(WeightFileError)
    -> (tensors: [String: Tensor], report: LoadReport)
  {
    let loaded = try load(
      storedParameters, from: file, for: "its own configuration", allowMissing,
      mayBeUnused: Set(unreached))
    // The file counts its layers itself; numbers that are shifted mean it is damaged.
    guard loaded.report.renumbered.isEmpty else {
      throw WeightFileError(
        .bad,
        "'\(file.name)' has weights of layers that its configuration calls otherwise: "
          + loaded.report.renumbered.joined(separator: ", "))
    }
    return loaded
  }

  private func load(
    _ parameters: [(parameter: Parameter, stored: Parameter)], from file: KerasWeightFile,
    for network: String, _ allowMissing: [String], mayBeUnused: Set<String>, outputs: Int? = nil
  ) throws(WeightFileError) -> (tensors: [String: Tensor], report: LoadReport) {
    let loaded = try file.load(
      parameters.map(\.stored), for: network, allowMissing: allowMissing, mayBeUnused: mayBeUnused,
      outputs: outputs)
    var tensors = constants
    for (parameter, stored) in parameters {
      tensors[parameter.name] = loaded.tensors[stored.name]?.reshaped(parameter.shape)
    }
    return (tensors, loaded.report)
  }

  /// Reads the weights of a part of the network from another file: one that has its layers under the
  /// names that this model's own file has for them, or under those of the network's nodes.
  ///
  /// - Parameters:
  ///   - part: `network`, `logits` or `features`.
  ///   - other: weights of the same layers, as another training or a run of this program left them.
  ///   - allowMissing: shell patterns of tensor names that the file may lack.
  /// - Returns: the tensors by `Parameter.name`, and what was found.
  /// - Throws: `WeightFileError` as `KerasWeightFile.load`.
  public func load(_ part: Network, from other: KerasWeightFile, allowMissing: [String] = [])
    throws(WeightFileError) -> (tensors: [String: Tensor], report: LoadReport)
  {
    let kept = Set(part.nodes.map(\.name))
    let beyond = network.nodes.map(\.name).filter { !kept.contains($0) }
    let optional = Set(unreached + beyond + beyond.compactMap { places[$0]?.path })
    let plain = part.parameters.filter { constants[$0.name] == nil }.map { ($0, stored: $0) }
    let wanted = storedParameters.filter { kept.contains($0.parameter.node) }
    let isPlain =
      !other.report(
        on: wanted.map(\.stored), of: name, allowMissing: allowMissing, mayBeUnused: optional,
        outputs: part.outputShape.count
      ).isAcceptable
      && other.report(
        on: plain.map(\.stored), of: name, allowMissing: allowMissing, mayBeUnused: optional,
        outputs: part.outputShape.count
      ).isAcceptable
    return try load(
      isPlain ? plain : wanted, from: other, for: name, allowMissing, mayBeUnused: optional,
      outputs: part.outputShape.count)
  }

  /// Compares the file with its configuration without reading any tensor.
  public func report(on file: KerasWeightFile) -> LoadReport {
    file.report(
      on: storedParameters.map(\.stored), of: "its own configuration", mayBeUnused: Set(unreached))
  }

  /// The network's parameters, and the same under the names and in the shapes that the file has.
  private var storedParameters: [(parameter: Parameter, stored: Parameter)] {
    network.parameters.filter { constants[$0.name] == nil }.map { parameter in
      guard let place = places[parameter.node] else { return (parameter, parameter) }
      let stored = Parameter(
        node: place.path, role: parameter.role, shape: place.storage.shape(of: parameter))
      return (parameter, stored)
    }
  }
}
