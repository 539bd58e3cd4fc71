// A network of one's own, trained step by step: which side of a small picture is brighter.
import TransferLearning

// Pictures of 8 × 8 pixels and one channel.
var network = Network(input: [8, 8, 1])
try network.add("conv", Convolution2D(8, kernel: 3, activation: .relu), to: network.output)
try network.add("pool", MaxPooling2D(2, stride: 2), to: network.output)
try network.add("flat", Flatten(), to: network.output)
try network.add("logits", Dense(2), to: network.output)

let (count, pixels) = (64, 8 * 8)
var pictures: [Float] = []
var labels: [Int] = []
for number in 0..<count {
  let label = number % 2
  labels.append(label)
  for pixel in 0..<pixels {
    let isBright = (pixel % 8 < 4) == (label == 0)
    pictures.append(Float((number * 31 + pixel * 17) % 13) / 13 + (isBright ? 0.5 : 0))
  }
}

let names = Set(network.nodes.filter { !$0.parameters.isEmpty }.map(\.name))
let executor = try makeExecutor(
  network, NetworkWeights(network, network.initialTensors(seed: 3)),
  ExecutionOptions(batchSize: count, trainable: names), backend: .oneDNN, pool: WorkerPool())
let optimizer = Optimizer(.sgd(momentum: 0.9))
let state = OptimizerState(executor.trainedParameters, rule: optimizer.rule)

var loss = 0.0
for step in 0..<40 {
  loss = try executor.computeGradients(
    pictures, count: count, loss: CrossEntropy(labels: labels), step: step, outputs: nil)
  executor.update { _, parameter, values, gradient in
    optimizer.step(
      parameter, values: values, gradient: UnsafeBufferPointer(gradient), state: state, rate: 0.05)
  }
  if step % 10 == 9 { print("step \(step + 1): loss \(loss)") }
}
precondition(loss < 0.1, "two classes that differ by half of the range are learnt")
