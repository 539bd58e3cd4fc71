import Files
import Foundation
import TransferLearning

extension Train {
  /// Tests rates in memory, prints a suggestion, and draws what was measured to `<output>-rates.svg`.
  func findRate(
    _ job: FineTuningJob, _ base: Base, _ output: String,
    _ shown: TrainingProgress, _ interruption: Interruption
  ) throws {
    let pool = machine.pool
    let scan = Counter("photo", isActive: shown.style == .bar)
    let prepared = try planChoices.attributing {
      try FineTuning(base, job.scan(pool: pool) { scan.show($0, of: $1) }, job)
    }
    let steps = Counter("step", isActive: shown.style == .bar)
    interruption.beginTraining()
    let finder = try prepared.findRate(
      pool: pool, onStep: { steps.show($0.points.count, of: $0.steps) },
      shouldStop: { interruption.isRequested })
    shown.clearBar()
    for note in prepared.notes { shown.warn(note.withOptions) }
    interruption.endTraining()
    let file = Self.plot(of: output)
    try finder.writePlot(
      to: URL(filePath: file), title: "Range test of \(job.base.shortName) on \(job.data)")
    let result = RateReport(finder, plan: prepared.tuner.plan.name, plot: file)
    guard shown.style != .json else { return try Output.print(jsonText: result.jsonLine) }
    try Output.print(result.description)
  }

  /// Nobody has typed this name, so nothing that has it is replaced.
  /// - Throws: `CommandFailure` `.cannotCreate`.
  static func requireNewPlot(of output: String) throws {
    let file = plot(of: output)
    guard FileStatus(unfollowed: file) != nil else { return }
    throw CommandFailure(
      .cannotCreate, "'\(file)' is there already; choose another --output, or remove it")
  }

  private static func plot(of output: String) -> String { "\(output)-rates.svg" }
}

/// What the range test has found.
private struct RateReport: Encodable, CustomStringConvertible {
  let event = "rate"
  let plan: String
  let suggestion: Double?
  /// How it was chosen: `steepest` or `belowRise`.
  let kind: String?
  let steps: Int
  let hasDiverged: Bool
  let plot: String

  private enum CodingKeys: CodingKey {
    case event, plan, suggestion, kind, steps, hasDiverged, plot
  }

  init(_ finder: RateFinder, plan: String, plot: String) {
    self.plan = plan
    self.plot = plot
    suggestion = finder.suggestion?.rate
    switch finder.suggestion {
    case .steepest: kind = "steepest"
    case .belowRise: kind = "belowRise"
    case nil: kind = nil
    }
    steps = finder.points.count
    hasDiverged = finder.hasDiverged
  }

  var jsonLine: String {
    get throws { String(decoding: try CanonicalJSON.line(self), as: UTF8.self) }
  }

  var description: String {
    let rate = suggestion.map { String(format: "%.2g", $0) }
    let finding =
      switch (kind, rate) {
      case ("steepest", let rate?):
        "the loss falls fastest near \(rate): try --learning-rate \(rate)"
      case (_, let rate?):
        "the loss does not fall from where the head begins; it rises above ten times \(rate): try"
          + " --learning-rate \(rate)"
      default: "the test ended after \(steps) steps, too few to suggest a rate"
      }
    return "\(finding)\nplot: \(plot)"
  }
}
