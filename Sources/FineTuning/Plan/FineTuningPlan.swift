import Foundation
import ImagePipeline
import NeuralNetworks

/// A training schedule as data: phases in order, each with what learns, how long and how fast.
///
/// The same value is printed before training, saved as `plan.json`, and read back.
public struct FineTuningPlan: Codable, Hashable, Sendable {
  public var name: String
  public var phases: [Phase]

  public init(name: String, phases: [Phase]) {
    self.name = name
    self.phases = phases
  }

  /// The head alone, solved to convergence on features of the frozen base.
  public static let head = FineTuningPlan(name: "head", phases: [solvedHead])

  /// The default: the head first, then the base's last stage with it (LP-FT, Kumar et al. 2022).
  public static let lastStage = FineTuningPlan(
    name: "last-stage", phases: [solvedHead, tuning("last stage", .lastStages(1))])

  /// The head first, then everything.
  public static let full = FineTuningPlan(
    name: "full", phases: [solvedHead, tuning("all stages", .all)])

  /// Everything from random weights, with batch statistics.
  public static let scratch = FineTuningPlan(name: "scratch", phases: [fromScratch])

  /// The presets by their names on the command line.
  public static let presets = [head, lastStage, full, scratch]

  /// The preset of this name.
  public static func named(_ name: String) -> FineTuningPlan? {
    presets.first { $0.name == name }
  }

  private static let solvedHead = Phase("head", .head, .solve)

  private static func tuning(_ name: String, _ scope: Phase.Scope) -> Phase {
    var phase = Phase(name, scope, .sgd)
    phase.epochs = 6
    phase.learningRate = 0.01
    phase.clip = 1
    phase.earlyStop = 3
    phase.augmentation = .light
    return phase
  }

  private static var fromScratch: Phase {
    var phase = Phase("all stages", .all, .sgd)
    phase.epochs = 60
    phase.learningRate = 0.05
    phase.stageDecay = 1
    phase.weightDecay = 1e-4
    phase.labelSmoothing = 0.1
    phase.batchNorm = .train
    phase.augmentation = .standard
    return phase
  }

  /// The plan as it suits a base with random weights: no head is solved on features that tell
  /// little, norms use the batch's statistics, and early stages learn as fast as late ones, for as
  /// long as the `scratch` plan.
  public var withoutPretrainedWeights: FineTuningPlan {
    var plan = withoutSolvedHead
    for index in plan.phases.indices where plan.phases[index].scope == .all {
      plan.phases[index].batchNorm = .train
      plan.phases[index].stageDecay = 1
      plan.phases[index].epochs = max(plan.phases[index].epochs, Self.fromScratch.epochs)
      plan.phases[index].learningRate = Self.fromScratch.learningRate
      plan.phases[index].weightDecay = Self.fromScratch.weightDecay
      plan.phases[index].earlyStop = nil
    }
    return plan
  }

  /// The plan without a head that is solved first, unless that is all there is to it: the head then
  /// starts from zero and learns with the rest.
  var withoutSolvedHead: FineTuningPlan {
    let learning = phases.filter { $0.method != .solve }
    return FineTuningPlan(name: name, phases: learning.isEmpty ? phases : learning)
  }
}

/// Why a plan cannot be carried out.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension FineTuningPlan {
  /// Checks every number against its range.
  /// - Throws: `PlanError` naming the phase, the setting, what it is and what is allowed.
  public func validate() throws(PlanError) {
    guard !phases.isEmpty else {
      throw PlanError("plan '\(name)' has no phases; it needs at least one")
    }
    for (index, phase) in phases.enumerated() {
      func require(_ holds: Bool, _ setting: String, _ found: Any, _ expected: String)
        throws(PlanError)
      {
        guard holds else {
          throw PlanError(
            "phase '\(phase.name)' of plan '\(name)': \(setting) is \(found), expected \(expected)")
        }
      }
      func require(_ holds: Bool, _ setting: String, _ found: Double, _ expected: String)
        throws(PlanError)
      {
        try require(holds && found.isFinite, setting, found as Any, expected)
      }
      if phase.method == .solve {
        try require(phase.scope == .head, "scope", phase.scope, "'head', for method 'solve'")
        try require(index == 0, "position", index + 1, "1, for a head is solved before it is tuned")
      }
      if case .lastStages(let count) = phase.scope {
        try require(count > 0, "the number of stages", count, "at least 1")
      }
      try require(1...100_000 ~= phase.epochs, "epochs", phase.epochs, "1 to 100000")
      try require(1...4096 ~= phase.batchSize, "batchSize", phase.batchSize, "1 to 4096")
      try require(phase.learningRate > 0, "learningRate", phase.learningRate, "more than 0")
      try require(phase.stageDecay >= 1, "stageDecay", phase.stageDecay, "at least 1")
      try require(0...1 ~= phase.warmUp, "warmUp", phase.warmUp, "0 to 1")
      try require(0..<1 ~= phase.momentum, "momentum", phase.momentum, "0 to below 1")
      try require(phase.weightDecay >= 0, "weightDecay", phase.weightDecay, "at least 0")
      try require(
        0..<1 ~= phase.labelSmoothing, "labelSmoothing", phase.labelSmoothing, "0 to below 1")
      do throws(AugmentationError) { try phase.augmentation.validate() } catch {
        throw PlanError("phase '\(phase.name)' of plan '\(name)': \(error)")
      }
      if let clip = phase.clip { try require(clip > 0, "clip", clip, "more than 0") }
      if let stop = phase.earlyStop { try require(stop > 0, "earlyStop", stop, "at least 1") }
    }
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

extension DecodingError {
  /// Where in the file, and what is wrong, in one line.
  var reason: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "" : " at \(path.joined(separator: "."))"
    }
    switch self {
    case .keyNotFound(let key, let context): return "no '\(key.stringValue)'\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      return "\(context.debugDescription)\(place(context))"
    @unknown default: return "\(self)"
    }
  }
}
