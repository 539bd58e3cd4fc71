import ArgumentParser
import Foundation
import TransferLearning

/// The training plan, and settings that replace its own.
struct PlanOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What learns: the head alone; the head, then the last stage with it; the head, then everything; everything from the start; or a plan of your own.",
      valueName: "head|last-stage|full|scratch|FILE.json"))
  var plan = FineTuningPlan.lastStage.name

  @Option(help: ArgumentHelp("At most so many passes over the training photos.", valueName: "N"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "The peak learning rate of the head; earlier stages learn slower.", valueName: "X"))
  var learningRate: Double?

  @Option(
    help: ArgumentHelp("How many times slower each stage learns than the next.", valueName: "X"))
  var stageDecay: Double?

  @Option(help: ArgumentHelp("Photos in a step.", valueName: "N"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Momentum of the gradient descent.", valueName: "X"))
  var momentum: Double?

  @Option(help: ArgumentHelp("The L2 penalty of kernels.", valueName: "X"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("The largest norm of a gradient; 0: no limit.", valueName: "X"))
  var clip: Double?

  @Option(
    help: ArgumentHelp(
      "Statistics of norms: as stored, or of each batch.", valueName: "frozen|train"))
  var batchNorm: BatchNormMode?

  @Option(
    help: ArgumentHelp("How much of the target is spread over all classes.", valueName: "X"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp("End after so many epochs without a better one; 0: never.", valueName: "N"))
  var earlyStop: Int?

  @Option(
    help: ArgumentHelp(
      "How training varies its photos.", valueName: "none|light|standard|strong|alexnet"))
  var augment: Augmentation?

  /// The plan with what was set beside it.
  /// - Parameter pretrained: false for random weights, to which presets adapt; a plan of the user's own stays.
  /// - Throws: `UsageError` for a setting that this plan has no use for, `CommandFailure`, `PlanError`.
  func resolve(pretrained: Bool) throws -> FineTuningPlan {
    var plan = try base()
    if !pretrained, FineTuningPlan.named(self.plan) != nil { plan = plan.withoutPretrainedWeights }
    let learning = plan.phases.indices.filter { plan.phases[$0].method == .sgd }
    if learning.isEmpty, let option = givenOptions.first {
      throw UsageError(
        "\(option) has no effect with the plan '\(plan.name)': its head is solved, not trained in steps; "
          + "take another --plan or leave it out")
    }
    for index in learning { apply(to: &plan.phases[index]) }
    try plan.validate()
    return plan
  }

  private func base() throws -> FineTuningPlan {
    if let preset = FineTuningPlan.named(plan) { return preset }
    guard plan.hasSuffix(".json") else {
      let names = FineTuningPlan.presets.map(\.name).joined(separator: ", ")
      throw UsageError("there is no plan '\(plan)'; expected \(names), or a FILE.json")
    }
    guard FileManager.default.fileExists(atPath: plan) else {
      throw CommandFailure(.missingInput, "there is no plan '\(plan)'")
    }
    do {
      return try FineTuningPlan(contentsOf: URL(filePath: plan))
    } catch {
      throw CommandFailure(.badData, error.description)
    }
  }

  private func apply(to phase: inout Phase) {
    if let epochs { phase.epochs = epochs }
    if let learningRate { phase.learningRate = learningRate }
    if let stageDecay { phase.stageDecay = stageDecay }
    if let batchSize { phase.batchSize = batchSize }
    if let momentum { phase.optimizer.momentum = momentum }
    if let weightDecay { phase.weightDecay = weightDecay }
    if let clip { phase.clip = clip == 0 ? nil : clip }
    if let batchNorm { phase.batchNorm = batchNorm }
    if let labelSmoothing { phase.labelSmoothing = labelSmoothing }
    if let earlyStop { phase.earlyStop = earlyStop == 0 ? nil : earlyStop }
    if let augment { phase.augmentation = augment }
  }

  private var givenOptions: [String] {
    let all: [(String, Bool)] = [
      ("--epochs", epochs != nil), ("--learning-rate", learningRate != nil),
      ("--stage-decay", stageDecay != nil), ("--batch-size", batchSize != nil),
      ("--momentum", momentum != nil), ("--weight-decay", weightDecay != nil),
      ("--clip", clip != nil), ("--batch-norm", batchNorm != nil),
      ("--label-smoothing", labelSmoothing != nil), ("--early-stop", earlyStop != nil),
      ("--augment", augment != nil),
    ]
    return all.filter(\.1).map(\.0)
  }
}
