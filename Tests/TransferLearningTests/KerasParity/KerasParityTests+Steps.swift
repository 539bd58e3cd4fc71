import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

extension KerasParityTests {
  @Test(
    "gradients of all weights equal Keras's, and the statistics that a step moves",
    arguments: BackendChoice.allCases)
  func steps(_ backend: BackendChoice) throws {
    for step in try ParityManifest.read().training {
      var row = ParityRow(
        model: step.id, format: "legacy weights", backend: backend.rawValue, network: "zoo",
        parameters: 0, peerParameters: step.parameters)
      do {
        try compare(step, backend, &row)
      } catch {
        row.failure = "\(error)"
        Issue.record("\(step.id): \(error)")
      }
      try row.write()
    }
  }

  private func compare(
    _ step: ParityManifest.TrainingCase, _ backend: BackendChoice, _ row: inout ParityRow
  ) throws {
    let model = try Model.named(
      step.name, alpha: step.alpha, imageSize: ImageSize(side: step.imageSize), top: .features)
    let network = try model.network.addingHead(named: "predictions", classes: step.classes)
    row.parameters = network.parameterCount
    #expect(row.parameters == row.peerParameters, "parameters of \(step.id)")
    let weights = try NetworkWeights(
      network,
      try ParityManifest.file("\(step.id).h5").load(network.parameters, for: step.id).tensors)
    let batch = Parameter(
      node: "input", role: .kernel, shape: [step.count, step.imageSize, step.imageSize, 3])
    let loss = Parameter(node: "loss", role: .kernel, shape: [1])
    let references = try ParityManifest.file("\(step.id)-reference.h5")
      .load(network.parameters + [batch, loss], for: step.id).tensors
    let found = try gradients(
      of: network, weights, trainable: Set(network.parameters.map(\.node)),
      try #require(references[batch.name]).values,
      labels: (0..<step.count).map { $0 * 7 % step.classes }, norm: step.norm, backend)
    let expected = Double(try #require(references[loss.name]).values[0])
    #expect(abs(found.loss - expected) <= 1e-4 * expected, "loss of \(step.id)")

    let learned = network.parameters.filter(\.role.isLearned)
    #expect(Set(found.gradients.keys) == Set(learned.map(\.name)))
    let largest = try learned.reduce(0) {
      max($0, try #require(references[$1.name]).largestMagnitude)
    }
    var worst = (name: "–", error: 0.0)
    for parameter in learned {
      let reference = try #require(references[parameter.name])
      let gradient = try #require(found.gradients[parameter.name])
      // Some gradients are nothing but rounding, such as that of a shift which the next norm takes
      // away: they are compared with what is not.
      let scale = max(reference.largestMagnitude, 1e-2 * largest)
      let difference = zip(gradient, reference.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
      let share = gradient.contains(where: \.isNaN) ? .infinity : Double(difference / scale)
      if share > worst.error { worst = (parameter.name, share) }
    }
    row.gradients = [.init(which: "worst", ours: worst.error, peer: nil)]
    // Statistics of few values enlarge rounding.
    #expect(
      worst.error <= (step.norm == .train ? 1e-3 : 1e-4), "gradient of \(worst.name) in \(step.id)")
    for parameter in network.parameters where !parameter.role.isLearned {
      let reference = try #require(references[parameter.name]).values
      let moved = try #require(weights.tensor(named: parameter.name)).values
      #expect(largestError(moved, reference) <= 1e-5, "\(parameter.name) of \(step.id)")
    }
  }
}
