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
    let parameters = storedParameters
    let loaded = try file.load(
      parameters.map(\.stored), for: "its own configuration", allowMissing: allowMissing,
      mayBeUnused: Set(unreached))
    // The file counts its layers itself; numbers that are shifted mean it is damaged.
    guard loaded.report.renumbered.isEmpty else {
      throw WeightFileError(
        .bad,
        "'\(file.name)' has weights of layers that its configuration calls otherwise: "
          + loaded.report.renumbered.joined(separator: ", "))
    }
    var tensors = constants
    for (parameter, stored) in parameters {
      tensors[parameter.name] = loaded.tensors[stored.name]?.reshaped(parameter.shape)
    }
    return (tensors, loaded.report)
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
