import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Runs photos through the frozen base once, and not even that where the cache knows them.
struct FeatureExtraction {
  let session: TrainingSession
  /// A node whose values are kept in memory too, for some photos.
  let boundary: Network.NodeID?
  let keeping: [Int]

  /// Photos that a rank takes at once.
  static let batchSize = 32
  /// Photos that all ranks together take at once.
  private var batchSize: Int { session.ranks.batch(of: Self.batchSize) }

  /// Pooled features by photo; photos that could not be read have none.
  func run(_ indices: [Int]) throws -> FeatureTable {
    let key = session.featureKey()
    // Ranks may have different caches; rank 0's counts.
    let known = session.ranks.onFirst { key.flatMap { session.options.cache?.load($0) } } ?? nil
    let photos = session.photos.all
    var found = FeatureTable(dimension: session.base.dimension)
    if let known {
      let rows = indices.compactMap { index in
        known.row(photos[index].digest).map { (photo: index, row: $0) }
      }
      found.add(rows, of: known.matrix)
    }
    let absent = indices.filter { !found.has($0) }
    // Maps are not cached on disk, so photos that need one go through the base in any case.
    let store = try makeStore()
    let order = try session.ranks.fromFirst {
      boundary == nil ? absent : Array(Set(absent).union(keeping)).sorted()
    }
    let start = ContinuousClock.now
    func report(_ done: Int) {
      let seconds = start.secondsAgo
      session.emit(
        .features(
          .init(
            images: indices.count - order.count + done, total: indices.count,
            cached: indices.count - absent.count, seconds: seconds,
            imagesPerSecond: seconds > 0 ? Double(done) / seconds : 0)))
    }
    guard !order.isEmpty else {
      report(0)
      return found
    }
    let fresh = FreshFeatures(
      beside: found, in: draft(of: key, known, of: indices, adding: absent.count),
      capacity: order.count)
    var interruption: (any Error)?
    do {
      try compute(order, session.evaluationView, into: store) { index, row, done in
        fresh.add(index, digest: photos[index].digest, row)
        if let done { report(done) }
      }
    } catch is Interruption {
      interruption = Interruption()
    }
    if let store { try session.share(store, of: order, batchSize: batchSize) }
    try session.share(fresh) { photos[$0].digest }
    do {
      try fresh.finish()
    } catch {
      noteNotCached(error)
    }
    if let interruption { throw interruption }
    if let boundary, let store { session.maps[boundary, default: [:]][0] = store }
    return fresh.table
  }

  /// Pooled features of augmented views, by photo; nothing of them is kept on the disk.
  /// - Parameter number: from 1; another number gives other views.
  func runViews(
    _ indices: [Int], _ augmentation: Augmentation, number: Int, of count: Int
  ) throws -> FeatureTable {
    let start = ContinuousClock.now
    let order = session.usable(indices)
    let fresh = FreshFeatures(
      beside: FeatureTable(dimension: session.base.dimension), in: nil, capacity: order.count)
    try compute(order, .training(augmentation), epoch: number, into: nil) { index, row, done in
      fresh.add(index, digest: nil, row)
      guard let done else { return }
      let seconds = start.secondsAgo
      session.emit(
        .features(
          .init(
            images: (number - 1) * order.count + done, total: count * order.count, cached: 0,
            seconds: seconds, imagesPerSecond: seconds > 0 ? Double(done) / seconds : 0)))
    }
    try session.share(fresh) { _ in nil }
    return fresh.table
  }

  /// The file that the cache is to have; `nil` where none is wanted or can be written.
  private func draft(
    of key: FeatureCache.Key?, _ known: FeatureCache.Rows?, of photos: [Int], adding count: Int
  ) -> FeatureFile.Draft? {
    // Rank 0 alone knows what the cache has.
    guard count > 0, let key, let known, let cache = session.options.cache else { return nil }
    do {
      return try cache.draft(
        for: key, known: known, keeping: Set(photos.map { session.photos.all[$0].digest }),
        adding: count)
    } catch {
      noteNotCached(error)
      return nil
    }
  }

  private func noteNotCached(_ error: RunError) {
    session.note(.cache, sentence: "features are not cached: \(error.sentence)")
  }

  private func makeStore() throws -> MapStore? {
    guard let boundary, !keeping.isEmpty else { return nil }
    return MapStore(rowCount: session.base.network[boundary].shape.count, indices: keeping)
  }

  /// - Parameter body: receives a photo, its features, and with the last one of a batch how many
  ///   photos are done.
  private func compute(
    _ order: [Int], _ view: PhotoView, epoch: Int = 0, into store: MapStore?,
    _ body: (_ index: Int, _ row: UnsafePointer<Float>, _ done: Int?) -> Void
  ) throws {
    let network = session.base.network
    let dimension = session.base.dimension
    let weights = try NetworkWeights(network, session.base.tensors)
    let finite = FiniteOutputs(
      of: network, weights, backend: session.options.backend,
      precision: session.options.precision, pool: session.pool)
    let outputs = [network.output] + (boundary.map { store == nil ? [] : [$0] } ?? [])
    let executor = try makeExecutor(
      network, weights,
      ExecutionOptions(
        batchSize: session.ranks.largestPart(of: batchSize), outputs: outputs,
        precision: session.options.precision),
      backend: session.options.backend, pool: session.pool)
    let results = FloatBuffer(count: executor.outputCount * batchSize)
    var done = 0
    try session.forEachBatch(
      of: order, view: view, epoch: epoch, size: batchSize
    ) { batch in
      try executor.infer(batch.pixels, count: batch.count, into: results.pointer)
      for position in 0..<batch.count {
        try finite.check(
          results.pointer + position * executor.outputCount,
          of: batch.pixels + position * network.inputShape.count, count: 1)
      }
      done += batch.total
      for (position, index) in batch.indices.enumerated() {
        let row = results.pointer + position * executor.outputCount
        if let store, let destination = store.row(index) {
          destination.update(from: row + dimension, count: store.rowCount)
        }
        body(index, row, position == batch.count - 1 ? done : nil)
      }
    }
  }
}

extension TrainingSession {
  /// What the features of this run depend on; `nil` when they are not to be cached.
  func featureKey() -> FeatureCache.Key? { FeatureCache.Key(base, options) }
}

extension FeatureCache.Key {
  /// What the features of a base depend on; `nil` when they are not to be cached.
  init?(_ base: Base, _ options: TrainingOptions) {
    guard options.cache != nil, let digest = base.weights.sha256 else { return nil }
    let alpha = base.alpha.map { "-\($0)" } ?? ""
    self.init(
      weightsDigest: digest, network: base.name + alpha,
      node: base.network[base.network.output].name, dimension: base.dimension,
      preprocessing: base.preprocessing, view: .evaluation(options.resize),
      imageSize: [base.imageSize.height, base.imageSize.width], backend: options.backend.rawValue,
      precision: options.precision.rawValue,
      library: "\(options.backend.backend.version) \(options.machine)")
  }
}

extension TrainingOptions {
  /// The photos to train or validate on whose features the cache does not have.
  func photosWithoutFeatures(_ photos: Photos, of base: Base) -> [Photo] {
    let known = FeatureCache.Key(base, self).flatMap { cache?.load($0) }
    return photos.all[photos.trainingAndValidation].filter { known?.row($0.digest) == nil }
  }
}

extension FineTuner {
  /// The photos to train or validate on that training reads: for a plan that only solves a head on plain
  /// views, those whose features the cache does not have.
  package func photosToRead(of photos: Photos) -> [Photo] {
    guard canDoWithFeatures else { return Array(photos.all[photos.trainingAndValidation]) }
    return options.photosWithoutFeatures(photos, of: base)
  }

  /// Whether the plan only solves a head on plain views, whose features the cache keeps.
  package var canDoWithFeatures: Bool {
    plan.phases.allSatisfy { $0.method == .solve && $0.views == 0 }
  }
}
