import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A run read back, to evaluate, predict or export.
public struct Run: Sendable {
  /// The run's folder.
  public let url: URL
  /// What the run was made from and with: `run.json`.
  public let record: RunRecord
  /// The classes' names, in the order of the outputs: `labels.json`.
  public let labels: [String]
  /// The plan that was carried out: `plan.json`.
  public let plan: FineTuningPlan
  /// What the run was trained and is measured on.
  public let photos: Photos
  /// The configuration of a base that was a file.
  public let architecture: SavedArchitecture?

  /// - Throws: `RunError`: `.missing` without such a folder, `.bad` when it is not a run or damaged.
  public init(_ url: URL) throws(RunError) {
    self.url = url
    record = try RunFolder.read(.run, of: url)
    if let fault = record.fault {
      throw RunError(
        .bad,
        "'\(url.appending(path: RunFolder.File.run.rawValue).relativePath)' is damaged: \(fault)")
    }
    labels = try RunFolder.read(.labels, of: url)
    plan = try RunFolder.read(.plan, of: url)
    photos = try RunFolder.read(.split, of: url)
    architecture = record.hasArchitecture ? try RunFolder.read(.architecture, of: url) : nil
    guard labels.count >= 2, photos.classes == labels else {
      throw RunError(
        .bad, "'\(url.relativePath)' is damaged: labels.json and split.json name other classes")
    }
    let thresholds = photos.labelling.isMultiLabel ? labels.count : nil
    guard record.thresholds?.count == thresholds else {
      throw RunError(
        .bad,
        "'\(url.relativePath)' is damaged: run.json has \(record.thresholds?.count ?? 0) thresholds,"
          + " expected \(thresholds ?? 0), for split.json has \(labels.count) classes that"
          + " \(thresholds == nil ? "" : "do not ")exclude one another")
    }
    try requireAsWritten()
  }

  /// - Throws: `RunError` `.bad` where a file holds something else than training wrote.
  private func requireAsWritten() throws(RunError) {
    var changed = record.isAsWritten ? [] : [RunFolder.File.run.rawValue]
    for name in RunFolder.File.sealed.map(\.rawValue) {
      // What is gone is missed by whoever needs it.
      guard let digest = record.files?[name],
        let found = try? FileDigest.sha256(of: url.appending(path: name)), found != digest
      else { continue }
      changed.append(name)
    }
    guard let first = changed.first else { return }
    throw RunError(
      .bad,
      "'\(url.appending(path: first).relativePath)' is damaged: its sha256 is not that of what this run wrote"
    )
  }

  /// What was predicted of the validation photos by weights that had not seen them; empty where the
  /// final weights have not seen them either and can be asked, since the photos are there.
  /// - Throws: `RunError` when the file is damaged, or gives other classes than the run.
  public var heldOut: [PredictionRow] {
    get throws(RunError) { try rows(in: RunFolder.File.heldOut.rawValue) ?? [] }
  }

  /// What a file of the run holds: predictions, one a line; `nil` where there is no such file.
  /// - Throws: `RunError` when the file is damaged, or gives other classes than the run.
  package func rows(in name: String) throws(RunError) -> [PredictionRow]? {
    let file = url.appending(path: name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let rows: [PredictionRow]
    do {
      rows = try PredictionRow.rows(jsonLines: InputFile.read(file, atMost: .max))
    } catch let error as DecodingError {
      throw RunError(.bad, "'\(file.relativePath)' is damaged: \(error.reason)")
    } catch {
      throw RunError(.bad, "'\(file.relativePath)' cannot be read or is damaged")
    }
    for (number, row) in rows.enumerated() {
      if let fault = fault(of: row) {
        throw RunError(
          .bad, "'\(file.relativePath)' is damaged: line \(number + 1) \(fault)")
      }
    }
    return rows
  }

  /// What no weights of the run can have said, as a clause; `nil` for nothing.
  private func fault(of row: PredictionRow) -> String? {
    guard row.probabilities.count == labels.count,
      row.truths?.allSatisfy(labels.indices.contains) ?? labels.indices.contains(row.truth),
      (row.truths != nil) == isMultiLabel
    else { return "is of other classes than labels.json" }
    if let value = row.probabilities.first(where: { !(0...1).contains($0) }) {
      return "has the probability \(value), expected 0 to 1"
    }
    let sum = row.probabilities.reduce(0.0) { $0 + Double($1) }
    // Of a great many classes each is rounded.
    guard isMultiLabel || abs(sum - 1) <= max(1e-3, 1e-7 * Double(labels.count)) else {
      return "has probabilities that add up to \(sum), expected 1"
    }
    return nil
  }

  /// Whether photos have any number of classes.
  public var isMultiLabel: Bool { photos.labelling.isMultiLabel }

  /// The network with its outputs as probabilities: for `Run.network`.
  package var outputActivation: Activation { isMultiLabel ? .sigmoid : .softmax }

  /// The network that the weights are for.
  /// - Parameters:
  ///   - base: up to its pooled features, as it was before training.
  ///   - activation: what the outputs pass.
  /// - Throws: `NetworkError`.
  package func network(
    base: Network, activation: Activation = .linear
  ) throws(NetworkError) -> Network {
    try base.addingHead(
      of: plan, named: record.head, classes: labels.count, activation: activation)
  }

  /// The weights of the best candidate.
  /// - Throws: `RunError` `.bad` when the file is not the one that the run wrote; `WeightFileError`.
  package func tensors(for network: Network) throws -> [String: Tensor] {
    try load(network).tensors
  }

  /// The weights of the best candidate, and how they fit.
  /// - Parameter network: the run's, or what of it is before the head.
  /// - Throws: as `tensors(for:)`.
  package func load(_ network: Network) throws -> (tensors: [String: Tensor], report: LoadReport) {
    let file = weights
    let (tensors, report) = try KerasWeightFile(file).load(
      network.parameters, for: record.base, outputs: network.outputShape.count)
    guard report.sha256 == record.weightsDigest else {
      throw RunError(
        .bad,
        "'\(file.relativePath)' is not the file this run wrote: its sha256 is"
          + " \(report.sha256.prefix(12))…, expected \(record.weightsDigest.prefix(12))…")
    }
    return (tensors, report)
  }

  /// Where the weights are.
  package var weights: URL { url.appending(path: RunFolder.File.weights.rawValue) }

  /// Whether a training has been begun in the folder at a path.
  package static func isFolder(of path: String) -> Bool {
    FileManager.default.fileExists(
      atPath: URL(filePath: path).appending(path: RunFolder.File.job.rawValue).path)
  }
}

extension Run {
  /// The phase that solved the run's head, where the weights that were kept are the base's with that head:
  /// also where a plan tuned more, and found nothing better.
  /// - Throws: `RunError` `.bad` where the weights are others.
  package var solvedHead: Phase {
    get throws(RunError) {
      let name = "'\(url.relativePath)'"
      guard let best = record.best, plan.phases.indices.contains(best.phase) else {
        throw RunError(.bad, "\(name) does not say which phase its weights are from")
      }
      var kept = plan.phases[best.phase]
      // What ends on all photos with the head is recorded under the phase that was tried.
      if kept.scope != .head, let head = plan.phases.first(where: { $0.method == .solve }),
        try hasBaseAsItWas
      {
        kept = head
      }
      guard kept.method == .solve else {
        let what =
          kept.scope == .head ? "a head that was trained in steps" : "tuned layers"
        throw RunError(
          .bad,
          "\(name) has \(what), which need the photos themselves, not features of them: only a solved head"
            + " can be extended; train anew on a folder or list that holds the"
            + " \(photos.trainingAndValidation.count) photos that it was trained on and the new ones"
        )
      }
      return kept
    }
  }

  private var hasBaseAsItWas: Bool {
    get throws(RunError) {
      let file = url.appending(path: RunFolder.File.head.rawValue)
      do {
        return try readHead(file).metadata.baseDigest == record.baseDigest
      } catch {
        throw RunError(error)
      }
    }
  }
}
