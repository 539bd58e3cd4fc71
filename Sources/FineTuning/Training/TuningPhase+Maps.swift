import ImagePipeline
import NeuralNetworks

/// Values at the boundary of the frozen part that a phase reads more than once: they are computed once
/// and kept in memory, and the phases behind it that read the same find them there.
extension TuningPhase {
  /// Some photos whose values of a view are kept.
  struct KeptView {
    /// 0 is the view for evaluation; others are augmented, each in its own way.
    let view: Int
    let photos: [Int]
  }

  /// What a phase keeps, as far as it fits into memory: rather the photos that judge it than those it
  /// learns from.
  static func kept(_ phase: Phase, _ session: TrainingSession, inputCount: Int) -> [KeptView] {
    let isRepeated = session.plan.phases.contains { $0.photos != .training }
    let all = Array(session.photos.trainingAndValidation)
    let material = isRepeated ? all : session.material(of: phase)
    let judges = phase.photos.folds == nil ? session.judges(of: phase) : all
    var views = [KeptView(view: 0, photos: judges)]
    if phase.views > 0 {
      views += (1...phase.views).map { KeptView(view: $0, photos: material) }
    } else if phase.augmentation == .none {
      views = [KeptView(view: 0, photos: Set(judges + material).sorted())]
    }
    let fitting = session.options.memoryLimit / (4 * inputCount)
    for choice in [views, [KeptView(view: 0, photos: judges)]]
    where choice.reduce(0, { $0 + $1.photos.count }) <= fitting {
      return choice.filter { !$0.photos.isEmpty }
    }
    return []
  }

  /// The number of the view that an epoch trains on, where it is one that repeats.
  static func view(of phase: Phase, epoch: Int) -> Int? {
    if phase.views > 0 { return (epoch - 1) % phase.views + 1 }
    return phase.augmentation == .none ? 0 : nil
  }

  /// Makes sure that the values are in memory.
  func keepMaps() throws {
    let wanted = Self.kept(phase, session, inputCount: split.inputCount)
    let known = session.maps[split.boundary] ?? [:]
    let absent = wanted.filter { kept in
      guard let store = known[kept.view] else { return true }
      return !kept.photos.allSatisfy { store.row($0) != nil }
    }
    let total = absent.reduce(0) { $0 + $1.photos.count }
    var done = 0
    for kept in absent {
      session.maps[split.boundary, default: [:]][kept.view] = try compute(kept, done, of: total)
      done += kept.photos.count
    }
    let stores = session.maps[split.boundary] ?? [:]
    maps = stores.filter { store in wanted.contains { $0.view == store.key } }
  }

  private func compute(_ kept: KeptView, _ before: Int, of total: Int) throws -> MapStore {
    let start = ContinuousClock.now
    let store = MapStore(rowCount: split.inputCount, indices: kept.photos)
    let order = session.usable(kept.photos)
    var done = 0
    try session.forEachBatch(
      of: order, view: kept.view == 0 ? session.evaluationView : session.trainingView(phase),
      epoch: kept.view, size: split.batchSize
    ) { batch in
      if kept.view == 1 { showViews(of: batch, number: done) }
      let inputs = try split.inputs(of: batch)
      for (position, index) in batch.indices.enumerated() {
        store.row(index)?.update(from: inputs + position * store.rowCount, count: store.rowCount)
      }
      done += batch.total
      let seconds = start.secondsAgo
      // The base's features have events of their own; these are looked at, not recorded.
      session.repeatEvent(
        .features(
          .init(
            images: before + done, total: total, cached: 0, seconds: seconds,
            imagesPerSecond: seconds > 0 ? Double(done) / seconds : 0)))
    }
    try session.share(store, of: order, batchSize: split.batchSize)
    return store
  }
}

extension TrainingSession {
  /// Lets go of values that no later phase reads, or that the phase has made untrue: those behind what it
  /// has trained.
  func releaseMaps(after index: Int) throws {
    func boundary(_ phase: Phase) throws -> Network.NodeID {
      SplitExecutor.boundary(of: try TrainableStages(phase, of: network), in: network)
    }
    let later = try plan.phases[(index + 1)...].filter { $0.method == .sgd }.map(boundary)
    let phase = plan.phases[index]
    let trained = phase.method == .sgd ? try boundary(phase) : nil
    maps = maps.filter { entry in
      later.contains(entry.key) && trained.map { entry.key.index <= $0.index } ?? true
    }
  }
}
