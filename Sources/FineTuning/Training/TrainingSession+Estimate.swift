import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

extension TrainingSession {
  /// What a phase is expected to take.
  struct Cost {
    var seconds = 0.0
    /// Bytes beside the program itself and the weights that were read.
    var memory = 0
  }

  /// The plan applied to network and photos.
  /// - Parameter measuring: whether with the time and memory that a measured step suggests.
  func describePlan(measuring: Bool) throws -> PlanDescription {
    let training = photos.imagesPerClass(photos.training)
    let validation = photos.imagesPerClass(photos.validation)
    let classes = photos.classes.indices.map {
      PlanDescription.Class(
        name: photos.classes[$0], training: training[$0], validation: validation[$0])
    }
    let counts =
      photos.labelling.isMultiLabel
      ? PlanDescription.PhotoCounts(
        training: photos.training.count, validation: photos.validation.count) : nil
    // Find what does not fit before anything is measured.
    let plain = try PlanDescription(
      plan, network: network, tensors: tensors, classes: classes, photos: counts)
    guard measuring else { return plain }
    let costs = try alone.measurePhases()
    return try PlanDescription(
      plan, network: network, tensors: tensors, classes: classes, photos: counts,
      seconds: costs.map(\.seconds), memory: costs.map(\.memory))
  }

  private func measurePhases() throws -> [Cost] {
    let absent = absentFeatures()
    // Where all features are known nothing has to be measured but the solver.
    let isSolving = plan.phases.allSatisfy { $0.method == .solve && $0.views == 0 }
    let measured = try MeasuredCosts(self, photos: absent == 0 && isSolving ? 0 : 8)
    var costs = try expectedCosts(measured, absent: absent)
    if plan.phases.first?.method == .solve {
      costs[0].memory += measured.featureMemory + batches(of: FeatureExtraction.batchSize)
    }
    return costs
  }

  /// How many photos have no features in the cache.
  func absentFeatures() -> Int { options.photosWithoutFeatures(photos, of: base).count }

  /// What each phase of the plan is expected to take, from what single photos do.
  /// - Parameter absent: photos whose features are not known.
  func expectedCosts(_ costs: some PhotoCosts, absent: Int) throws -> [Cost] {
    var keptViews: Set<[Int]> = []
    return try plan.phases.enumerated().map { index, phase in
      switch phase.method {
      case .solve:
        let all = photos.trainingAndValidation.count
        let rows = material(of: phase).count * (1 + phase.views)
        let isRepeated = phase.photos == .all
        let isLast = plan.phases.count == 1 && photos.division != .given
        let solving = costs.solving(
          rows: isRepeated ? 0 : rows, refit: isRepeated || isLast ? all * (1 + phase.views) : 0,
          dimension: base.dimension, classes: photos.classes.count)
        var cost = Cost(
          seconds: solving.seconds,
          memory: solving.memory + all * (1 + phase.views) * base.dimension * 4)
        // Features are computed once, whatever is solved on them.
        if index == 0 {
          let views = Double(phase.views * photos.training.count)
          cost.seconds += Double(absent) * (costs.decoding + (try costs.features()))
          cost.seconds += views * (costs.rendering + (try costs.features()))
        }
        return cost
      case .sgd:
        // Made along with the features of the head before.
        if index == 1, absent >= photos.trainingAndValidation.count {
          let stages = try TrainableStages(phase, of: network)
          keptViews.insert([SplitExecutor.boundary(of: stages, in: network).index, 0])
        }
        return try expectedCost(phase, costs, &keptViews)
      }
    }
  }

  /// - Parameter keptViews: what earlier phases keep in memory, each the boundary and the view.
  private func expectedCost(
    _ phase: Phase, _ costs: some PhotoCosts, _ keptViews: inout Set<[Int]>
  ) throws -> Cost {
    let unit = try costs.steps(of: phase)
    let stages = try TrainableStages(phase, of: network)
    let boundary = SplitExecutor.boundary(of: stages, in: network)
    let inputCount = network[boundary].shape.count
    let kept = TuningPhase.kept(phase, self, inputCount: inputCount)
    var cost = Cost(memory: unit.memory + batches(of: phase.batchSize))
    for kept in kept {
      cost.memory += kept.photos.count * inputCount * 4
      guard keptViews.insert([boundary.index, kept.view]).inserted else { continue }
      let decoding = kept.view == 0 ? costs.decoding : costs.rendering
      cost.seconds += Double(kept.photos.count) * (decoding + unit.frozen)
    }
    let material = material(of: phase)
    let trained = TuningPhase.view(of: phase, epoch: 1)
    let isKept = kept.contains { $0.view == trained && $0.photos.count >= material.count }
    let decoding = phase.augmentation == .none ? costs.decoding : costs.rendering
    let each = unit.step + (isKept ? 0 : decoding + unit.frozen)
    cost.seconds += Double(material.count * phase.epochs) * each
    let judging = unit.forward + (kept.isEmpty ? costs.decoding + unit.frozen : 0)
    cost.seconds += Double(judges(of: phase).count) * phase.validations * judging
    return cost
  }

  /// The bytes of the batches that a loader has at a time: one in use, two ahead.
  private func batches(of size: Int) -> Int {
    3 * min(size, photos.training.count) * base.network.inputShape.count * 4
  }
}

extension PlanDescription {
  /// Refuses what would not fit before anything is trained.
  /// - Parameter available: the bytes that there were before the plan was measured; `nil` where nobody knows.
  /// - Throws: `TrainingError.memory` for the phase that takes most, if that is more.
  package func requireMemory(of available: Int?) throws(TrainingError) {
    let measured = parts.compactMap { part in part.memory.map { (part.name, $0) } }
    guard let (name, memory) = measured.max(by: { $0.1 < $1.1 }),
      let lack = AvailableMemory.lack(
        of: memory, for: "the phase '\(name)'",
        use: "\(.smallerImages), \(.smallerBatch), \(.fewerThreads) or \(.fewerStages)",
        available: available)
    else { return }
    throw .memory(lack)
  }
}

extension Phase {
  /// How often a phase of steps looks at the photos that judge it.
  fileprivate var validations: Double {
    switch (photos, keep) {
    case (.all, _): 0
    case (_, .end): Double(2 + Evidence.shares.count)
    case (_, .best): Double(epochs + 1)
    }
  }
}
