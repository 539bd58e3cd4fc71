import Foundation
import ImagePipeline
import NeuralNetworks

/// A training schedule as data: phases in order, each with what learns, how long and how fast.
///
/// The same value is printed before training, saved as `plan.json`, and read back.
public struct FineTuningPlan: Codable, Hashable, Sendable {
  /// The name of the preset, or of the plan's author's choice; runs and reports say it.
  public var name: String
  /// What is trained, phase after phase; each begins with the best weights so far.
  public var phases: [Phase]
  /// What the head has beside its layer of logits; `nil` for nothing.
  public var headLayers: HeadLayers?
  /// How many times everything is repeated, each time without another part of the photos, which then
  /// judges; at last what is best is done with all photos. `nil`: once, judged by the photos to validate
  /// on.
  public var folds: Int?
  /// Height and width of the base's input in pixels, where they are not the base's own.
  public var imageSize: Int?

  /// A plan of one's own; `validate` checks its settings.
  public init(
    name: String, phases: [Phase], headLayers: HeadLayers? = nil, folds: Int? = nil
  ) {
    self.name = name
    self.phases = phases
    self.headLayers = headLayers
    self.folds = folds
  }

  /// The head alone, solved to convergence on features of the frozen base.
  public static let head = FineTuningPlan(name: "head", phases: [solvedHead])

  /// The head first, then the base's last stage with it (LP-FT, Kumar et al. 2022).
  public static let lastStage = FineTuningPlan(
    name: "last-stage", phases: [solvedHead, tuning("last stage", .lastStages(1))])

  /// The head first, then one stage of the base more in each phase, at last everything (Howard and
  /// Ruder 2018).
  public static let gradual = FineTuningPlan(
    name: "gradual", phases: [solvedHead, unfreezing])

  /// The head first, then everything.
  public static let full = FineTuningPlan(
    name: "full", phases: [solvedHead, tuning("all stages", .all)])

  /// The head first, then everything at a rate that changes what the base sees, kept at its end where
  /// photos that it has not seen show it to be better than the head in spite of noise; at last the better of
  /// the two once more, on all photos.
  public static let adapted: FineTuningPlan = {
    var tuning = Phase("all stages", .all, .sgd)
    tuning.epochs = 20
    tuning.minimumSteps = 240
    tuning.optimizer = .adamW()
    tuning.learningRate = 0.0008
    tuning.rateWidth = 1000
    tuning.stageDecay = 1.3
    tuning.clip = 1
    tuning.ema = 0.98
    tuning.augmentation = .light
    tuning.keep = .end
    var finish = tuning
    finish.name = "all photos"
    finish.photos = .all
    return FineTuningPlan(name: "adapt", phases: [solvedHead, tuning, finish])
  }()

  /// Everything from random weights, with batch statistics.
  public static let scratch = FineTuningPlan(name: "scratch", phases: [fromScratch])

  /// What is carried out unless another is named.
  public static let `default` = adapted

  /// The presets, as the command line names them.
  public static let presets = [head, lastStage, gradual, full, adapted, scratch]

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

  private static var unfreezing: Phase {
    var phase = tuning("unfreezing", .gradual)
    phase.epochs = 3
    phase.earlyStop = nil
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
    plan.phases.removeAll { $0.photos == .all }
    for index in plan.phases.indices
    where plan.phases[index].scope == .all || plan.phases[index].scope == .gradual {
      guard plan.phases[index].minimumSteps == nil else {
        plan.phases[index] = Self.fromScratch
        continue
      }
      // Without weights worth keeping there is nothing to unfreeze step by step.
      plan.phases[index].scope = .all
      plan.phases[index].batchNorm = .train
      plan.phases[index].stageDecay = 1
      plan.phases[index].epochs = max(plan.phases[index].epochs, Self.fromScratch.epochs)
      plan.phases[index].learningRate = Self.fromScratch.learningRate
      plan.phases[index].weightDecay = Self.fromScratch.weightDecay
      plan.phases[index].earlyStop = nil
      plan.phases[index].keep = .best
    }
    return plan
  }

  /// The plan for a particular network: phases of scope `gradual` become one for each stage of the
  /// base. Only such a plan is carried out, printed and saved.
  /// - Parameter network: the base, with or without its head.
  /// - Throws: `PlanError` when the network has no stages to unfreeze one by one.
  public func expanded(for network: Network) throws(PlanError) -> FineTuningPlan {
    var plan = self
    plan.phases = []
    for phase in phases.map({ $0.suitingRate(to: network) }) {
      guard phase.scope == .gradual else {
        plan.phases.append(phase)
        continue
      }
      let count = network.stages.count { $0.name != Network.headStage }
      guard count > 0 else {
        throw PlanError(
          "phase '\(phase.name)' of plan '\(name)' unfreezes stage by stage, but this network has no"
            + " stages; take the scope 'all'")
      }
      for number in 1...count {
        var next = phase
        next.name = "\(phase.name) \(number) of \(count)"
        next.scope = number == count ? .all : .lastStages(number)
        plan.phases.append(next)
      }
    }
    return plan
  }

  /// How the plan's first phase finds the head, when it trains nothing else.
  public var headMethod: Phase.Method? {
    phases.first.flatMap { $0.scope == .head ? $0.method : nil }
  }

  /// Sets how the first phase finds the head; nothing happens in a plan that does not begin with it.
  ///
  /// A head that is trained in steps reads features that are computed once, as a solved one does.
  public mutating func setHeadMethod(_ method: Phase.Method) {
    guard let present = headMethod, present != method else { return }
    var phase = Phase(phases[0].name, .head, method)
    phase.balance = phases[0].balance
    if method == .sgd {
      phase.epochs = 30
      phase.optimizer = .adamW()
      phase.learningRate = 0.003
    } else if phase.balance == .sampler {
      phase.balance = .weights
    }
    phases[0] = phase
  }

  /// The plan with a hidden layer in the head. No such head can be solved, so one that was is trained in
  /// steps instead (`setHeadMethod`).
  public func withHead(_ layers: HeadLayers) -> FineTuningPlan {
    var plan = self
    plan.headLayers = layers
    plan.setHeadMethod(.sgd)
    return plan
  }

  /// The plan without a head that is solved first, unless that is all there is to it: the head then
  /// starts from zero and learns with the rest.
  var withoutSolvedHead: FineTuningPlan {
    let learning = phases.filter { $0.method != .solve }
    var plan = self
    if !learning.isEmpty { plan.phases = learning }
    return plan
  }
}

extension FineTuningPlan: Adjustable {
  package static let settings: [Setting<FineTuningPlan>] = [
    Setting("name", \.name, presence: .required),
    Setting("phases", \.phases, presence: .required),
    Setting("head", optional: \.headLayers),
    Setting("folds", optional: \.folds, .within(2...100)),
    Setting("imageSize", optional: \.imageSize, .within(8...4096)),
  ]

  /// Refuses keys that are no settings.
  public init(from decoder: any Decoder) throws {
    self.init(name: "", phases: [])
    try read(from: decoder)
  }

  /// Writes name, phases, and the head's layers if there are any.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Phase {
  /// The phase with the rate that its `rateWidth` makes of a network's kernels.
  fileprivate func suitingRate(to network: Network) -> Phase {
    guard let rateWidth else { return self }
    var phase = self
    phase.rateWidth = nil
    let widest = network.parameters.filter { $0.name.hasSuffix("/kernel") && $0.shape.rank > 2 }
      .map { $0.shape.dimensions.dropLast().reduce(1, *) }.max()
    if let widest, widest > rateWidth {
      phase.learningRate *= (Double(rateWidth) / Double(widest)).squareRoot()
    }
    return phase
  }
}
