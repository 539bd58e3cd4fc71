import Evaluation
import Files
import Foundation
import Glibc
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// The folder that a training writes: its job, plan, labels, split, events, checkpoints, files for
/// TensorBoard, and at the end weights, head and `run.json`.
///
/// Each file appears whole or not at all. `job.json` comes first: from then on the training can be
/// continued. `run.json` comes last and holds the digests of the weights, so a folder with a fitting
/// `run.json` is a usable run, also after an interruption.
///
/// `@unchecked Sendable`: written to by the driver thread alone; `log` is safe from any thread.
package final class RunFolder: @unchecked Sendable {
  /// The names of the files.
  package enum File: String, CaseIterable, Sendable {
    case job = "job.json"
    case plan = "plan.json"
    case labels = "labels.json"
    case split = "split.json"
    /// What was found in the folder of photos, and what of it is left out.
    case inspection = "inspection.json"
    case events = "events.jsonl"
    case run = "run.json"
    case weights = "weights.h5"
    case head = "head.h5"
    /// What was predicted of the validation photos before the final weights were fitted on them; only
    /// where they were, or where the photos need not be there any more.
    case heldOut = "held-out.jsonl"
    /// Only where the base was a file with its own configuration.
    case architecture = "architecture.json"

    /// What a run is read from beside `run.json`, whose digests are in that.
    static let sealed: [File] = [.plan, .labels, .split, .heldOut, .architecture]
  }

  /// The folder with the files for TensorBoard.
  package static let boardFolder = "tensorboard"

  package let url: URL
  /// Whether the folder was there, with a training to be continued.
  package let isResumed: Bool
  private let context: RunContext
  private let date: String
  private let lock: FolderLock
  private let events: EventLog
  private let board: TensorBoardLog
  private let checkpoints: CheckpointFolder
  private let createdFolders: [URL]
  private var photos: Photos?
  private var lastCheckpoint: URL?
  /// Whether the folder holds something that took time: a usable run, or a checkpoint to go on from.
  package private(set) var isWorthKeeping: Bool

  /// Creates the folder with `job.json` in it, and the folders above it.
  /// - Parameters:
  ///   - job: whatever the caller needs to continue.
  ///   - choices: from what the caller made the job, to be compared when it is continued.
  /// - Throws: `RunError` `.cannotCreate` when something of this name exists or cannot be created.
  package convenience init(
    creating url: URL, context: RunContext, job: some Codable & Sendable,
    choices: (some Codable & Sendable)? = NoJob?.none
  ) throws(RunError) {
    let created = try Self.createFolder(
      url, JobRecord(job, choices: choices, context: context))
    do throws(RunError) {
      try self.init(url, createdFolders: created, isResumed: false)
    } catch {
      for file in File.allCases { unlink(url.appending(path: file.rawValue).path) }
      for folder in created.reversed() { rmdir(folder.path) }
      throw error
    }
  }

  /// Creates the folder of a training that knows its job by itself.
  /// - Throws: as above.
  package convenience init(creating url: URL, context: RunContext) throws(RunError) {
    try self.init(creating: url, context: context, job: NoJob())
  }

  /// Opens the folder of a training that was ended, to continue it.
  /// - Throws: `RunError`: `.missing`, `.bad` when it is no run, `.cannotCreate` while another process
  ///   trains into it.
  package convenience init(resuming url: URL) throws(RunError) {
    try self.init(url, createdFolders: [], isResumed: true)
  }

  private init(_ url: URL, createdFolders: [URL], isResumed: Bool) throws(RunError) {
    let record: JobRecord<NoJob, NoJob> = try Self.read(.job, of: url)
    try Self.requireOwn(url)
    self.url = url
    self.createdFolders = createdFolders
    self.isResumed = isResumed
    context = record.context
    date = record.date
    lock = try FolderLock(url.appending(path: File.job.rawValue), isNew: !isResumed)
    events = try EventLog(url.appending(path: File.events.rawValue))
    board = TensorBoardLog(url.appending(path: Self.boardFolder))
    checkpoints = CheckpointFolder(run: url)
    isWorthKeeping = isResumed
    if isResumed { checkpoints.removeLeftovers() }
  }

  /// Refuses a folder in which links stand where files are written: whoever made it would have others written to.
  private static func requireOwn(_ url: URL) throws(RunError) {
    let names = [File.events.rawValue, CheckpointFolder.name, boardFolder]
    for place in names.map({ url.appending(path: $0) })
    where FileStatus(unfollowed: place.path)?.kind == .link {
      throw RunError(
        .bad,
        "'\(place.relativePath)' is a link, and a training would write where it leads; put what it leads to "
          + "in its place")
    }
  }

  /// Refuses to write into what has come in the folder's place.
  /// - Throws: `RunError` `.inputOutput`.
  package func requireInPlace() throws(RunError) {
    guard !isInPlace else { return }
    throw RunError(
      .inputOutput,
      sentence:
        "'\(url.relativePath)' was moved, removed or replaced while it was trained into, and nothing is "
        + "written any more; where it is now, continue it with \(.resume(run: nil))")
  }

  private var isInPlace: Bool { lock.isHeld(at: file(.job)) }

  /// Whether the training has come to its end: nothing but the report may be missing.
  /// - Throws: `RunError` when `run.json` is damaged.
  package var isFinished: Bool {
    get throws(RunError) {
      guard FileManager.default.fileExists(atPath: file(.run).path) else { return false }
      let record: RunRecord = try Self.read(.run, of: url)
      return !record.interrupted
    }
  }

  /// The photos that the run began with; `nil` when it was ended before it had written them.
  /// - Throws: `RunError` when the file is damaged.
  package var savedPhotos: Photos? {
    get throws(RunError) {
      guard FileManager.default.fileExists(atPath: file(.split).path) else { return nil }
      return try Self.read(.split, of: url)
    }
  }

  /// The plan that the run began with; `nil` when it was ended before it had written it.
  /// - Throws: `RunError` when the file is damaged.
  package var savedPlan: FineTuningPlan? {
    get throws(RunError) {
      guard isResumed, FileManager.default.fileExists(atPath: file(.plan).path) else { return nil }
      return try Self.read(.plan, of: url)
    }
  }

  /// Where a file of the run is.
  package func file(_ file: File) -> URL { url.appending(path: file.rawValue) }

  /// Feeds `events.jsonl` and the files for TensorBoard; a failure is thrown by the next call that
  /// writes.
  package func log(_ event: TrainingEvent) {
    for sink in [events, board] as [any EventSink] { sink.receive(event) }
  }

  private func checkLogs() throws(RunError) {
    try events.check()
    try board.check()
  }

  /// What the run is about, which its record tells at the end.
  func take(_ photos: Photos) { self.photos = photos }

  /// Writes plan, labels and split.
  func begin(plan: FineTuningPlan, photos: Photos) throws(RunError) {
    take(photos)
    try write(plan, to: .plan)
    try write(photos.classes, to: .labels)
    try write(photos, to: .split)
  }

  /// Lets the folder stay, whatever is in it.
  func keep() { isWorthKeeping = true }

  // MARK: checkpoints

  /// The bytes of `events.jsonl` so far, which are then on the disk.
  func flushEvents() throws(RunError) -> Int {
    try requireInPlace()
    try checkLogs()
    let path = file(.events).path
    do {
      let (descriptor, status) = try InputFile.opened(path)
      // Some file systems cannot; then only a loss of power can cut the log short.
      fsync(descriptor)
      close(descriptor)
      return status.byteCount
    } catch {
      throw RunError(.inputOutput, "'\(path)' \(error.message)")
    }
  }

  /// Writes a checkpoint; the one before it stays too.
  /// - Returns: its path in the run's folder.
  /// - Throws: `RunError`; earlier checkpoints are as they were.
  func write(_ checkpoint: Checkpoint, base: [String: Tensor]) throws(RunError) -> String {
    try requireInPlace()
    let file = try checkpoints.write(checkpoint, base: base)
    lastCheckpoint = file
    if checkpoint.state.best != nil { keep() }
    return "\(CheckpointFolder.name)/\(file.lastPathComponent)"
  }

  /// An error of writing, with the checkpoint that it left intact.
  func naming(_ error: RunError) -> RunError {
    guard let lastCheckpoint, error.kind == .cannotCreate || error.kind == .inputOutput, isInPlace,
      FileStatus(lastCheckpoint.path) != nil
    else { return error }
    return RunError(
      error.kind,
      sentence: error.sentence
        + "; the checkpoint '\(lastCheckpoint.relativePath)' is intact: make room, then"
        + " continue from it with \(.resume(run: nil))")
  }

  /// The checkpoint to continue from, with the log cut back to it; `nil` when there is none, and the
  /// training begins anew with an empty log.
  /// - Parameter fault: what of a checkpoint cannot be, as a clause.
  /// - Throws: `RunError` `.bad` for one of another training, naming the difference, or with a fault.
  func latestCheckpoint(
    of identity: TrainingIdentity, base: [String: Tensor], onDamage: (Sentence) -> Void,
    fault: (Checkpoint) -> String?
  ) throws(RunError) -> Checkpoint? {
    guard let (checkpoint, found) = try checkpoints.newest(base: base, onDamage: onDamage) else {
      try cutEvents(to: 0)
      return nil
    }
    if let difference = identity.difference(from: checkpoint.identity) {
      throw RunError(
        .bad,
        "'\(found.relativePath)' is a checkpoint of another training: this one has \(difference)")
    }
    if let fault = fault(checkpoint) {
      throw RunError(.bad, "the checkpoint '\(found.relativePath)' is damaged: \(fault)")
    }
    try cutEvents(to: checkpoint.eventByteCount)
    lastCheckpoint = found
    return checkpoint
  }

  private func cutEvents(to byteCount: Int) throws(RunError) {
    let kept = try EventLog.events(in: file(.events), first: byteCount)
    try events.cut(to: byteCount)
    board.resume(after: kept)
  }

  // MARK: the end

  /// Writes weights and head, then whatever events tell of them, then `run.json`.
  func write(
    _ result: FineTuningResult, base: Base, options: TrainingOptions, announce: () -> Void
  ) throws {
    do {
      try writeAll(result, base: base, options: options, announce: announce)
    } catch let error as WeightFileError {
      throw naming(RunError(error))
    } catch let error as FileError {
      throw naming(RunError(error))
    } catch let error as RunError {
      throw naming(error)
    }
  }

  private func writeAll(
    _ result: FineTuningResult, base: Base, options: TrainingOptions, announce: () -> Void
  ) throws {
    try requireInPlace()
    try writeKerasWeights(result.network, result.tensors, to: file(.weights))
    let weightsDigest = try FileDigest.sha256(of: file(.weights))
    try writeHead(
      try result.head(base: base, options: options, weightsDigest: weightsDigest), to: file(.head))
    if let architecture = base.architecture { try write(architecture, to: .architecture) }
    if !result.heldOut.isEmpty {
      try Self.write(Data(try PredictionRow.jsonLines(result.heldOut).utf8), to: file(.heldOut))
    }
    announce()
    let record = RunRecord(
      base: base.name, alpha: base.alpha, baseComparison: options.comparison,
      imageSize: base.imageSize,
      channels: base.preprocessing.channels, hasArchitecture: base.architecture != nil,
      resize: options.resize,
      preprocessing: base.preprocessing, baseDigest: base.weights.sha256,
      weightFile: context.weightFile, head: Network.headName, plan: result.plan.name,
      seed: options.seed, backend: options.backend.rawValue, precision: options.precision.rawValue,
      data: context.data, dataDigest: photos?.digest ?? "", arguments: context.arguments,
      versions: context.versions.merging(
        [options.backend.rawValue: options.backend.backend.version]) { given, _ in given },
      date: date,
      temperature: result.temperature == 1 ? nil : result.temperature,
      thresholds: result.thresholds?.values, best: result.best,
      validationUsedForSelection: result.plan.phases.contains { $0.method == .sgd }
        && result.best.validation != nil,
      trainedOnValidation: result.trainedOnValidation, interrupted: result.interrupted,
      skipped: result.skipped, weightsDigest: weightsDigest,
      headDigest: try FileDigest.sha256(of: file(.head)), files: try digests())
    _ = try flushEvents()
    try write(record.sealed(), to: .run)
    try requireInPlace()
    keep()
    if !result.interrupted { checkpoints.remove() }
  }

  /// Of the files that are read with `run.json`, as far as the run has them.
  private func digests() throws(FileError) -> [String: String] {
    var digests: [String: String] = [:]
    for name in File.sealed where FileStatus(file(name).path) != nil {
      digests[name.rawValue] = try FileDigest.sha256(of: file(name))
    }
    return digests
  }

  private func write(_ value: some Encodable, to file: File) throws(RunError) {
    try requireInPlace()
    try checkLogs()
    try Self.write(value, to: self.file(file))
  }

  static func write(_ value: some Encodable, to file: URL) throws(RunError) {
    let data: Data
    do {
      data = try CanonicalJSON.page(value)
    } catch {
      throw RunError(.bad, "'\(file.relativePath)' would hold what JSON cannot: \(error)")
    }
    try write(data, to: file)
  }

  private static func write(_ data: Data, to file: URL) throws(RunError) {
    do throws(FileError) { try AtomicFile.write(data, to: file) } catch { throw RunError(error) }
  }

  /// Takes the folder back after an error, unless it holds something that took time: its files, the
  /// folder, and the folders that were created above it.
  package func discardUnlessWorthKeeping() {
    guard !isWorthKeeping, isInPlace else { return }
    checkpoints.remove()
    for name in File.allCases { unlink(file(name).path) }
    try? FileManager.default.removeItem(at: url.appending(path: Self.boardFolder))
    for folder in createdFolders.reversed() { rmdir(folder.path) }
  }
}
