import TransferLearning

/// What is chosen of a training and decides its result: recorded with a run, and what `--resume` compares.
struct TrainingChoices: Codable {
  var job = Choices<FineTuningJob>()
  var plan = PlanChoices()

  var isEmpty: Bool { job.isEmpty && plan.isEmpty }

  /// These choices and others, which win; what weight files may lack adds up.
  func merging(_ others: TrainingChoices) -> TrainingChoices {
    var merged = TrainingChoices(
      job: job.merging(others.job), plan: plan.merging(others.plan))
    if let known = job.value(\.base.allowMissing), let more = others.job.value(\.base.allowMissing)
    {
      merged.job.choose(\.base.allowMissing, known + more.filter { !known.contains($0) })
    }
    return merged
  }

  /// - Throws: `UsageError`, `CommandFailure`, `PlanError`.
  func makeJob() throws -> FineTuningJob {
    var made = FineTuningJob(base: Base.Source(""), data: "")
    if plan.isFromScratch { made.base.weights = .none }
    job.apply(to: &made)
    made.plan = try plan.resolve(pretrained: made.base.weights != .none)
    if made.budget != nil { try plan.requireFreeLength(made) }
    made.adaptsBatches = plan.isPreset && plan.phases.value(\.batchSize) == nil
    return made
  }
}

/// What is chosen of a plan.
struct PlanChoices: Codable {
  /// A preset or a file; `nil` for the default.
  var plan: String?
  var headEpochs: Int?
  var folds: Int?
  var head = Choices<HeadLayers>()
  var phases = Choices<Phase>()

  var isEmpty: Bool {
    plan == nil && headEpochs == nil && folds == nil && head.isEmpty && phases.isEmpty
  }

  /// These choices and others, which win.
  func merging(_ others: PlanChoices) -> PlanChoices {
    PlanChoices(
      plan: others.plan ?? plan, headEpochs: others.headEpochs ?? headEpochs,
      folds: others.folds ?? folds,
      head: head.merging(others.head), phases: phases.merging(others.phases))
  }
}

extension FineTuningJob: Adjustable {
  /// What options set; of what they leave alone, the plan is made by `PlanChoices`.
  package static let settings: [Setting<FineTuningJob>] = [
    Setting("base", \.base.name),
    Setting("data", \.data),
    Setting("validation", \.validation),
    Setting("allowEmptyClasses", \.allowsEmptyClasses),
    Setting("strict", \.isStrict),
    Setting("seed", \.seed),
    Setting("budget", optional: \.budget),
    Setting("weights", \.base.weights),
    Setting("allowMissing", \.base.allowMissing),
    Setting("alpha", optional: \.base.alpha),
    Setting("imageSize", optional: \.base.imageSize),
    Setting("channels", optional: \.base.channels),
    Setting("preprocessing", optional: \.base.preprocessing),
    Setting("resize", optional: \.resize),
    Setting("maxPixels", \.maximumPixels),
    Setting("backend", \.backend),
    Setting("precision", \.precision),
  ]
}
