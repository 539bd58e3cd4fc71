import FineTuning
import Foundation
import NeuralNetworks
import TensorKernels
import Testing

@Suite("A measured step")
struct MeasuredStepTests {
  private static let classes = 3
  private static let batch = 6

  /// A step of a network with a head, and images for it.
  private func make(
    _ scope: Phase.Scope, _ base: Network
  ) throws -> (step: MeasuredStep, images: [Float]) {
    let network = try base.addingHead(named: Network.headName, classes: Self.classes)
    let tensors = TinyJob.tensors(of: network)
    var phase = Phase("measured", scope, .sgd)
    phase.batchSize = Self.batch
    phase.clip = 1
    var options = TrainingOptions()
    options.isProfiled = true
    let step = try MeasuredStep(
      network, tensors: tensors, classes: Self.classes, phase: phase, options: options,
      pool: WorkerPool(count: 2))
    let images = (0..<Self.batch * network.inputShape.count).map { sin(Float($0)) }
    return (step, images)
  }

  private func take(_ step: MeasuredStep, _ images: [Float], times: Int) throws {
    let labels = (0..<Self.batch).map { $0 % Self.classes }
    for _ in 0..<times {
      let taken = try step.take(images, labels: labels, rate: 0.01)
      #expect(taken.frozen >= 0 && taken.rest > 0)
    }
  }

  @Test(
    "runs what is frozen forward only, image by image, and the rest in larger pieces and back",
    arguments: [
      (Phase.Scope.head, ["conv1", "conv2", "conv3", "pool"], ["head"]),
      (Phase.Scope.lastStages(1), ["conv1", "conv2"], ["conv3", "head"]),
      (Phase.Scope.all, [String](), ["conv1", "conv2", "conv3", "head"]),
    ])
  func parts(scope: Phase.Scope, frozen: [String], trained: [String]) throws {
    let (step, images) = try make(scope, TinyJob.network())
    let steps = 3
    try take(step, images, times: steps)
    for name in frozen {
      let kernels = step.profile.filter { $0.node == name }
      #expect(!kernels.isEmpty, "\(name)")
      #expect(
        kernels.allSatisfy { $0.direction == .forward && $0.calls == steps * Self.batch }, "\(name)"
      )
    }
    for name in trained {
      let forward = step.profile.filter { $0.node == name && $0.direction == .forward }
      #expect(!forward.isEmpty && forward.allSatisfy { $0.calls < steps * Self.batch }, "\(name)")
    }
    // The head's own gradient is no kernel of a micro-batch.
    for name in trained where name != "head" {
      #expect(step.profile.contains { $0.node == name && $0.direction == .backward }, "\(name)")
    }
    step.resetProfile()
    #expect(step.profile.isEmpty)
  }

  @Test("keeps no activation below the boundary, and less the more is frozen")
  func memory() throws {
    var base = Network(input: [64, 64, 3])
    for (stage, stride) in [1, 2].enumerated() {
      base.beginStage("stage\(stage)")
      for layer in 0..<8 {
        try base.add(
          "conv\(stage)_\(layer)",
          Convolution2D(
            16, kernel: 3, stride: Extent(layer == 0 ? stride : 1), padding: .same,
            activation: .relu), to: base.output)
      }
    }
    try base.add("pool", GlobalAveragePooling2D(), to: base.output)
    let memory = try [Phase.Scope.all, .lastStages(1), .head].map {
      try make($0, base).step.memoryByteCount
    }
    #expect(memory[0] > memory[1])
    #expect(memory[1] > memory[2])
  }
}
