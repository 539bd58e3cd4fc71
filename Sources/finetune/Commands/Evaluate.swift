import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Evaluate: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a run, or a Keras model, on photos whose classes are known.",
    usage: """
      finetune evaluate RUN --data DIR|LIST.csv [options]
      finetune evaluate --base FILE.keras|FILE.h5 --data DIR|LIST.csv [options]
      """,
    discussion:
      "Takes the test photos of DIR, else its validation photos, else its class folders, unless --split says otherwise."
  )

  @Argument(
    help: ArgumentHelp("The folder that training wrote, unless --base is given.", valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "A folder of class folders, with or without splits, or a list of photos.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @Option(
    help: ArgumentHelp(
      "The part to take: train, val, test or all (default: test, else val, else all).",
      valueName: "NAME"),
    completion: .list(["train", "val", "test", "all"]),
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
    help: ArgumentHelp(
      "Write a page with figures, tables and mistakes, or a summary in Markdown, by the ending.",
      valueName: "FILE.html|FILE.md"),
    completion: .file(extensions: ["html", "md"]))
  var report: String?

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @OptionGroup var views: ViewOptions

  @Option(help: ArgumentHelp("Larger photos are left out.", valueName: "N"))
  var maxPixels = 100_000_000

  @OptionGroup(title: "With --base") var model: ModelOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
    guard (folder == nil) != (model.base == nil) else {
      throw ValidationError(
        folder == nil
          ? "no RUN and no --base; name what is to be measured"
          : "'\(folder ?? "")' and --base exclude each other: a run or a model is measured")
    }
  }

  func run() throws {
    let page = report.map { URL(filePath: $0) }
    let form = try page.map(ReportForm.init(of:))
    if let page {
      try OutputCheck.requireOutside(file: page, data: data)
      try OutputCheck.requireApart(file: page, from: model.files(run: folder))
      try OutputCheck.requireCreatable(file: page)
    }
    var job = EvaluationJob(try model.source(run: folder ?? ""), data: data)
    job.split = split
    job.batchSize = batchSize
    job.maximumPixels = maxPixels
    job.views = views.tta
    job.studies = page != nil || json
    job.isLooking = form == .html
    let download = Counter("download")
    let (classifier, run) = try Output.timed("loading the classifier") {
      try job.load(backend: machine.backendOption.given) { download.showBytes($0, of: $1) }
    }
    let pool = machine.pool
    Output.tell(classifier.backend, on: pool)
    for note in classifier.notes { Output.warn(note) }
    let scan = Counter("reading photo")
    let counter = Counter("photo")
    let evaluation = try Output.timed("reading, predicting and measuring") {
      try job.evaluate(
        classifier, of: run, pool: pool,
        onScan: { scan.show($0, of: $1) }, progress: { counter.show($0, of: $1) })
    }
    if json, let caution = evaluation.metrics.trainedOnSentence { Output.warn(caution) }
    if let caution = evaluation.report.copiesSentence { Output.warn(caution) }
    for note in evaluation.notes { Output.warn(note) }
    for photo in evaluation.metrics.skipped {
      Output.warn("left out '\(photo.path)': \(photo.reason)")
    }
    if let page, let form { try evaluation.write(form, to: page) }
    if json { return try Output.print(jsonText: evaluation.report.json()) }
    try Output.print(evaluation.metrics.summary)
    if let report { try Output.print("report: \(report)") }
  }
}

extension ClassificationMetrics {
  /// A few lines for a terminal.
  var summary: String {
    var lines = trainedOnSentence.map { ["caution: \($0)"] } ?? []
    lines.append(
      "\(multiLabel == nil ? "accuracy" : "all labels right") \(percent(accuracy)) "
        + "(\(correct) of \(images.counted("photo")) of '\(split)'), "
        + "95 % interval \(percent(accuracyInterval.lower)) to \(percent(accuracyInterval.upper))")
    let certainty =
      "log loss " + String(format: "%.3f", logLoss) + ", calibration error "
      + percent(expectedCalibrationError)
    if let multiLabel {
      lines += [summary(of: multiLabel), certainty]
      if multiLabel.thresholdsAreCrossFitted {
        lines.append("thresholds for each fifth of the photos are chosen by the other four")
      }
    } else {
      lines.append(
        "balanced \(percent(balancedAccuracy)), macro F1 \(percent(macroF1)), \(certainty)")
    }
    if usedForSelection, trainedOn == 0 {
      lines.append("training chose by these photos: the figures are optimistic for other photos")
    }
    return lines.joined(separator: "\n")
  }

  private func summary(of multiLabel: MultiLabel) -> String {
    "mAP \(percent(multiLabel.meanAveragePrecision)), macro F1 \(percent(macroF1)), "
      + "micro F1 \(percent(multiLabel.microF1)), "
      + "wrong decisions (Hamming loss) \(percent(multiLabel.hammingLoss))"
  }

  private func percent(_ value: Double) -> String { String(format: "%.1f %%", value * 100) }
}
