import Foundation
import TransferLearning

extension PlanOptions {
  /// Whether the plan is a preset, which adapts to weights and photos; a plan of the user's own stays.
  var isPreset: Bool { FineTuningPlan.named(plan) != nil }

  /// Whether the plan is the preset that takes no weights from anywhere.
  var isFromScratch: Bool { plan == FineTuningPlan.scratch.name }

  /// The plan with what was set beside it.
  /// - Parameter pretrained: false for random weights, to which presets adapt.
  /// - Throws: `UsageError` for a setting that this plan has no use for, `CommandFailure`, `PlanError`.
  func resolve(pretrained: Bool) throws -> FineTuningPlan {
    var plan = try base()
    try setHeadMethod(of: &plan, pretrained: pretrained)
    if !pretrained, isPreset { plan = plan.withoutPretrainedWeights }
    try setHeadLayers(of: &plan)
    try setHeadPhase(of: &plan)
    try refuseUseless(plan)
    for index in plan.phases.indices {
      if plan.phases[index].method == .solve {
        if let balance { plan.phases[index].balance = balance == .none ? .none : .weights }
      } else {
        apply(to: &plan.phases[index], isHeadFirst: index == 0 && isHeadFirst(plan))
      }
    }
    try plan.validate()
    return plan
  }

  /// Carries out what may find that the plan does not fit network or photos. The fault of a file is bad
  /// data, that of an option wrong usage.
  func attributing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as PlanError where !isPreset && batchSize == nil {
      throw CommandFailure(.badData, "'\(plan)': \(error.description)")
    }
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

  // MARK: the head

  /// Whether a head is trained in steps before anything else, on features that stay as they are.
  private func isHeadFirst(_ plan: FineTuningPlan) -> Bool {
    plan.phases.count > 1 && plan.headMethod == .sgd
  }

  private func setHeadMethod(of plan: inout FineTuningPlan, pretrained: Bool) throws {
    guard let head else { return }
    guard plan.headMethod != nil else {
      throw UsageError(
        "--head has no effect with the plan '\(plan.name)', which does not begin with the head alone"
      )
    }
    if head == .solve, headHidden != nil || plan.headLayers != nil {
      throw UsageError(
        "--head solve finds a single layer, and no head with a hidden one; leave out "
          + (headHidden == nil ? "--head solve" : "--head solve or --head-hidden"))
    }
    if head == .solve, !pretrained, plan.phases.count > 1 {
      throw UsageError("--head solve has no effect with random weights, whose features say little")
    }
    plan.setHeadMethod(head)
  }

  private func setHeadLayers(of plan: inout FineTuningPlan) throws {
    if let headHidden {
      plan = plan.withHead(
        HeadLayers(hidden: headHidden, dropout: plan.headLayers?.dropout ?? 0))
    }
    guard let headDropout else { return }
    guard plan.headLayers != nil else {
      throw UsageError("--head-dropout has no effect without --head-hidden")
    }
    plan.headLayers?.dropout = headDropout
  }

  private func setHeadPhase(of plan: inout FineTuningPlan) throws {
    if let headEpochs {
      guard plan.headMethod == .sgd else {
        throw UsageError(
          "--head-epochs has no effect unless the head is trained with --head sgd or --head-hidden")
      }
      if epochs != nil, plan.phases.count == 1 {
        throw UsageError("--epochs and --head-epochs set the same with the plan '\(plan.name)'")
      }
      plan.phases[0].epochs = headEpochs
    }
    if let headViews {
      guard plan.headMethod == .solve else {
        throw UsageError("--head-views has no effect unless the head is solved")
      }
      plan.phases[0].views = headViews
      if headViews > 0 { plan.phases[0].augmentation = varied(.light) }
    }
  }

  // MARK: settings

  private func apply(to phase: inout Phase, isHeadFirst: Bool) {
    if let optimizer, optimizer.name != phase.optimizer.name {
      if learningRate == nil {
        phase.learningRate *=
          optimizer.customaryRateFactor / phase.optimizer.customaryRateFactor
      }
      phase.optimizer = optimizer
    }
    if let learningRate { phase.learningRate = learningRate }
    if let schedule { phase.schedule = schedule }
    if let warmUp { phase.warmUp = warmUp }
    if let stageDecay { phase.stageDecay = stageDecay }
    if let batchSize { phase.batchSize = batchSize }
    if let accumulate { phase.accumulation = accumulate }
    if let momentum { phase.optimizer.momentum = momentum }
    if let weightDecay { phase.weightDecay = weightDecay }
    if let clip { phase.clip = clip == 0 ? nil : clip }
    if let batchNorm { phase.batchNorm = batchNorm }
    if let labelSmoothing { phase.labelSmoothing = labelSmoothing }
    if let ema { phase.ema = ema == 0 ? nil : ema }
    if let earlyStop { phase.earlyStop = earlyStop == 0 ? nil : earlyStop }
    if let balance { phase.balance = balance }
    guard !isHeadFirst else { return }
    if let epochs { phase.epochs = epochs }
    phase.augmentation = varied(phase.augmentation)
  }

  /// An augmentation with what was set of it.
  private func varied(_ augmentation: Augmentation) -> Augmentation {
    var recipe = augment ?? augmentation
    if let pcaJitter {
      recipe.pcaJitter = pcaJitter == 0 ? nil : Augmentation.PCAJitter(sigma: pcaJitter)
    }
    if let mixup { recipe.mixup = mixup }
    if let cutmix { recipe.cutmix = cutmix }
    return recipe
  }

  // MARK: what has no effect

  private func refuseUseless(_ plan: FineTuningPlan) throws {
    let learning = plan.phases.filter { $0.method == .sgd }
    if learning.isEmpty {
      try refuse(
        stepOptions + stageOptions,
        "with the plan '\(plan.name)': its head is solved, not trained in"
          + " steps; take another --plan or --head sgd, or leave it out")
      if (headViews ?? 0) == 0 {
        try refuse(
          viewOptions,
          "with the plan '\(plan.name)': its head is solved on the photos as they are; take"
            + " another --plan or --head-views, or leave it out")
      }
      try refuse(mixingOptions, "on a head that is solved")
      if balance == .sampler {
        throw UsageError("a head that is solved draws no photos; take --balance weights")
      }
    } else if learning.allSatisfy({ $0.scope == .head }) {
      try refuse(stageOptions, "with the plan '\(plan.name)', which trains the head alone")
    }
    if momentum != nil, learning.contains(where: { (optimizer ?? $0.optimizer).momentum == nil }) {
      throw UsageError("--momentum has no effect on adamw, whose means have decays of their own")
    }
  }

  private func refuse(_ options: [(String, Bool)], _ reason: String) throws {
    guard let option = options.first(where: \.1)?.0 else { return }
    throw UsageError("\(option) has no effect \(reason)")
  }

  private var stepOptions: [(String, Bool)] {
    [
      ("--epochs", epochs != nil), ("--learning-rate", learningRate != nil),
      ("--schedule", schedule != nil), ("--warm-up", warmUp != nil),
      ("--batch-size", batchSize != nil), ("--accumulate", accumulate != nil),
      ("--optimizer", optimizer != nil), ("--momentum", momentum != nil),
      ("--weight-decay", weightDecay != nil), ("--clip", clip != nil),
      ("--label-smoothing", labelSmoothing != nil), ("--ema", ema != nil),
      ("--early-stop", earlyStop != nil),
    ]
  }

  private var stageOptions: [(String, Bool)] {
    [("--stage-decay", stageDecay != nil), ("--batch-norm", batchNorm != nil)]
  }

  private var viewOptions: [(String, Bool)] {
    [("--augment", augment != nil), ("--pca-jitter", pcaJitter != nil)]
  }

  private var mixingOptions: [(String, Bool)] {
    [("--mixup", mixup != nil), ("--cutmix", cutmix != nil)]
  }
}
