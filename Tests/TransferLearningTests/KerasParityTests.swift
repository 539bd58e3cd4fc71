import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

/// Weight files, outputs and gradients of real Keras, which `Tools/keras-parity.sh` has written into
/// `$FINETUNE_PARITY`.
private enum Parity {
  static let folder = ProcessInfo.processInfo.environment["FINETUNE_PARITY"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  /// What `Tools/keras/make_parity.py` writes as `manifest.json`.
  struct Manifest: Decodable {
    var outputs: [Outputs]
    var gradients: [Gradients]
  }

  struct Outputs: Decodable, Sendable {
    var id: String
    var name: String
    var alpha: Double?
    var imageSize: Int
    var count: Int
    var top: Bool
    var parameters: Int
    var features: Int
  }

  struct Gradients: Decodable, Sendable {
    var id: String
    var name: String
    var alpha: Double?
    var imageSize: Int
    var count: Int
    var classes: Int
    var norm: BatchNormMode
    var parameters: Int
  }

  static func manifest() throws -> Manifest {
    let folder = try #require(folder)
    return try JSONDecoder().decode(
      Manifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
  }

  /// The tensors of a reference file. References are stored like weights, one "kernel" each.
  static func references(_ id: String, _ shapes: [String: Shape], and parameters: [Parameter] = [])
    throws -> [String: Tensor]
  {
    let folder = try #require(folder)
    let file = try KerasWeightFile(folder.appending(path: "\(id)-reference.h5"))
    let wanted = shapes.map { Parameter(node: $0.key, role: .kernel, shape: $0.value) }
    return try file.load(wanted + parameters, for: id).tensors
  }

  static func weights(_ id: String, of network: Network, mayBeUnused: Set<String> = []) throws
    -> NetworkWeights
  {
    let folder = try #require(folder)
    let file = try KerasWeightFile(folder.appending(path: "\(id).h5"))
    let tensors = try file.load(network.parameters, for: id, mayBeUnused: mayBeUnused).tensors
    return try NetworkWeights(network, tensors)
  }

  static let pool = WorkerPool(count: 2)
}

/// The mean cross-entropy of softmax over the logits.
private struct CrossEntropy: Loss {
  var labels: [Int]

  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let largest = Double(output.max() ?? 0)
    let exponentials = output.map { exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    for index in output.indices {
      let truth = index == labels[example] ? 1.0 : 0
      gradient[index] = Float(exponentials[index] / sum - truth)
    }
    return log(sum) + largest - Double(output[labels[example]])
  }
}

/// The largest difference as a share of the largest magnitude of the reference.
private func relativeError(_ ours: some Collection<Float>, _ reference: [Float]) -> Double {
  guard ours.count == reference.count, !ours.contains(where: \.isNaN) else { return .infinity }
  let scale = reference.reduce(0) { max($0, abs($1)) }
  return Double(zip(ours, reference).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale)
}

@Suite(
  "Keras parity", .serialized,
  .enabled(if: Parity.folder != nil, "needs references by real Keras: run Tools/keras-parity.sh"))
struct KerasParityTests {
  @Test("weight files load, and outputs equal Keras's", arguments: BackendChoice.allCases)
  func outputs(_ backend: BackendChoice) throws {
    var table = Table(
      "outputs, \(backend.rawValue)", ["model", "parameters", "Keras", "logits", "features"])
    for row in try Parity.manifest().outputs {
      let model = try Model.named(
        row.name, alpha: row.alpha, imageSize: row.imageSize, top: row.top ? .logits : .features)
      #expect(model.network.parameterCount == row.parameters)
      let weights = try Parity.weights(row.id, of: model.network)
      var shapes: [String: Shape] = [
        "input": [row.count, row.imageSize, row.imageSize, 3],
        "features": [row.count, row.features],
      ]
      if row.top { shapes["logits"] = [row.count, ImageNet.classCount] }
      let references = try Parity.references(row.id, shapes)
      let input = try #require(references["input/kernel"]).values
      let result = try infer(model.network, weights, input, row.count, backend)
      var cells = [row.id, "\(model.network.parameterCount)", "\(row.parameters)"]
      if row.top {
        let found = relativeError(result, try #require(references["logits/kernel"]).values)
        #expect(found <= 1e-4, "logits of \(row.id)")
        cells.append(Table.format(found))
        // The same file for the network without classifier: the layers of that are left unused.
        let headless = try Model.named(
          row.name, alpha: row.alpha, imageSize: row.imageSize, top: .features)
        let base = try Parity.weights(
          row.id, of: headless.network, mayBeUnused: headless.classifierLayers)
        let features = try infer(headless.network, base, input, row.count, backend)
        let share = relativeError(features, try #require(references["features/kernel"]).values)
        #expect(share <= 1e-4, "features of \(row.id)")
        cells.append(Table.format(share))
      } else {
        let found = relativeError(result, try #require(references["features/kernel"]).values)
        #expect(found <= 1e-4, "features of \(row.id)")
        cells += ["–", Table.format(found)]
      }
      table.add(cells)
    }
    table.print()
  }

  private func infer(
    _ network: Network, _ weights: NetworkWeights, _ input: [Float], _ count: Int,
    _ backend: BackendChoice
  ) throws -> [Float] {
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: count), backend: backend, pool: Parity.pool)
    var result = [Float](repeating: .nan, count: count * executor.outputCount)
    try result.withUnsafeMutableBufferPointer { result in
      try input.withUnsafeBufferPointer { input in
        if let from = input.baseAddress, let to = result.baseAddress {
          try executor.infer(from, count: count, into: to)
        }
      }
    }
    return result
  }

  @Test("gradients of all weights equal Keras's", arguments: BackendChoice.allCases)
  func gradients(_ backend: BackendChoice) throws {
    var table = Table(
      "gradients, \(backend.rawValue)",
      ["model", "parameters", "Keras", "loss", "gradients", "worst"])
    for row in try Parity.manifest().gradients {
      let model = try Model.named(
        row.name, alpha: row.alpha, imageSize: row.imageSize, top: .features)
      let network = try model.network.addingHead(named: "predictions", classes: row.classes)
      let weights = try Parity.weights(row.id, of: network)
      let learned = network.parameters.filter(\.role.isLearned)
      let statistics = network.parameters.filter { !$0.role.isLearned }
      let references = try Parity.references(
        row.id,
        [
          "input": [row.count, row.imageSize, row.imageSize, 3], "loss": [1],
          "logits": [row.count, row.classes],
        ], and: network.parameters)
      let executor = try makeExecutor(
        network, weights,
        ExecutionOptions(
          batchSize: row.count, trainable: Set(network.parameters.map(\.node)), batchNorm: row.norm),
        backend: backend, pool: Parity.pool)
      let loss = CrossEntropy(labels: (0..<row.count).map { $0 * 7 % row.classes })
      let input = try #require(references["input/kernel"]).values
      let value = try input.withUnsafeBufferPointer { input in
        try input.baseAddress.map {
          try executor.computeGradients($0, count: row.count, loss: loss, step: 0, outputs: nil)
        } ?? .nan
      }
      let expected = Double(try #require(references["loss/kernel"]).values[0])
      #expect(abs(value - expected) <= 1e-4 * expected, "loss of \(row.id)")

      let found = GradientSink(count: executor.trainedParameters.count)
      executor.update { index, _, _, gradient in found.store(index, Array(gradient)) }
      #expect(Set(executor.trainedParameters.map(\.name)) == Set(learned.map(\.name)))
      let largest = references.filter { name, _ in learned.contains { $0.name == name } }.values
        .reduce(0) { max($0, $1.largestMagnitude) }
      var worst = (name: "–", error: 0.0)
      for (parameter, gradient) in zip(executor.trainedParameters, found.gradients) {
        let reference = try #require(references[parameter.name])
        // Some gradients are nothing but rounding, such as that of a shift which the next norm takes
        // away: they are compared with what is not.
        let scale = max(reference.largestMagnitude, 1e-2 * largest)
        let difference = zip(gradient, reference.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
        let share = gradient.contains(where: \.isNaN) ? .infinity : Double(difference / scale)
        if share > worst.error { worst = (parameter.name, share) }
      }
      // Statistics of few values enlarge rounding.
      let tolerance = row.norm == .train ? 1e-3 : 1e-4
      #expect(worst.error <= tolerance, "gradient of \(worst.name) in \(row.id)")
      for parameter in statistics {
        let reference = try #require(references[parameter.name]).values
        let moved = try #require(weights.tensor(named: parameter.name)).values
        #expect(relativeError(moved, reference) <= 1e-5, "\(parameter.name) of \(row.id)")
      }
      table.add([
        row.id, "\(network.parameterCount)", "\(row.parameters)",
        Table.format(abs(value - expected) / expected), Table.format(worst.error), worst.name,
      ])
    }
    table.print()
  }
}

/// Collects what the workers hand out, each index once.
private final class GradientSink: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var gradients: [[Float]]

  init(count: Int) { gradients = Array(repeating: [], count: count) }

  func store(_ index: Int, _ gradient: [Float]) {
    lock.withLock { gradients[index] = gradient }
  }
}

/// Rows to print with aligned columns.
private struct Table {
  let title: String
  var rows: [[String]]

  init(_ title: String, _ head: [String]) {
    self.title = title
    rows = [head]
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  static func format(_ error: Double) -> String { String(format: "%.1e", error) }

  func print() {
    let widths = rows[0].indices.map { column in rows.reduce(0) { max($0, $1[column].count) } }
    let lines = rows.map { row in
      row.indices.map {
        row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count)
      }.joined(separator: "  ")
    }
    Swift.print("\n\(title)\n\(lines.joined(separator: "\n"))")
  }
}
