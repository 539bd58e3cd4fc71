import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

@Suite(
  "PyTorch parity", .serialized,
  .enabled(
    if: TorchParityManifest.folder != nil,
    "needs references by timm and torchvision: run Tools/torch-parity.sh"))
struct TorchParityTests {
  typealias Case = TorchParityManifest.ModelCase

  @Test("weight files in every format load, and outputs and gradients equal PyTorch's")
  func models() throws {
    for model in try TorchParityManifest.read().models {
      let references = try ParityReferences(
        model.id, TorchParityManifest.file("\(model.id)-reference.safetensors"))
      for (position, file) in model.files.enumerated() {
        // What a file holds does not depend on the backend; what is computed of it does.
        for backend in position == 0 ? BackendChoice.allCases : [.oneDNN] {
          var row = ParityRow(
            model: model.name, format: file.format, backend: backend.rawValue, network: "zoo",
            parameters: 0, peerParameters: model.parameters)
          do {
            try compare(model, file, references, withGradients: position == 0, backend, &row)
          } catch {
            row.failure = "\(error)"
            Issue.record("\(model.id), \(file.format): \(error)")
          }
          try row.write(to: TorchParityManifest.folder)
        }
      }
    }
  }

  private func compare(
    _ model: Case, _ file: TorchParityManifest.File, _ references: ParityReferences,
    withGradients: Bool, _ backend: BackendChoice, _ row: inout ParityRow
  ) throws {
    let place = "\(model.id), \(file.format), \(backend.rawValue)"
    let weightFile = try TorchParityManifest.file(file.file)
    let (side, count) = (model.imageSize, model.labels.count)
    let input = try references.tensor("input", [count * side * side * 3])
    func zoo(_ top: Model.Top) throws -> Model {
      try Model.named(model.name, imageSize: ImageSize(side: side), top: top)
    }
    let whole = try zoo(.logits).network
    row.parameters = whole.parameterCount
    #expect(row.parameters == row.peerParameters, "parameters of \(place)")
    let loaded = try weightFile.load(
      whole.parameters, for: model.name, flattening: whole.flattenedMaps)
    #expect(loaded.report.forbiddenUnused.isEmpty && loaded.report.missing.isEmpty, "\(place)")
    let weights = try NetworkWeights(whole, loaded.tensors)
    let logits = largestError(
      try outputs(of: whole, weights, input, count, backend),
      try references.tensor("logits", [count * ImageNet.classCount]))
    row.logits = logits
    #expect(logits <= 1e-4, "logits of \(place)")

    // The same file for the network without classifier: the layers of that are left unused.
    let headless = try zoo(.features)
    let base = try weightFile.load(
      headless.network.parameters, for: model.name, mayBeUnused: headless.classifierLayers)
    let features = largestError(
      try outputs(
        of: headless.network, try NetworkWeights(headless.network, base.tensors), input, count,
        backend),
      try references.tensor("features", [count * model.features]))
    row.features = features
    #expect(features <= 1e-4, "features of \(place)")
    if withGradients {
      row.gradients = try compareGradients(model, whole, weights, input, references, backend)
    }
  }

  private func compareGradients(
    _ model: Case, _ network: Network, _ weights: NetworkWeights, _ input: [Float],
    _ references: ParityReferences, _ backend: BackendChoice
  ) throws -> [ParityRow.Gradient] {
    let found = try gradients(
      of: network, weights, trainable: Set(model.gradients.map(\.node)), input,
      labels: model.labels, backend)
    let loss = Double(try references.tensor("loss", [1])[0])
    #expect(abs(found.loss - loss) <= 1e-4 * loss, "loss of \(model.id)")
    return try model.gradients.map { row in
      let kernel = try #require(
        network.parameters.first { $0.node == row.node && $0.role.isKernel },
        "\(model.id) has no kernel of \(row.node)")
      let gradient = try #require(found.gradients[kernel.name])
      let ours = distance(
        gradient, try references.tensor("gradient-\(row.which)", [kernel.shape.count]))
      #expect(
        ours <= max(1e-3, 3 * row.own),
        "gradient of \(kernel.name) in \(model.id), \(backend.rawValue)")
      return ParityRow.Gradient(which: row.which, ours: ours, peer: row.own)
    }
  }
}
