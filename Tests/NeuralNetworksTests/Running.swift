import NeuralNetworks
import TensorKernels

extension Network {
  /// A network of one layer between input and output.
  init(_ input: Shape, _ layer: some Layer) throws {
    self.init(input: input)
    try add("layer", layer, to: self.input)
  }

  /// A network of layers one after the other, named by their positions from 1.
  init(_ input: Shape, chain layers: [any Layer]) throws {
    self.init(input: input)
    for (index, layer) in layers.enumerated() {
      func append(_ layer: some Layer) throws { try add("\(index + 1)", layer, to: output) }
      try append(layer)
    }
  }

  /// What comes out for these images, one after the other.
  func infer(
    _ images: [Float], _ tensors: [String: Tensor] = [:], backend: BackendChoice = .oneDNN
  ) throws -> [Float] {
    let count = images.count / inputShape.count
    let executor = try makeExecutor(
      self, NetworkWeights(self, tensors), ExecutionOptions(batchSize: max(count, 1)),
      backend: backend, pool: WorkerPool(count: 2))
    var outputs = [Float](repeating: .nan, count: count * executor.outputCount)
    try executor.infer(images, count: count, into: &outputs)
    return outputs
  }
}
