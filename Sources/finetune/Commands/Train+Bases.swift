import ArgumentParser
import Files
import Foundation
import TransferLearning

extension Train {
  /// Whether the photos are to choose the base.
  var choosesBase: Bool { what.base == CandidateOptions.automatic }

  /// What part of a training's budget the choice of its base may take.
  private static let shareOfBudget = 0.25

  /// - Throws: `ValidationError` for options that do not go with a base that is chosen, or only with one.
  func validateCandidates() throws {
    guard choosesBase else {
      guard among.isEmpty else {
        throw ValidationError(
          "--candidates and --fetch say among which bases --base auto chooses; 'finetune bases' compares them"
            + " without training")
      }
      return
    }
    try among.check(offline: network.offline)
    if among.fetch, written.dryRun {
      throw ValidationError(
        "--fetch and --dry-run exclude each other: a dry run downloads nothing")
    }
    let variant = network.variant
    guard network.weights == nil, network.allowMissing.isEmpty, variant.alpha == nil,
      variant.channels == nil, variant.preprocessing == nil
    else {
      throw ValidationError(
        "--weights, --allow-missing, --alpha, --channels and --preprocessing are for one base, and --base auto"
          + " compares several; name a variant, as --candidates 'mobilenet 0.25,vgg16'")
    }
    if planChoices.isFromScratch {
      throw ValidationError(
        "--plan scratch begins with random weights, so photos cannot choose a base by its features; name one"
          + " with --base")
    }
  }

  /// The job with the base that suits its photos, which is told.
  func choosingBase(
    for job: FineTuningJob, _ shown: TrainingProgress, _ interruption: Interruption
  ) throws -> FineTuningJob {
    let seconds = min(
      BaseSearch.customarySeconds, Self.shareOfBudget * (job.budget ?? .infinity))
    let isForPeople = shown.style == .bar || shown.style == .lines
    interruption.beginTraining()
    let found = try planChoices.attributing {
      try job.search(
        among.search(seconds: seconds), pool: machine.pool,
        isBar: shown.style == .bar,
        ComparisonProgress(isShown: isForPeople, isBar: shown.style == .bar),
        shouldStop: { interruption.isRequested })
    }
    interruption.prepare()
    if shown.style == .json {
      try Output.print(jsonText: ComparisonLine(comparison: found.comparison).jsonLine)
    } else if written.dryRun {
      try Output.print(found.comparison.text)
    } else {
      shown.say(found.comparison.text)
    }
    return job.with(found)
  }

  /// What the user gave, with the base that was chosen in the place of the word for it: what a run is
  /// continued with.
  func choices(of job: FineTuningJob) -> TrainingChoices {
    var choices = choices
    guard choosesBase else { return choices }
    choices.job.choose(\.base.name, job.base.name)
    choices.job.choose(\.base.alpha, job.base.alpha)
    choices.job.choose(\.base.imageSize, job.base.imageSize)
    return choices
  }
}

/// The comparison of bases as a line of `--progress json`.
private struct ComparisonLine: Encodable {
  let event = "bases"
  let comparison: BaseComparison

  private enum CodingKeys: CodingKey { case event, comparison }

  var jsonLine: String {
    get throws { String(decoding: try CanonicalJSON.line(self), as: UTF8.self) }
  }
}
