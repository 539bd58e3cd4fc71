import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

/// Runs a network on examples, one after the other in `inputs`.
func run(_ network: Network, _ tensors: [String: Tensor], on inputs: [Float]) throws -> [Float] {
  let count = inputs.count / network.inputShape.count
  let executor = try makeExecutor(
    network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: count),
    backend: .openBLAS, pool: WorkerPool(count: 2))
  var outputs = [Float](repeating: .nan, count: count * executor.outputCount)
  try inputs.withUnsafeBufferPointer { input in
    try outputs.withUnsafeMutableBufferPointer { output in
      if let from = input.baseAddress, let to = output.baseAddress {
        try executor.infer(from, count: count, into: to)
      }
    }
  }
  return outputs
}

/// Float32 numbers as NumPy's `tofile` stores them.
func numbers(in url: URL) throws -> [Float] {
  try Data(contentsOf: url).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

/// What a network is, node by node, without its stages.
func description(of network: Network) -> [String] {
  network.nodes.map { node in
    "\(node.name) \(node.layer) of \(node.inputs.map { network[$0].name }): \(node.shape)"
  }
}

@Suite(
  "Networks built from Keras's files compute what Keras computes",
  .enabled(if: Keras.isAvailable, "\(Keras.hint)"))
struct KerasImportTests {
  @Test("Whole models as .keras and as legacy .h5, read, and written again for Keras")
  func everyCase() throws {
    try withTemporaryFolder { folder in
      let cases = KerasImportCase.all
      let problem = try Keras.failure(of: KerasImportCase.script(cases), in: folder)
      #expect(problem == nil)
      if problem != nil { return }
      for (index, one) in cases.enumerated() {
        let error = failure {
          for format in ["keras", "h5"] {
            let file = try KerasWeightFile(folder.appending(path: "\(index).\(format)"))
            let (model, tensors) = try check(file, one, index, in: folder)
            if format == "keras", one.isExpressible {
              try writeAgain(model, tensors, index, in: folder)
            }
          }
        }
        #expect(error == nil, "\(one.name)")
      }
      let written = cases.indices.filter { cases[$0].isExpressible }
      let refusal = try Keras.failure(
        of: """
          for k in \(written):
              for end in ('again.keras', 'again.h5'):
                  m = keras.models.load_model(f'{k}.{end}'); x = np.fromfile(f'{k}.input', 'float32')
                  y = m.predict(x.reshape((2,) + m.input_shape[1:]), verbose=0); z = np.fromfile(f'{k}.output', 'float32').reshape(y.shape)
                  assert np.abs(y - z).max() <= 2e-5 * np.abs(z).max(), (k, end, y, z)
                  keras.backend.clear_session()
          """, in: folder)
      #expect(refusal == nil)
    }
  }

  private func check(
    _ file: KerasWeightFile, _ one: KerasImportCase, _ index: Int, in folder: URL
  ) throws -> (KerasModel, [String: Tensor]) {
    let what = "\(one.name), '\(file.name)'"
    let model = try KerasModel(file)
    let (tensors, report) = try model.load(file)
    #expect(report.missing.isEmpty && report.misshapen.isEmpty, "\(what)")
    #expect(model.notes.count == one.notes, "\(what): \(model.notes)")
    #expect(model.preprocessesItself == one.preprocessesItself, "\(what)")
    let input = try numbers(in: folder.appending(path: "\(index).input"))
    let expected = try numbers(in: folder.appending(path: "\(index).output"))
    let found = try run(model.network, tensors, on: input)
    expectClose(found, expected.map(Double.init), relative: 2e-5, what)
    #expect(model.features.outputShape.rank == 1, "\(what)")
    return (model, tensors)
  }

  /// Writes both formats, and builds the network again from what was written.
  private func writeAgain(
    _ model: KerasModel, _ tensors: [String: Tensor], _ index: Int, in folder: URL
  ) throws {
    var networks: [Network] = []
    for format in ["keras", "h5"] {
      let url = folder.appending(path: "\(index).again.\(format)")
      let write = format == "keras" ? writeKerasArchive : writeKerasModel
      try write(model.network, "again", tensors, [], RoundTripTests.metadata, url, nil)
      let file = try KerasWeightFile(url)
      let again = try KerasModel(file)
      networks.append(again.network)
      let read = try again.load(file).tensors
      #expect(read.count == tensors.count)
      // What Keras has no word for is several layers now, and stays so.
      let third = folder.appending(path: "\(index).third.\(format)")
      try write(again.network, "third", read, [], RoundTripTests.metadata, third, nil)
      let last = try KerasModel(KerasWeightFile(third))
      #expect(description(of: last.network) == description(of: again.network))
    }
    #expect(description(of: networks[0]) == description(of: networks[1]))
  }
}
