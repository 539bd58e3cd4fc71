import Files
import Foundation
import ImagePipeline

/// Why a plan cannot be carried out.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, with the phase, the setting and what was expected.
  public let description: String
  /// The key of the setting that is out of its range, where it is that.
  public let setting: String?

  package init(_ description: String, setting: String? = nil) {
    self.description = description
    self.setting = setting
  }
}

extension FineTuningPlan {
  /// Checks that the plan fits what labels of the photos say.
  /// - Throws: `PlanError` for balanced classes where a photo may have several.
  package func validate(for labelling: Labelling) throws(PlanError) {
    guard labelling.isMultiLabel, let phase = phases.first(where: { $0.balance != .none }) else {
      return
    }
    throw PlanError(
      "phase '\(phase.name)' of plan '\(name)': balance is \(phase.balance.rawValue), expected none:"
        + " where photos have several classes each, no weight of a photo balances them; thresholds do,"
        + " which are chosen for each class",
      setting: "balance")
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
        index == 0 || phase.method != .solve || phase.photos != .training, "position", index + 1,
        "1, for a head is solved before it is tuned")
      try check.require(
        phase.photos.isJudged || index > 0 && index == phases.count - 1, "photos", phase.photos,
        "'training', except in the last of several phases")
    }
    try checkRepetition()
  }

  /// What is repeated, on folds or on all photos, is a head and at most one phase behind it.
  private func checkRepetition() throws(PlanError) {
    if let folds, !(2...100).contains(folds) {
      throw PlanError("plan '\(name)': folds is \(folds), expected 2 to 100", setting: "folds")
    }
    guard folds != nil || phases.contains(where: { $0.photos != .training }) else { return }
    let stages = phases.filter { $0.photos.isJudged && $0.scope != .head }
    for phase in stages {
      try PhaseCheck(plan: name, phase: phase).require(
        phase.keep == .end, "keep", phase.keep.rawValue,
        "'end' in a plan that is repeated on folds or on all photos")
    }
    let kept = Set(
      stages.map { phase in
        var phase = phase
        (phase.name, phase.photos) = ("", .training)
        return phase
      })
    let heads = phases.filter { $0.scope == .head && $0.photos.isJudged }
    guard kept.count <= 1, !kept.contains(where: { $0.scope == .gradual }),
      heads.allSatisfy({ $0.method == .solve || folds == nil && $0.photos == .training })
    else {
      throw PlanError(
        "plan '\(name)' is repeated on folds or on all photos, so it needs a head that is solved and at"
          + " most one phase behind it, as the plans head, full and adapt have")
    }
  }

  private func check(_ head: HeadLayers) throws(PlanError) {
    if let (key, fault) = head.faults.first {
      throw PlanError("the head of plan '\(name)': \(fault)", setting: key)
    }
    for phase in phases where phase.method == .solve {
      throw PlanError(
        "phase '\(phase.name)' of plan '\(name)': method is 'solve', expected 'sgd' for a head with a"
          + " hidden layer")
    }
  }

  /// Checks the batches against the photos there are.
  /// - Parameter photos: how many there are to train on.
  /// - Throws: `PlanError` naming the first phase whose batch is larger.
  package func requireBatches(of photos: Int) throws(PlanError) {
    for phase in phases where phase.method == .sgd && phase.batchSize > photos {
      throw PlanError(
        "phase '\(phase.name)' of plan '\(name)': batchSize is \(phase.batchSize), but there are"
          + " \(photos.counted("photo")) to train on; take a smaller batch", setting: "batchSize")
    }
  }

  /// The plan with no batch larger than the photos there are, for presets that must suit any folder.
  package func limitingBatches(to photos: Int) -> FineTuningPlan {
    var plan = self
    for index in plan.phases.indices {
      plan.phases[index].batchSize = max(1, min(plan.phases[index].batchSize, photos))
    }
    return plan
  }

  /// The plan as it suits photos: with as many epochs as its phases' `minimumSteps` ask for, its `folds`
  /// written out, and without a phase of `Material.all` where photos to validate on were given or are
  /// none.
  public func suited(to photos: Photos) -> FineTuningPlan {
    var plan = reachingSteps(with: photos.training.count)
      .limitingBatches(to: photos.training.count)
    if plan.folds != nil {
      plan = plan.repeated(onFoldsOf: photos)
      if plan.isOnFolds { return plan }
    }
    if photos.division == .given || photos.validation.isEmpty, plan.phases.count > 1 {
      plan.phases.removeAll { $0.photos == .all }
    }
    return plan
  }

  /// The plan with as many epochs as its phases' `minimumSteps` ask for with so many photos to train on.
  package func reachingSteps(with photos: Int) -> FineTuningPlan {
    var plan = self
    for index in plan.phases.indices {
      guard let minimum = plan.phases[index].minimumSteps else { continue }
      let phase = plan.phases[index]
      let photosPerStep = max(1, min(phase.batchSize, photos)) * phase.accumulation
      let stepsPerEpoch = max(1, (photos + photosPerStep - 1) / photosPerStep)
      plan.phases[index].epochs = max(phase.epochs, (minimum + stepsPerEpoch - 1) / stepsPerEpoch)
      plan.phases[index].minimumSteps = nil
    }
    return plan
  }

  /// Reads a plan that somebody wrote or a run saved.
  /// - Throws: `PlanError` naming the file and what is wrong with it.
  public init(contentsOf file: URL) throws(PlanError) {
    let data: Data
    do {
      data = try InputFile.read(file)
      self = try JSONDecoder().decode(FineTuningPlan.self, from: data)
    } catch let error as DecodingError {
      throw PlanError("'\(file.relativePath)' is not a training plan: \(error.reason)")
    } catch let error as FormatError {
      throw PlanError("the plan '\(file.relativePath)' \(error.message)")
    } catch {
      throw PlanError(
        "the plan '\(file.relativePath)' cannot be read: \(error.localizedDescription)")
    }
    try Self.requireEachKeyOnce(data, file)
    try validate()
  }

  /// Of a key that is there twice, the decoder takes one without a word.
  private static func requireEachKeyOnce(_ data: Data, _ file: URL) throws(PlanError) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    // Of other encodings the decoder makes text itself.
    guard !data.contains(0) else { return }
    do throws(FormatError) {
      _ = try JSONParser.parse(data.starts(with: mark) ? data.dropFirst(mark.count) : data)
    } catch {
      throw PlanError("the plan '\(file.relativePath)' has bad JSON: \(error.message)")
    }
  }
}

/// The checks of one phase.
private struct PhaseCheck {
  let plan: String
  let phase: Phase

  func require(_ holds: Bool, _ place: String, _ found: Any, _ expected: String)
    throws(PlanError)
  {
    guard !holds else { return }
    let setting = Phase.settings.first { $0.key == place }
    throw error(SettingFault(place, found: "\(found)", expected: expected), setting?.key)
  }

  private func error(_ fault: SettingFault, _ setting: String?) -> PlanError {
    PlanError("phase '\(phase.name)' of plan '\(plan)': \(fault)", setting: setting)
  }

  func run() throws(PlanError) {
    if phase.method == .solve {
      try require(phase.scope == .head, "scope", phase.scope, "'head', for method 'solve'")
      try require(
        !phase.augmentation.mixes || phase.views == 0, "augmentation", "mixed",
        "one without mixup and cutmix, for method 'solve'")
      try require(
        phase.balance != .sampler, "balance", phase.balance.rawValue,
        "'none' or 'weights', for method 'solve'")
    } else {
      try require(
        phase.views == 0 || phase.augmentation.mixes == false, "augmentation", "mixed",
        "one without mixup and cutmix, for views that are kept")
    }
    try require(
      phase.views == 0 || phase.augmentation.varies, "views", phase.views,
      "0 unless the augmentation makes views differ")
    if case .lastStages(let count) = phase.scope {
      try require(count > 0, "the number of stages", count, "at least 1")
    }
    if let (setting, fault) = phase.faults.first { throw error(fault, setting) }
  }
}
