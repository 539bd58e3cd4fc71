// A layer of one's own, of operations that there are: forward, backward, both backends and all passes of
// the compiler come with them.
import TransferLearning

/// max(x, 0)², the activation that So et al. (2021, "Primer") found.
struct SquaredReLU: Layer {
  static let kind = "SquaredReLU"

  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count == 1 else { throw LayerError("SquaredReLU reads one input") }
    return inputs[0]
  }

  func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    let positive = lowering.append(.activation(.relu), reading: lowering.inputs, shape: shape)
    lowering.append(.multiply, reading: [positive, positive], shape: shape)
  }
}

var network = Network(input: [4])
try network.add("squared", SquaredReLU(), to: network.output)
let executor = try makeExecutor(
  network, NetworkWeights(network, [:]), ExecutionOptions(batchSize: 1), backend: .oneDNN,
  pool: WorkerPool())
var outputs = [Float](repeating: 0, count: 4)
try executor.infer([-2, 0.5, 1, 3], count: 1, into: &outputs)
print(outputs)
precondition(outputs == [0, 0.25, 1, 9], "the square of what is positive")
