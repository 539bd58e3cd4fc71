import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A plan of free length, made as deep and as long as a time allows.
///
/// What it tries, in this order, until something fits: the plan as it is; once instead of on folds; a
/// smaller input where photos are smaller than the network's; fewer epochs; fewer and fewer of the last
/// stages, on new views of the photos or on a few that are computed once as far as the frozen part goes;
/// the head alone; an input that is smaller than the photos. A phase that could only run for a small part
/// of its epochs changes the base without finding its way back, so shallower comes before shorter.
package struct TimePlan: Sendable {
  /// What is carried out.
  package let plan: FineTuningPlan
  /// What was left out for the time, and what the whole would take; `nil` where nothing was.
  package let note: Sentence?
  /// The seconds that are expected, with the report.
  package let seconds: Double

  /// The time a training has unless the user says another: what it would take on two cores
  /// (`NominalCosts`), so that the plan does not depend on the machine.
  package static let customarySeconds = 300.0
  /// Of a given time this much is planned with: a measured step is not the mean of all steps.
  static let caution = 0.9
  /// What is reckoned to take longer than this many times the limit is not worth being measured.
  static let tolerance = 1.3
  /// What is not a step: starting, writing weights and the report.
  static let overhead = 1.5
  /// An epoch's checkpoint is written at about this rate, with its digest.
  static let bytesPerSecond = 400e6
  /// The part of the epochs it wants that a phase needs at least: of one that trains everything, and of
  /// one that trains the last stages.
  static let leastShares = (all: 0.5, last: 0.25)
  /// By how much the part of the epochs is lowered where a time reckoned between two others was too short.
  static let shareStep = 0.02
  /// How many views a photo may have that are kept, the most first; none is the view for evaluation.
  static let viewCounts = [4, 2, 0]
  /// The input's size is a multiple of this.
  static let sizeStep = 32
}

extension FineTuningPlan {
  /// Whether a phase says how many steps it wants rather than how many epochs it gets.
  package var hasFreeLength: Bool { phases.contains { $0.minimumSteps != nil } }
}

extension TimePlan {
  /// - Parameters:
  ///   - plan: as the user or a preset has it.
  ///   - division: the photos as a plan wants them: divided into those to train and those to validate on,
  ///     or undivided for folds.
  ///   - seconds: what there is from now on; `nil` for the customary time, which is reckoned and not
  ///     measured.
  ///   - resize: the base for an input of another size; `nil` where it has none.
  /// - Throws: `PlanError`, `NetworkError`, `BackendError`.
  package init(
    _ plan: FineTuningPlan, base: Base, division: PhotoDivision, options: TrainingOptions,
    seconds: Double?, pool: WorkerPool, resize: @escaping (_ size: Int) -> Base? = { _ in nil }
  ) throws {
    let limit = seconds.map { $0 * Self.caution } ?? Self.customarySeconds
    let choice = TimeChoice(
      plan: plan, base: base, division: division, options: options, isMeasured: seconds != nil,
      limit: limit, pool: pool, resize: resize)
    (self.plan, note, self.seconds) = try choice.run(limit)
  }
}

/// The search for a plan that fits a time.
private final class TimeChoice {
  private let plan: FineTuningPlan
  private let base: Base
  private let division: PhotoDivision
  private let options: TrainingOptions
  private let isMeasured: Bool
  private let pool: WorkerPool
  private let resize: (Int) -> Base?
  private let start = ContinuousClock.now
  /// A little time must not be spent on measuring.
  private let measuredPhotos: Int
  /// By the input's size.
  private var bases: [ImageSize: Base]
  private var costs: [ImageSize: any PhotoCosts] = [:]

  init(
    plan: FineTuningPlan, base: Base, division: PhotoDivision, options: TrainingOptions,
    isMeasured: Bool, limit: Double, pool: WorkerPool, resize: @escaping (Int) -> Base?
  ) {
    self.plan = plan
    self.base = base
    self.division = division
    var options = options
    options.communicator = SingleProcess()
    self.options = options
    self.isMeasured = isMeasured
    self.pool = pool
    self.resize = resize
    measuredPhotos = Int(max(8, min(32, limit / 4)))
    bases = [base.imageSize: base]
  }

  func run(_ limit: Double) throws -> (plan: FineTuningPlan, note: Sentence?, seconds: Double) {
    let whole = plan.suited(to: division)
    func left() -> Double { limit - (isMeasured ? start.secondsAgo : 0) }
    var wholeSeconds = try isMeasured ? reckoned(whole) : 0
    if wholeSeconds < TimePlan.tolerance * limit {
      wholeSeconds = try expected(whole)
      guard wholeSeconds > left() else { return (whole, nil, wholeSeconds) }
    }
    var once = plan
    once.folds = nil
    once = once.suited(to: division)
    var smallest: (FineTuningPlan, Double)?
    for size in sizes {
      let sized = once.sized(size, of: base)
      for candidate in try candidates(sized) {
        guard let (chosen, seconds) = try fit(candidate, into: left()) else { continue }
        return (chosen, sentence(chosen, seconds, whole, wholeSeconds, limit), seconds)
      }
      let head = head(of: sized)
      let seconds = try expected(head)
      if seconds <= left() {
        return (head, sentence(head, seconds, whole, wholeSeconds, limit), seconds)
      }
      smallest = (head, seconds)
    }
    // Less than the head at the smallest size there is not.
    let (head, seconds) = smallest ?? (whole, wholeSeconds)
    return (head, sentence(head, seconds, whole, wholeSeconds, limit), seconds)
  }

  /// The input's sizes that are tried: the photos' own if that is smaller than the base's, else the base's;
  /// then smaller ones. A rectangle is somebody's wish, and stays.
  private var sizes: [ImageSize] {
    guard base.imageSize.isSquare else { return [base.imageSize] }
    let own = base.imageSize.height
    let step = TimePlan.sizeStep
    func rounded(_ side: Double) -> Int {
      max(step, Int((side / Double(step)).rounded(.up)) * step)
    }
    let sides = division.divided.all.compactMap { division.divided.facts[$0.path] }
      .map { min($0.width, $0.height) }.sorted()
    var sizes = [own]
    if !sides.isEmpty, rounded(Double(sides[sides.count / 2])) < own {
      sizes = [rounded(Double(sides[sides.count / 2]))]
    }
    for share in [0.72, 0.57, 0.43, 0.29] {
      let size = rounded(Double(own) * share - Double(step) / 2)
      if size < sizes[sizes.count - 1] { sizes.append(size) }
    }
    let possible = sizes.map(ImageSize.init(side:)).filter { size in
      if bases[size] == nil { bases[size] = resize(size.height) }
      return bases[size] != nil
    }
    return possible.isEmpty ? [base.imageSize] : possible
  }

  private func size(of plan: FineTuningPlan) -> ImageSize {
    plan.imageSize.map(ImageSize.init(side:)) ?? base.imageSize
  }

  private func session(_ plan: FineTuningPlan) throws -> TrainingSession {
    let base = bases[size(of: plan)] ?? self.base
    return TrainingSession(
      base: base, plan: try plan.expanded(for: base.network), options: options,
      photos: division.photos(for: plan), pool: pool,
      network: try base.network.addingHead(of: plan, classes: division.divided.classes.count))
  }

  /// What a photo takes in the plan's network.
  private func costs(_ plan: FineTuningPlan, _ session: TrainingSession) throws -> any PhotoCosts {
    let size = size(of: plan)
    if let known = costs[size] { return known }
    let made: any PhotoCosts =
      isMeasured
      ? try MeasuredCosts(session, photos: measuredPhotos)
      : NominalCosts(session.network, session.photos)
    costs[size] = made
    return made
  }

  private func expected(_ plan: FineTuningPlan) throws -> Double {
    let session = try session(plan)
    let costs = try costs(plan, session)
    let photos = session.photos
    let absent = isMeasured ? session.absentFeatures() : photos.trainingAndValidation.count
    var seconds = try session.expectedCosts(costs, absent: absent).reduce(0) { $0 + $1.seconds }
    for phase in plan.phases where phase.method == .sgd {
      let nodes = try TrainableStages(phase, of: session.network).nodeNames(in: session.network)
      let weights = session.network.parameters.reduce(0) {
        nodes.contains($1.node) ? $0 + $1.shape.count : $0
      }
      // Kept, present and averaged weights, and what the optimizer remembers.
      let slots = 2 + phase.optimizer.slots.count + (phase.ema == nil ? 0 : 1)
      seconds += Double(phase.epochs * weights * slots * 4) / TimePlan.bytesPerSecond
    }
    if options.choosesView, plan.canChooseView,
      !photos.areMostly(shapedLike: session.base.imageSize)
    {
      let others = Double(
        ViewChoice.candidates(usual: options.resize, cropping: session.base.cropping).count - 1)
      seconds += others * Double(absent) * (costs.decoding + (try costs.features()))
    }
    let measured = photos.test.isEmpty ? photos.validation.count : photos.test.count
    return seconds + TimePlan.overhead
      + Double(measured) * (costs.decoding + (try costs.features()))
  }

  /// What is tried of a plan at one size, the best first.
  private func candidates(_ plan: FineTuningPlan) throws -> [FineTuningPlan] {
    let network = try session(plan).network
    var candidates = [plan]
    let stages = network.stages.count { $0.name != Network.headStage }
    for count in (1..<max(1, stages)).reversed() {
      let shallower = plan.tuning { $0.scope = .lastStages(count) }
      candidates.append(shallower)
      guard let phase = shallower.phases.first(where: { $0.scope != .head }) else { continue }
      let boundary = SplitExecutor.boundary(
        of: try TrainableStages(phase, of: network), in: network)
      let rows = division.divided.trainingAndValidation.count
      let row = 4 * network[boundary].shape.count
      for views in TimePlan.viewCounts where (views + 1) * rows * row <= options.memoryLimit {
        candidates.append(
          shallower.tuning { phase in
            phase.views = views
            if views == 0 { phase.augmentation = .none }
          })
      }
    }
    return candidates
  }

  /// The candidate with as many of its epochs as fit; `nil` where these are too few.
  private func fit(
    _ candidate: FineTuningPlan, into limit: Double
  ) throws -> (FineTuningPlan, Double)? {
    // Only what may fit is worth being measured.
    guard let least = leastShare(candidate),
      try !isMeasured || reckoned(candidate.shortened(to: least)) < TimePlan.tolerance * limit
    else { return nil }
    var whole = try expected(candidate)
    guard whole > limit else { return (candidate, whole) }
    let shortest = try expected(candidate.shortened(to: least))
    guard shortest <= limit, shortest < whole else { return nil }
    // Between the two, time grows with the epochs.
    var share = least + (1 - least) * (limit - shortest) / (whole - shortest)
    var chosen = candidate.shortened(to: share)
    whole = try expected(chosen)
    while whole > limit, share > least {
      share = max(least, share - TimePlan.shareStep)
      chosen = candidate.shortened(to: share)
      whole = try expected(chosen)
    }
    return (chosen, whole)
  }

  /// What a plan takes, from what a pass through the base takes here, without measuring its steps.
  private func reckoned(_ plan: FineTuningPlan) throws -> Double {
    let session = try session(plan)
    let nominal = NominalCosts(session.network, session.photos)
    let factor =
      try costs(plan, session).features() / max(1e-9, nominal.features())
    return try session.expectedCosts(nominal, absent: 0).reduce(0) { $0 + $1.seconds } * factor
  }

  /// The smallest part of its epochs that a candidate is worth being carried out for; `nil` where nothing
  /// but a head learns.
  private func leastShare(_ candidate: FineTuningPlan) -> Double? {
    guard let phase = candidate.phases.last(where: { $0.scope != .head }) else { return nil }
    guard base.weights != .random else { return 1 / Double(phase.epochs) }
    return phase.scope == .all ? TimePlan.leastShares.all : TimePlan.leastShares.last
  }

  /// What the plan does before it tunes anything; of a base with random weights an epoch of the last stage.
  private func head(of plan: FineTuningPlan) -> FineTuningPlan {
    guard base.weights != .random else {
      return plan.tuning { phase in
        phase.scope = .lastStages(1)
        phase.epochs = 1
      }
    }
    var head = plan
    head.phases = plan.phases.filter { $0.scope == .head }
    return head
  }

  private func sentence(
    _ chosen: FineTuningPlan, _ seconds: Double, _ whole: FineTuningPlan, _ wholeSeconds: Double,
    _ limit: Double
  ) -> Sentence {
    let minutes = Int(min(max(1, (wholeSeconds * 1.2 / 60).rounded(.up)), 1e9))
    let reason =
      isMeasured
      ? "for the time given" : "for the customary \(Int(min(limit, 1e9) / 60)) minutes on two cores"
    return
      "\(reason), the plan trains \(chosen.depth), in about \(PlanDescription.duration(seconds));"
      + " \(whole.depth) would take about \(PlanDescription.duration(wholeSeconds)): \(.budget(minutes: minutes))"
  }
}

/// The photos of a training, as different plans want them.
package struct PhotoDivision: Sendable {
  /// With a part to validate on.
  package let divided: Photos
  /// Without, where none was given.
  package let undivided: Photos

  /// - Parameters:
  ///   - photos: as they were found.
  ///   - validation: the part to validate on, where none was given.
  package init(_ photos: Photos, validation: Double, seed: UInt64) {
    divided = photos.splitting(validation: validation, seed: seed)
    undivided = photos.splitting(validation: 0, seed: seed)
  }

  /// What a plan needs: folds are of undivided photos.
  package func photos(for plan: FineTuningPlan) -> Photos {
    plan.folds != nil || plan.isOnFolds ? undivided : divided
  }
}

extension FineTuningPlan {
  /// The plan as it suits the photos that it wants.
  package func suited(to division: PhotoDivision) -> FineTuningPlan {
    suited(to: division.photos(for: self))
  }
}

extension FineTuningPlan {
  /// The plan with a change in all phases that train more than the head.
  fileprivate func tuning(_ change: (inout Phase) -> Void) -> FineTuningPlan {
    var plan = self
    for index in plan.phases.indices where plan.phases[index].scope != .head {
      change(&plan.phases[index])
    }
    return plan
  }

  /// The plan with this part of the epochs of every phase that trains more than the head.
  fileprivate func shortened(to share: Double) -> FineTuningPlan {
    tuning { $0.epochs = max(1, Int((Double($0.epochs) * share).rounded(.down))) }
  }

  /// The plan for an input of this size, which is only said where it is not the base's own.
  fileprivate func sized(_ size: ImageSize, of base: Base) -> FineTuningPlan {
    var plan = self
    plan.imageSize = size == base.imageSize ? nil : size.height
    return plan
  }

  /// How much of the base is trained, and how long, in a phrase.
  fileprivate var depth: String {
    var words = "the head alone"
    if let phase = phases.last(where: { $0.scope != .head }) {
      words =
        switch phase.scope {
        case .lastStages(1): "the last stage"
        case .lastStages(let count): "the last \(count) stages"
        default: "all stages"
        }
      words += " for \(phase.epochs) epochs"
      if phase.views > 0 { words += " on \(phase.views) views of each photo" }
      if phase.augmentation == .none { words += " on one view of each photo" }
    }
    if let imageSize { words += " at \(imageSize) × \(imageSize) pixels" }
    return words
  }
}
