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

@Suite(
  "Networks built from Keras's files compute what Keras computes",
  .enabled(if: Keras.isAvailable, "\(Keras.hint)"))
struct KerasImportTests {
  @Test("Whole models as .keras and as legacy .h5")
  func everyCase() throws {
    try withFolder { folder in
      let cases = KerasImportCase.all
      let problem = try Keras.failure(of: KerasImportCase.script(cases), in: folder)
      #expect(problem == nil)
      for (index, one) in cases.enumerated() where problem == nil {
        for format in ["keras", "h5"] {
          let what = "\(one.name), .\(format)"
          let file = try KerasWeightFile(folder.appending(path: "\(index).\(format)"))
          let error = failure {
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
          }
          #expect(error == nil, "\(what)")
        }
      }
    }
  }
}
