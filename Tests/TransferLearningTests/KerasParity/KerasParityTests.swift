import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

/// One suite, whose tests run one after the other: they share a pool of workers and the list of rows.
@Suite(
  "Keras parity", .serialized,
  .enabled(
    if: ParityManifest.folder != nil, "needs references by real Keras: run Tools/keras-parity.sh"))
struct KerasParityTests {
  typealias Case = ParityManifest.ModelCase

  @Test("weight files in every format load, and outputs and gradients equal Keras's")
  func models() throws {
    for model in try ParityManifest.read().models {
      let references = try ParityReferences(model.id)
      for (position, file) in model.files.enumerated() {
        // What a file holds does not depend on the backend; what is computed of it does.
        let isFirst = position == 0
        for backend in isFirst ? BackendChoice.allCases : [.oneDNN] {
          try record(file.format, model, backend, "zoo") { row in
            try compare(model, file, references, isFirst, backend, &row)
          }
        }
        guard file.format.contains("whole model") else { continue }
        try record(file.format, model, .oneDNN, "file") { row in
          try compareAsFile(model, file, references, &row)
        }
      }
    }
  }

  private func record(
    _ format: String, _ model: Case, _ backend: BackendChoice, _ network: String,
    _ compare: (inout ParityRow) throws -> Void
  ) throws {
    var row = ParityRow(
      model: model.id, format: format, backend: backend.rawValue, network: network, parameters: 0,
      peerParameters: model.parameters)
    do {
      try compare(&row)
    } catch {
      row.failure = "\(error)"
      Issue.record("\(model.id), \(format), network from the \(network): \(error)")
    }
    try row.write()
  }

  private func compare(
    _ model: Case, _ file: Case.File, _ references: ParityReferences, _ withGradients: Bool,
    _ backend: BackendChoice, _ row: inout ParityRow
  ) throws {
    let place = "\(model.id), \(file.format), \(backend.rawValue)"
    let weightFile = try ParityManifest.file(file.file)
    let side = model.imageSize
    let input = try references.tensor("input", [model.count, side, side, 3])
    func zoo(_ top: Model.Top) throws -> Model {
      try Model.named(model.name, alpha: model.alpha, imageSize: ImageSize(side: side), top: top)
    }
    let headless = try zoo(.features)
    let whole =
      try file.nested
      ? headless.network.addingHead(named: "predictions", classes: 10) : zoo(.logits).network
    row.parameters = whole.parameterCount
    row.peerParameters = file.parameters
    #expect(row.parameters == row.peerParameters, "parameters of \(place)")

    let loaded = try weightFile.load(whole.parameters, for: model.id)
    // Other precisions are converted, and the report says so.
    let type = ["bfloat16", "float16", "float64"].first { file.format.hasSuffix(" " + $0) }
    #expect(
      loaded.report.converted.map(\.from)
        == (type.map { [String](repeating: $0, count: whole.parameters.count) } ?? []),
      "conversions of \(place)")
    let weights = try NetworkWeights(whole, loaded.tensors)
    let classes = file.nested ? 10 : model.classes
    let logits = largestError(
      try outputs(of: whole, weights, input, model.count, backend),
      try references.tensor(file.prefix + "logits", [model.count, classes]))
    row.logits = logits
    #expect(logits <= 1e-4, "logits of \(place)")

    // The same file for the network without classifier: the layers of that are left unused.
    let base = try NetworkWeights(
      headless.network,
      try weightFile.load(
        headless.network.parameters, for: model.id,
        mayBeUnused: headless.classifierLayers.union(["predictions"])
      ).tensors)
    let features = largestError(
      try outputs(of: headless.network, base, input, model.count, backend),
      try references.tensor(
        (file.nested ? "" : file.prefix) + "features", [model.count, model.features]))
    row.features = features
    #expect(features <= 1e-4, "features of \(place)")
    if withGradients {
      row.gradients = try compareGradients(model, whole, weights, input, references, backend)
    }
  }

  /// The network is built from the file's own configuration instead of the zoo.
  private func compareAsFile(
    _ model: Case, _ file: Case.File, _ references: ParityReferences, _ row: inout ParityRow
  ) throws {
    let place = "\(model.id), \(file.format), network from the file"
    let weightFile = try ParityManifest.file(file.file)
    let side = model.imageSize
    let input = try references.tensor("input", [model.count, side, side, 3])
    let found = try KerasModel(weightFile, imageSize: nil)
    row.parameters = found.network.parameterCount
    row.peerParameters = file.parameters
    #expect(row.parameters == row.peerParameters, "parameters of \(place)")
    let tensors = try found.load(weightFile).tensors
    let logits = largestError(
      try outputs(
        of: found.logits, try NetworkWeights(found.logits, tensors), input, model.count, .oneDNN),
      try references.tensor(
        file.prefix + "logits", [model.count, file.nested ? 10 : model.classes]))
    row.logits = logits
    #expect(logits <= 1e-4, "logits of \(place)")
    // Where a classifier has hidden layers, what it reads is not the pooled map.
    guard found.features.outputShape == [model.features] else { return }
    let features = largestError(
      try outputs(
        of: found.features, try NetworkWeights(found.features, tensors), input, model.count,
        .oneDNN),
      try references.tensor(
        (file.nested ? "" : file.prefix) + "features", [model.count, model.features]))
    row.features = features
    #expect(features <= 1e-4, "features of \(place)")
  }

  private func compareGradients(
    _ model: Case, _ network: Network, _ weights: NetworkWeights, _ input: [Float],
    _ references: ParityReferences, _ backend: BackendChoice
  ) throws -> [ParityRow.Gradient] {
    let nodes = Set(model.gradients.compactMap { $0.parameter.split(separator: "/").first })
    let found = try gradients(
      of: network, weights, trainable: Set(nodes.map(String.init)), input, labels: model.labels,
      backend)
    let loss = Double(try references.tensor("loss", [1])[0])
    #expect(abs(found.loss - loss) <= 1e-4 * loss, "loss of \(model.id)")
    return try model.gradients.map { row in
      let gradient = try #require(
        found.gradients[row.parameter], "\(model.id) has no gradient of \(row.parameter)")
      let ours = distance(gradient, try references.tensor(row.tensor, Shape(row.shape)))
      #expect(
        ours <= max(1e-3, 3 * row.kerasError),
        "gradient of \(row.parameter) in \(model.id), \(backend.rawValue)")
      return ParityRow.Gradient(which: row.which, ours: ours, peer: row.kerasError)
    }
  }
}
