import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Compare: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Puts runs side by side, and says whether they can be told apart.",
    usage: "finetune compare RUN RUN… [--data DIR|LIST.csv] [--json]",
    discussion:
      "On the photos that all of them have answered for, by their saved predictions, or on those of --data. Beside the first run, each other one's accuracy by McNemar's exact test, differences with 95 % intervals by drawing photos anew, and the photos that only one of the two has right."
  )

  @Argument(
    help: ArgumentHelp("At least two folders that training wrote.", valueName: "RUN RUN…"),
    completion: Candidates.runs)
  var folders: [String] = []

  @Option(
    help: ArgumentHelp(
      "Measure all runs on these photos now, as 'finetune evaluate' does.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String?

  @Flag(help: "Write JSON, with all photos that flipped.")
  var json = false

  @OptionGroup var machine: MachineOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    guard folders.count > 1 else {
      throw ValidationError(
        folders.isEmpty ? "no RUN; name at least two" : "only one RUN; name at least two")
    }
  }

  func run() throws {
    let scan = Counter("reading photo")
    let counter = Counter("photo")
    let pool = machine.pool
    let comparison = try Output.timed(
      data == nil ? "comparing saved predictions" : "predicting and comparing"
    ) {
      try ComparisonJob(folders, data: data).compare(
        pool: pool, onScan: { scan.show($0, of: $1) },
        progress: { _, done, total in counter.show(done, of: total) })
    }
    for note in comparison.notes { Output.warn(note) }
    if json { return try Output.print(json: comparison) }
    try Output.print(comparison.text)
  }
}

extension RunComparison {
  /// Photos that flipped which are shown of each comparison.
  private static let flipLimit = 20
  private static let runWidth = 16

  fileprivate var text: String {
    let table = Table(
      ["run", "accuracy", "95 % interval", "log loss", "macro F1", "trained", "size"],
      runs.flatMap {
        Table.rows(named: $0.run.printable, $0.cells, width: Self.runWidth)
      }, rightAligned: 1...6)
    let parts = comparisons.map { $0.text(beside: runs[0].run, flipLimit: Self.flipLimit) }
    return (["on \(photos.counted("photo")):", table.text] + parts).joined(separator: "\n\n")
  }
}

extension RunComparison.Entry {
  fileprivate var cells: [String] {
    [
      percent(accuracy),
      String(format: "%.1f–%.1f%%", 100 * accuracyInterval.lower, 100 * accuracyInterval.upper),
      String(format: "%.3f", logLoss), percent(macroF1),
      trainingSeconds.map { $0.secondsInWords(tenths: true) } ?? "–", bytes.sizeOnDisk,
    ]
  }
}

extension RunComparison.Pair {
  fileprivate func text(beside first: String, flipLimit: Int) -> String {
    var lines = ["\(run) beside \(first):".printable, "  accuracy \(points)", "  log loss \(loss)"]
    lines.append(
      "  \(test.onlySecond.counted("photo")) only it has right, \(test.onlyFirst) only the other: p = "
        + String(format: "%.3g", test.probability) + " (McNemar's exact test)")
    lines.append("  " + verdict.printable.wrapped(indent: "  ", width: 77))
    guard !flipped.isEmpty else { return lines.joined(separator: "\n") }
    lines.append("  photos that flipped, its own answer last:")
    lines += flipped.prefix(flipLimit).map(\.text)
    let more = flipped.count - flipLimit
    if more > 0 { lines.append("    and \(more) more, which --json lists") }
    return lines.joined(separator: "\n")
  }

  private var points: String {
    let ends = (100 * accuracy.interval.lower, 100 * accuracy.interval.upper)
    return String(
      format: "%+.1f points, 95 %% interval %+.1f to %+.1f", 100 * accuracy.difference, ends.0,
      ends.1)
  }

  private var loss: String {
    String(
      format: "%+.3f, 95 %% interval %+.3f to %+.3f", logLoss.difference, logLoss.interval.lower,
      logLoss.interval.upper)
  }
}

extension RunComparison.Flip {
  fileprivate var text: String {
    "    \(path): \(name(truth)); \(answer(first)), \(answer(second))".printable
  }

  private func name(_ classes: [String]) -> String {
    classes.isEmpty ? "none" : classes.joined(separator: Labelling.separator)
  }

  private func answer(_ answer: RunComparison.Answer) -> String {
    name(answer.classes) + (answer.probability.map { String(format: " %.2f", $0) } ?? "")
      + (answer.isRight ? " ✓" : "")
  }
}
