import Files
import Foundation
import ImagePipeline

/// Why a plan cannot be carried out.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension FineTuningPlan {
  /// Refuses keys that are no settings.
  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(otherThan: CodingKeys.allCases.map(\.stringValue))
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      phases: try values.decode([Phase].self, forKey: .phases),
      headLayers: try values.decodeIfPresent(HeadLayers.self, forKey: .headLayers))
  }

  /// Checks every number against its range.
  /// - Throws: `PlanError` naming the phase or the head, the setting, what it is and what is allowed.
  public func validate() throws(PlanError) {
    guard !phases.isEmpty else {
      throw PlanError("plan '\(name)' has no phases; it needs at least one")
    }
    if let headLayers { try check(headLayers) }
    for (index, phase) in phases.enumerated() {
      let check = PhaseCheck(plan: name, phase: phase)
      try check.run()
      try check.require(
        index == 0 || phase.method != .solve, "position", index + 1,
        "1, for a head is solved before it is tuned")
    }
  }

  private func check(_ head: HeadLayers) throws(PlanError) {
    func require(_ holds: Bool, _ setting: String, _ found: Any, _ expected: String)
      throws(PlanError)
    {
      guard holds else {
        throw PlanError("the head of plan '\(name)': \(setting) is \(found), expected \(expected)")
      }
    }
    try require(1...65_536 ~= head.hidden, "hidden", head.hidden, "1 to 65536")
    // The layer computes in Float, to which the last numbers below 1 are 1.
    try require(
      head.dropout >= 0 && Float(head.dropout) < 1, "dropout", head.dropout, "0 to below 1")
    for phase in phases where phase.method == .solve {
      throw PlanError(
        "phase '\(phase.name)' of plan '\(name)': method is 'solve', expected 'sgd' for a head with a"
          + " hidden layer")
    }
  }

  /// Checks the batches against the photos there are.
  /// - Parameter photos: how many there are to train on.
  /// - Throws: `PlanError` naming the first phase whose batch is larger.
  public func requireBatches(of photos: Int) throws(PlanError) {
    for phase in phases where phase.method == .sgd && phase.batchSize > photos {
      throw PlanError(
        "phase '\(phase.name)' of plan '\(name)': batchSize is \(phase.batchSize), but there are"
          + " \(photos) photos to train on; take a smaller batch")
    }
  }

  /// The plan with no batch larger than the photos there are, for presets that must suit any folder.
  public func limitingBatches(to photos: Int) -> FineTuningPlan {
    var plan = self
    for index in plan.phases.indices {
      plan.phases[index].batchSize = max(1, min(plan.phases[index].batchSize, photos))
    }
    return plan
  }

  /// Reads a plan that somebody wrote or a run saved.
  /// - Throws: `PlanError` naming the file and what is wrong with it.
  public init(contentsOf file: URL) throws(PlanError) {
    do {
      self = try JSONDecoder().decode(FineTuningPlan.self, from: Data(contentsOf: file))
    } catch let error as DecodingError {
      throw PlanError("'\(file.relativePath)' is not a training plan: \(error.reason)")
    } catch {
      throw PlanError(
        "the plan '\(file.relativePath)' cannot be read: \(error.localizedDescription)")
    }
    try validate()
  }
}

/// The checks of one phase.
private struct PhaseCheck {
  let plan: String
  let phase: Phase

  func require(_ holds: Bool, _ setting: String, _ found: Any, _ expected: String)
    throws(PlanError)
  {
    guard holds else {
      throw PlanError(
        "phase '\(phase.name)' of plan '\(plan)': \(setting) is \(found), expected \(expected)")
    }
  }

  private func require(_ holds: Bool, _ setting: String, _ found: Double, _ expected: String)
    throws(PlanError)
  {
    try require(holds && found.isFinite, setting, found as Any, expected)
  }

  func run() throws(PlanError) {
    if phase.method == .solve {
      try require(phase.scope == .head, "scope", phase.scope, "'head', for method 'solve'")
      try require(
        phase.views == 0 || phase.augmentation.varies, "views", phase.views,
        "0 unless the augmentation makes views differ")
      try require(
        !phase.augmentation.mixes || phase.views == 0, "augmentation", "mixed",
        "one without mixup and cutmix, for method 'solve'")
      try require(
        phase.balance != .sampler, "balance", phase.balance.rawValue,
        "'none' or 'weights', for method 'solve'")
    } else {
      try require(phase.views == 0, "views", phase.views, "0, for method 'sgd'")
    }
    if case .lastStages(let count) = phase.scope {
      try require(count > 0, "the number of stages", count, "at least 1")
    }
    try require(1...100_000 ~= phase.epochs, "epochs", phase.epochs, "1 to 100000")
    try require(1...4096 ~= phase.batchSize, "batchSize", phase.batchSize, "1 to 4096")
    try require(1...4096 ~= phase.accumulation, "accumulation", phase.accumulation, "1 to 4096")
    try require(0...64 ~= phase.views, "views", phase.views, "0 to 64")
    try require(phase.learningRate > 0, "learningRate", phase.learningRate, "more than 0")
    try require(phase.stageDecay >= 1, "stageDecay", phase.stageDecay, "at least 1")
    try require(0...1 ~= phase.warmUp, "warmUp", phase.warmUp, "0 to 1")
    try require(phase.weightDecay >= 0, "weightDecay", phase.weightDecay, "at least 0")
    try require(
      0..<1 ~= phase.labelSmoothing, "labelSmoothing", phase.labelSmoothing, "0 to below 1")
    do throws(AugmentationError) { try phase.augmentation.validate() } catch {
      throw PlanError("phase '\(phase.name)' of plan '\(plan)': \(error)")
    }
    if let clip = phase.clip { try require(clip > 0, "clip", clip, "more than 0") }
    if let stop = phase.earlyStop { try require(stop > 0, "earlyStop", stop, "at least 1") }
    if let ema = phase.ema { try require(0..<1 ~= ema, "ema", ema, "0 to below 1") }
    if case .step(let every, let factor) = phase.schedule {
      try require(every > 0, "schedule.every", every, "at least 1")
      try require(factor > 0 && factor <= 1, "schedule.factor", factor, "more than 0, at most 1")
    }
    switch phase.optimizer {
    case .sgd(let momentum, _):
      try require(0..<1 ~= momentum, "momentum", momentum, "0 to below 1")
    case .adamW(let beta1, let beta2, let epsilon):
      try require(0..<1 ~= beta1, "optimizer.beta1", beta1, "0 to below 1")
      try require(0..<1 ~= beta2, "optimizer.beta2", beta2, "0 to below 1")
      try require(epsilon > 0, "optimizer.epsilon", epsilon, "more than 0")
    case .lars(let momentum, let trust):
      try require(0..<1 ~= momentum, "momentum", momentum, "0 to below 1")
      try require(trust > 0, "optimizer.trust", trust, "more than 0")
    }
  }
}
