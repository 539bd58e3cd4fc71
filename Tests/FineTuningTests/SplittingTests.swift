import FineTuning
import Foundation
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Cutting a network at a boundary")
struct SplittingTests {
  @Test(
    "finds the last node that every path passes",
    arguments: [(5, 3), (6, 3), (8, 7), (9, 8), (1, 0)])
  func boundary(first: Int, expected: Int) throws {
    let network = try TinyJob.network()
    #expect(network.boundary(before: first).index == expected)
  }

  @Test("gives what the whole network gives")
  func halves() throws {
    let network = try TinyJob.network()
    let tensors = TinyJob.tensors(of: network)
    let boundary = network.boundary(before: 8)
    let first = network.cut(after: boundary)
    let second = try network.suffix(behind: boundary)
    let pool = WorkerPool(count: 2)
    let image = (0..<network.inputShape.count).map { sin(Float($0)) }
    func run(_ part: Network, _ input: [Float]) throws -> [Float] {
      var output = [Float](repeating: 0, count: part.outputShape.count)
      try makeExecutor(
        part, NetworkWeights(part, tensors), ExecutionOptions(batchSize: 1), backend: .oneDNN,
        pool: pool
      ).infer(input, count: 1, into: &output)
      return output
    }
    let whole = try run(network, image)
    let halves = try run(second, run(first, image))
    #expect(zip(whole, halves).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
