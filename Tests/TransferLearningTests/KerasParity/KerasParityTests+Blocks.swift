import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

extension KerasParityTests {
  typealias Block = ParityManifest.BlockCase

  @Test(
    "blocks without kinks, built from their files, have Keras's outputs and gradients of all weights",
    arguments: BackendChoice.allCases)
  func blocks(_ backend: BackendChoice) throws {
    for block in try ParityManifest.read().blocks {
      var row = ParityRow(
        model: block.name, format: "Keras 3 whole model", backend: backend.rawValue,
        network: "file", parameters: 0, peerParameters: block.parameters)
      do {
        try compare(block, backend, &row)
      } catch {
        row.failure = "\(error)"
        Issue.record("\(block.id): \(error)")
      }
      try row.write()
    }
  }

  private func compare(_ block: Block, _ backend: BackendChoice, _ row: inout ParityRow) throws {
    let place = "\(block.id), \(backend.rawValue)"
    let file = try ParityManifest.file(block.file)
    let model = try KerasModel(file, imageSize: nil)
    let references = try ParityReferences(block.id)
    let input = try references.tensor("input", Shape([block.count] + block.inputShape))
    row.parameters = model.network.parameterCount
    #expect(row.parameters == block.parameters, "parameters of \(place)")
    let weights = try NetworkWeights(model.logits, try model.load(file).tensors)
    let logits = largestError(
      try outputs(of: model.logits, weights, input, block.count, backend),
      try references.tensor("logits", [block.count, block.classes]))
    row.logits = logits
    #expect(logits <= 1e-4, "logits of \(place)")

    let nodes = Set(model.logits.parameters.map(\.node))
    let found = try gradients(
      of: model.logits, weights, trainable: nodes, input, labels: block.labels, backend)
    let loss = Double(try references.tensor("loss", [1])[0])
    #expect(abs(found.loss - loss) <= 1e-4 * loss, "loss of \(place)")
    let learned = model.logits.parameters.filter(\.role.isLearned).map(\.name)
    #expect(Set(block.gradients.map(\.parameter)) == Set(learned), "gradients of \(place)")
    for reference in block.gradients {
      let gradient = try #require(
        found.gradients[reference.parameter], "\(place): no gradient of \(reference.parameter)")
      let ours = distance(gradient, try references.tensor(reference.tensor, Shape(reference.shape)))
      #expect(ours <= 1e-4, "gradient of \(reference.parameter) in \(place)")
      if ours >= row.gradients.first?.ours ?? 0 {
        row.gradients = [.init(which: "worst", ours: ours, peer: reference.kerasError)]
      }
    }
  }
}
