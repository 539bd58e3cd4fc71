internal import Crypto
import Foundation
import Glibc
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// The folder that a training writes: plan, labels, split, events, weights, head and `run.json`; and
/// `tensorboard` with event files.
///
/// Each file appears whole or not at all; `run.json` comes last and holds the digests of the weights,
/// so a folder with a fitting `run.json` is a usable run, also after an interruption.
///
/// `@unchecked Sendable`: written to by the driver thread alone; `log` is safe from any thread.
public final class RunFolder: @unchecked Sendable {
  /// The names of the files.
  public enum File: String, CaseIterable, Sendable {
    case plan = "plan.json"
    case labels = "labels.json"
    case split = "split.json"
    case events = "events.jsonl"
    case run = "run.json"
    case weights = "weights.h5"
    case head = "head.h5"
    /// Only where the base was a file with its own configuration.
    case architecture = "architecture.json"
  }

  /// The folder with the files for TensorBoard.
  public static let boardFolder = "tensorboard"

  public let url: URL
  private let context: RunContext
  private let sinks: [any EventSink & Sendable]
  private let createdFolders: [URL]
  private let date = Date().ISO8601Format()
  private var split: SavedSplit?
  /// Whether the folder holds a usable run.
  public private(set) var isUsable = false

  /// Creates the folder, and those above it.
  /// - Throws: `RunError` `.cannotCreate` when something of this name exists or cannot be created.
  public init(creating url: URL, context: RunContext) throws(RunError) {
    self.url = url
    self.context = context
    createdFolders = try Self.createFolders(url)
    do throws(RunError) {
      let board = url.appending(path: Self.boardFolder)
      sinks = [
        try EventLog(url.appending(path: File.events.rawValue)), TensorBoardLog(board),
      ]
    } catch {
      Self.removeLogs(of: url)
      for folder in createdFolders.reversed() { rmdir(folder.path) }
      throw error
    }
  }

  /// Creates a folder that must not exist, and those above that do not; outermost first.
  private static func createFolders(_ url: URL) throws(RunError) -> [URL] {
    var absent: [URL] = []
    var folder = url.standardizedFileURL
    var status = stat()
    if lstat(folder.path, &status) == 0 {
      throw RunError(
        .cannotCreate,
        "'\(url.relativePath)' exists already; choose another --output or remove it")
    }
    while folder.path != "/", stat(folder.path, &status) != 0 {
      absent.append(folder)
      folder.deleteLastPathComponent()
    }
    var created: [URL] = []
    for folder in absent.reversed() {
      guard mkdir(folder.path, 0o777) == 0 else {
        let reason = RunError.systemMessage
        let isFull = errno == ENOSPC || errno == EDQUOT
        for folder in created.reversed() { rmdir(folder.path) }
        throw RunError(
          isFull ? .inputOutput : .cannotCreate,
          "'\(url.relativePath)' cannot be created: \(reason)")
      }
      created.append(folder)
    }
    return created
  }

  /// Where a file of the run is.
  public func file(_ file: File) -> URL { url.appending(path: file.rawValue) }

  /// Feeds `events.jsonl` and the files for TensorBoard; a failure is thrown by the next call that
  /// writes.
  public func log(_ event: TrainingEvent) { for sink in sinks { sink.receive(event) } }

  private func checkLogs() throws(RunError) {
    for sink in sinks {
      do {
        try sink.check()
      } catch let error as RunError {
        throw error
      } catch {
        throw RunError(.inputOutput, "\(error)")
      }
    }
  }

  private static func removeLogs(of url: URL) {
    unlink(url.appending(path: File.events.rawValue).path)
    try? FileManager.default.removeItem(at: url.appending(path: boardFolder))
  }

  /// Writes plan, labels and split.
  func begin(plan: FineTuningPlan, split: SavedSplit) throws(RunError) {
    self.split = split
    try write(plan, to: .plan)
    try write(split.classes, to: .labels)
    try write(split, to: .split)
  }

  /// Writes weights and head, then `run.json`.
  func write(_ result: FineTuningResult, base: Backbone, options: TrainingOptions) throws {
    try writeKerasWeights(result.network, result.tensors, to: file(.weights))
    let weightsDigest = try FileDigest.sha256(of: file(.weights))
    try writeHead(
      try result.head(base: base, options: options, weightsDigest: weightsDigest), to: file(.head))
    if let architecture = base.architecture { try write(architecture, to: .architecture) }
    let record = RunRecord(
      base: base.name, alpha: base.alpha, imageSize: base.imageSize,
      channels: base.preprocessing.channels, hasArchitecture: base.architecture != nil,
      resize: options.resize,
      preprocessing: base.preprocessing, baseDigest: base.weightsDigest,
      weightFile: context.weightFile, head: FineTuner.headName, plan: result.plan.name,
      seed: options.seed, backend: options.backend.rawValue, precision: "float32",
      data: context.data, dataDigest: split?.digest ?? "", arguments: context.arguments,
      versions: context.versions.merging(
        [options.backend.rawValue: options.backend.backend.version]) { given, _ in given },
      date: date, best: result.best,
      validationUsedForSelection: result.plan.phases.contains { $0.method == .sgd }
        && result.best.validation != nil,
      trainedOnValidation: result.trainedOnValidation, interrupted: result.interrupted,
      skipped: result.skipped, weightsDigest: weightsDigest,
      headDigest: try FileDigest.sha256(of: file(.head)))
    try write(record, to: .run)
    isUsable = true
    try checkLogs()
  }

  /// Ends the log.
  func end() throws(RunError) { try checkLogs() }

  private func write(_ value: some Encodable, to file: File) throws(RunError) {
    try checkLogs()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do {
      data = try encoder.encode(value)
    } catch {
      throw RunError(.bad, "'\(file.rawValue)' holds what JSON cannot: \(error)")
    }
    try (data + Data("\n".utf8)).writeWhole(to: self.file(file))
  }

  /// Takes the folder back after an error, unless it holds a usable run: its files, the folder, and
  /// the folders that were created above it.
  public func discardUnlessUsable() {
    guard !isUsable else { return }
    for name in File.allCases { unlink(file(name).path) }
    Self.removeLogs(of: url)
    for folder in createdFolders.reversed() { rmdir(folder.path) }
  }
}

extension SavedSplit {
  /// The sha256 of the list of photos.
  var digest: String {
    var hash = SHA256()
    for (name, photos) in [("train", train), ("validation", validation), ("test", test)] {
      for photo in photos {
        hash.update(data: Data("\(name)\t\(photo.label)\t\(photo.digest)\t\(photo.path)\n".utf8))
      }
    }
    return hash.finalize().hexadecimal
  }
}

extension FineTuningResult {
  /// The classifier with what it takes to use it.
  ///
  /// The base it belongs to is the one that gave it its features: the original weight file, or
  /// `weights.h5` where training has changed the base too.
  func head(base: Backbone, options: TrainingOptions, weightsDigest: String) throws -> HeadFile {
    let name = FineTuner.headName
    guard let kernel = tensors["\(name)/kernel"], let bias = tensors["\(name)/bias"] else {
      throw TrainingError.broken("the result has no head")
    }
    let baseChanged = base.tensors.contains { name, tensor in tensors[name] != tensor }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return HeadFile(
      layerName: name, kernel: kernel, bias: bias,
      metadata: ModelMetadata(
        labels: classes,
        preprocessing: String(decoding: try encoder.encode(base.preprocessing), as: UTF8.self),
        baseName: base.name,
        baseDigest: baseChanged ? weightsDigest : base.weightsDigest ?? weightsDigest,
        imageSize: base.imageSize, resize: options.resize.rawValue))
  }
}
