import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a run on photos whose classes are known.",
    usage:
      "finetune evaluate RUN --data DIR|LIST.csv [--split NAME] [--json] [--report FILE.html] [--batch-size N] [--tta N]",
    discussion:
      "Takes the test photos of DIR, else its validation photos, else its class folders, unless --split says otherwise."
  )

  @Argument(help: ArgumentHelp("The folder that training wrote.", valueName: "RUN"))
  var folder: String

  @Option(
    help: ArgumentHelp(
      "A folder of class folders, with or without splits, or a list of photos.",
      valueName: "DIR|LIST.csv"))
  var data: String

  @Option(
    help: ArgumentHelp("The part to take: train, val, test or all.", valueName: "NAME"),
    transform: { name in
      guard let split = Split(customaryName: name) ?? Split(rawValue: name) else {
        throw ValidationError("'\(name)' is no split; expected train, val, test or all")
      }
      return split
    })
  var split: Split?

  @Flag(help: "Write JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a page with figures, tables and mistakes.", valueName: "FILE.html"))
  var report: String?

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @OptionGroup var views: ViewOptions

  @Option(help: ArgumentHelp("Larger photos are left out.", valueName: "N"))
  var maxPixels = 100_000_000

  @Option(
    help: ArgumentHelp("Threads that compute and decode (default: one a core).", valueName: "N"))
  var threads: Int?

  func validate() throws {
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
    if let threads { try require(1...1024 ~= threads, "--threads", threads, "1 to 1024") }
  }

  func run() throws {
    let page = report.map { URL(filePath: $0) }
    if let page { try OutputCheck.requireCreatable(file: page) }
    var job = EvaluationJob(run: folder, data: data)
    job.split = split
    job.batchSize = batchSize
    job.maximumPixels = maxPixels
    job.views = views.tta
    let scan = Counter("reading photo")
    let counter = Counter("photo")
    let evaluation = try job.evaluate(
      pool: WorkerPool(count: threads ?? WorkerPool.coreCount),
      onScan: { scan.show($0, of: $1) }, progress: { counter.show($0, of: $1) })
    if json, let caution = evaluation.metrics.trainedOnSentence { Output.warn(caution) }
    for note in evaluation.notes { Output.warn(note) }
    for photo in evaluation.metrics.skipped {
      Output.warn("left out '\(photo.path)': \(photo.reason)")
    }
    if let page { try evaluation.writeHTML(to: page) }
    if json { return try Output.print(evaluation.report.json()) }
    try Output.print(evaluation.metrics.summary)
    if let report { try Output.print("report: \(report)") }
  }
}

extension ClassificationMetrics {
  /// A few lines for a terminal.
  var summary: String {
    func percent(_ value: Double) -> String { String(format: "%.1f %%", value * 100) }
    var lines = trainedOnSentence.map { ["caution: \($0)"] } ?? []
    lines.append(
      "accuracy \(percent(accuracy)) (\(correct) of \(images) photos of '\(split)'), "
        + "95 % interval \(percent(accuracyInterval.lower)) to \(percent(accuracyInterval.upper))")
    lines.append(
      "balanced \(percent(balancedAccuracy)), macro F1 \(percent(macroF1)), log loss "
        + String(format: "%.3f", logLoss) + ", calibration error "
        + percent(expectedCalibrationError))
    if usedForSelection, trainedOn == 0 {
      lines.append("training chose by these photos: the figures are optimistic for other photos")
    }
    return lines.joined(separator: "\n")
  }
}
