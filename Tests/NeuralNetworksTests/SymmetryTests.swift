import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// What the notes say about convolution and translation, and about its gradients.
@Suite("Convolution")
struct SymmetryTests {
  @Test("commutes with translation away from borders; global pooling does not see it")
  func translation() throws {
    let side = 12
    var random = SeededValues(seed: 5)
    var image = [Float](repeating: 0, count: side * side * 2)
    var moved = image
    // A patch in the middle, and the same two rows lower and three columns to the right.
    for row in 3..<6 {
      for column in 2..<5 {
        for c in 0..<2 {
          let value = random.next()
          image[(row * side + column) * 2 + c] = value
          moved[((row + 2) * side + column + 3) * 2 + c] = value
        }
      }
    }
    let network = try Network(
      [side, side, 2], Convolution2D(3, kernel: 3, padding: .same, activation: .relu))
    let tensors = network.randomTensors(seed: 1)
    let (before, after) = (
      try network.infer(image, tensors), try network.infer(moved, tensors)
    )
    for row in 1..<9 {
      for column in 1..<8 {
        for c in 0..<3 {
          let (from, to) = (
            (row * side + column) * 3 + c, ((row + 2) * side + column + 3) * 3 + c
          )
          #expect(abs(before[from] - after[to]) < 1e-6)
        }
      }
    }
    var pooled = network
    try pooled.add("pool", GlobalAveragePooling2D(), to: pooled.output)
    expectClose(
      try pooled.infer(moved, tensors), try pooled.infer(image, tensors).map(Double.init),
      relative: 1e-5)
  }

  @Test(
    "its kernel's gradient is the convolution of input and output gradient; its input's is the one with the rotated kernel",
    arguments: BackendChoice.allCases)
  func gradients(backend: BackendChoice) throws {
    let network = try Network([7, 6, 1], Convolution2D(1, kernel: 3, bias: false))
    var random = SeededValues(seed: 6)
    let (image, kernel) = (random.values(42), random.values(9))
    let tensors = ["layer/kernel": Tensor([3, 3, 1, 1], kernel)]
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors),
      ExecutionOptions(batchSize: 1, trainable: ["layer"], wantsInputGradient: true),
      backend: backend, pool: WorkerPool(count: 1))
    _ = try executor.computeGradients(
      image, count: 1, loss: LinearLoss(), step: 0, outputs: nil)
    let box = GradientBox()
    executor.update { _, parameter, _, gradient in box.keep(parameter.name, Array(gradient)) }
    let outputGradient = (0..<20).map { LinearLoss.coefficient(0, $0) }

    let ofKernel = try Network(
      [7, 6, 1], Convolution2D(1, kernel: Extent(height: 5, width: 4), bias: false)
    ).infer(image, ["layer/kernel": Tensor([5, 4, 1, 1], outputGradient)], backend: backend)
    expectClose(
      try #require(box["layer/kernel"]), ofKernel.map(Double.init), relative: 1e-5, "kernel")

    let rotated = Tensor([3, 3, 1, 1], Array(kernel.reversed()))
    let ofInput = try Network(
      [5, 4, 1], Convolution2D(1, kernel: 3, padding: .explicit(Edges(2)), bias: false)
    ).infer(outputGradient, ["layer/kernel": rotated], backend: backend)
    expectClose(
      executor.inputGradient(count: 1), ofInput.map(Double.init), relative: 1e-5, "input")
  }
}
