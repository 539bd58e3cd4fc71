import Foundation
import TransferLearning

extension PlanChoices {
  /// The plan's name or file.
  private var named: String { plan ?? FineTuningPlan.default.name }

  /// Whether the plan is a preset, which adapts to weights and photos; a plan of the user's own stays.
  var isPreset: Bool { FineTuningPlan.named(named) != nil }

  /// Whether the plan is the preset that takes no weights from anywhere.
  var isFromScratch: Bool { named == FineTuningPlan.scratch.name }

  /// The plan with what was set beside it.
  /// - Parameter pretrained: false for random weights, to which presets adapt.
  /// - Throws: `UsageError` for a setting that this plan has no use for, `CommandFailure`, `PlanError`.
  func resolve(pretrained: Bool) throws -> FineTuningPlan {
    var plan = try base()
    try setHeadMethod(of: &plan, pretrained: pretrained)
    if !pretrained, isPreset { plan = plan.withoutPretrainedWeights }
    try setHeadLayers(of: &plan)
    try setHeadPhase(of: &plan)
    try setFolds(of: &plan, pretrained: pretrained)
    try refuseUseless(plan)
    for index in plan.phases.indices {
      if plan.phases[index].method == .solve {
        if let balance = phases.value(\.balance) {
          plan.phases[index].balance = balance == .none ? .none : .weights
        }
      } else {
        // A head before the rest is trained on features that stay as they are, for as long as it says.
        let isHeadFirst = index == 0 && plan.phases.count > 1 && plan.headMethod == .sgd
        let unused: Set<Phase.Use> = isHeadFirst ? [.head, .epochs, .views, .mixing] : [.head]
        phases.apply(to: &plan.phases[index], except: unused)
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
    } catch let error as PlanError
      where !isPreset && !(error.setting.map { phases.contains($0) } ?? false)
    {
      throw CommandFailure(.badData, "'\(named)': \(error.description)")
    }
  }

  private func base() throws -> FineTuningPlan {
    if let preset = FineTuningPlan.named(named) { return preset }
    guard named.hasSuffix(".json") else {
      let names = FineTuningPlan.presets.map(\.name).joined(separator: ", ")
      throw UsageError("there is no plan '\(named)'; expected \(names), or a FILE.json")
    }
    guard FileManager.default.fileExists(atPath: named) else {
      throw CommandFailure(.missingInput, "there is no plan '\(named)'")
    }
    do {
      return try FineTuningPlan(contentsOf: URL(filePath: named))
    } catch {
      throw CommandFailure(.badData, error.description)
    }
  }

  /// What is repeated runs to its end each time, for no fold may choose its own epoch.
  private func setFolds(of plan: inout FineTuningPlan, pretrained: Bool) throws {
    guard let folds else { return }
    guard pretrained else {
      throw UsageError("--folds has no use with random weights, whose head is not solved")
    }
    plan.folds = folds
    for index in plan.phases.indices where plan.phases[index].scope != .head {
      plan.phases[index].keep = .end
      plan.phases[index].earlyStop = nil
    }
  }

  // MARK: the head

  private func setHeadMethod(of plan: inout FineTuningPlan, pretrained: Bool) throws {
    guard let method = phases.value(\.method) else { return }
    guard plan.headMethod != nil else {
      throw UsageError(
        "--head has no effect with the plan '\(plan.name)', which does not begin with the head alone"
      )
    }
    let isLayered = head.contains("hidden")
    if method == .solve, isLayered || plan.headLayers != nil {
      throw UsageError(
        "--head solve finds a single layer, and no head with a hidden one; leave out "
          + (isLayered ? "--head solve or --head-hidden" : "--head solve"))
    }
    if method == .solve, !pretrained, plan.phases.count > 1 {
      throw UsageError("--head solve has no effect with random weights, whose features say little")
    }
    plan.setHeadMethod(method)
  }

  private func setHeadLayers(of plan: inout FineTuningPlan) throws {
    if let hidden = head.value(\.hidden) {
      plan = plan.withHead(HeadLayers(hidden: hidden, dropout: plan.headLayers?.dropout ?? 0))
    }
    guard let dropout = head.value(\.dropout) else { return }
    guard plan.headLayers != nil else {
      throw UsageError("--head-dropout has no effect without --head-hidden")
    }
    plan.headLayers?.dropout = dropout
  }

  private func setHeadPhase(of plan: inout FineTuningPlan) throws {
    if let headEpochs {
      guard plan.headMethod == .sgd else {
        throw UsageError(
          "--head-epochs has no effect unless the head is trained with --head sgd or --head-hidden")
      }
      if phases.value(\.epochs) != nil, plan.phases.count == 1 {
        throw UsageError("--epochs and --head-epochs set the same with the plan '\(plan.name)'")
      }
      plan.phases[0].epochs = headEpochs
    }
    if let views = phases.value(\.views) {
      guard plan.headMethod == .solve else {
        throw UsageError("--head-views has no effect unless the head is solved")
      }
      plan.phases[0].views = views
      if views > 0 {
        plan.phases[0].augmentation = .light
        phases.apply(
          to: &plan.phases[0],
          except: Set(Phase.Use.allCases).subtracting([.views, .mixing]))
      }
    }
  }

  // MARK: what has no effect

  /// - Throws: `UsageError` where the plan cannot be made to fit a budget.
  func requireFreeLength(_ job: FineTuningJob) throws {
    if phases.value(\.epochs) != nil {
      throw UsageError("--budget and --epochs exclude each other: the time decides the epochs")
    }
    guard job.plan.hasFreeLength || job.base.weights == .none && isPreset else {
      throw UsageError(
        "--budget has no effect with the plan '\(named)', whose length is fixed; leave --plan out, or"
          + " take --plan adapt")
    }
  }

  private func refuseUseless(_ plan: FineTuningPlan) throws {
    let learning = plan.phases.filter { $0.method == .sgd }
    if learning.isEmpty {
      try refuse(
        [.steps, .epochs, .stages],
        "with the plan '\(plan.name)': its head is solved, not trained in"
          + " steps; take another --plan or --head sgd, or leave it out")
      if (phases.value(\.views) ?? 0) == 0 {
        try refuse(
          [.views],
          "with the plan '\(plan.name)': its head is solved on the photos as they are; take"
            + " another --plan or --head-views, or leave it out")
      }
      try refuse([.mixing], "on a head that is solved")
      if phases.value(\.balance) == .sampler {
        throw UsageError("a head that is solved draws no photos; take --balance weights")
      }
    } else if learning.allSatisfy({ $0.scope == .head }) {
      try refuse([.stages], "with the plan '\(plan.name)', which trains the head alone")
    }
    let rule = phases.value(\.optimizer)
    if phases.value(\.optimizer.momentum) != nil,
      learning.contains(where: { (rule ?? $0.optimizer).momentum == nil })
    {
      throw UsageError("--momentum has no effect on adamw, whose means have decays of their own")
    }
  }

  private func refuse(_ uses: Set<Phase.Use>, _ reason: String) throws {
    for setting in Phase.settings where phases.contains(setting.key) {
      guard let use = setting.option?.use, uses.contains(use) else { continue }
      throw UsageError("\(setting.flag) has no effect \(reason)")
    }
  }
}
