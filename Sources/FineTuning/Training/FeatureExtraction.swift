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
  private var batchSize: Int { Self.batchSize * session.communicator.size }

  /// Pooled features by photo; photos that could not be read have none.
  func run(_ indices: [Int]) throws -> [Int: ArraySlice<Float>] {
    let key = try session.featureKey()
    // Ranks may have different caches; rank 0's counts.
    var known =
      session.communicator.isFirst
      ? key.map { key in session.options.cache?.load(key) } ?? nil : nil
    let photos = session.photos.photos
    let absent = indices.filter { known?[photos[$0].digest] == nil }
    // Maps are not cached on disk, so photos that need one go through the base in any case.
    let store = try makeStore()
    let order = try session.communicator.share(
      boundary == nil ? absent : Array(Set(absent).union(keeping)).sorted())
    var found: [Int: ArraySlice<Float>] = [:]
    for index in indices {
      if let row = known?[photos[index].digest] { found[index] = row }
    }
    let cached = indices.count - absent.count
    let start = ContinuousClock.now
    func report(_ done: Int) {
      let seconds = TrainingSession.seconds(since: start)
      session.emit(
        .features(
          .init(
            images: indices.count - order.count + done, total: indices.count, cached: cached,
            seconds: seconds, imagesPerSecond: seconds > 0 ? Double(done) / seconds : 0)))
    }
    var fresh: [(index: Int, row: ArraySlice<Float>)] = []
    var interruption: (any Error)?
    if !order.isEmpty {
      do {
        try compute(order, session.evaluationView, into: store) { index, row, done in
          if found[index] == nil {
            found[index] = row
            fresh.append((index, row))
          }
          if let done { report(done) }
        }
      } catch is Interruption {
        interruption = Interruption()
      }
      if let store { try session.share(store, of: order, batchSize: batchSize) }
      fresh = try session.share(fresh)
      for (index, row) in fresh { found[index] = row }
    } else {
      report(0)
    }
    if session.communicator.isFirst, let key, !fresh.isEmpty {
      var rows = known.take() ?? FeatureCache.Rows(dimension: session.base.dimension)
      for (index, row) in fresh { rows.add(photos[index].digest, row) }
      save(rows, key, photosOfRun: indices)
    }
    if let interruption { throw interruption }
    if let boundary, let store { session.maps[boundary] = store }
    return found
  }

  /// Pooled features of augmented views, by photo; nothing of them is kept on the disk.
  /// - Parameter number: from 1; another number gives other views.
  func runViews(
    _ indices: [Int], _ augmentation: Augmentation, number: Int, of count: Int
  ) throws -> [Int: ArraySlice<Float>] {
    var found: [Int: ArraySlice<Float>] = [:]
    let start = ContinuousClock.now
    let order = session.usable(indices)
    try compute(order, .training(augmentation), epoch: number, into: nil) { index, row, done in
      found[index] = row
      guard let done else { return }
      let seconds = TrainingSession.seconds(since: start)
      session.emit(
        .features(
          .init(
            images: (number - 1) * order.count + done, total: count * order.count, cached: 0,
            seconds: seconds, imagesPerSecond: seconds > 0 ? Double(done) / seconds : 0)))
    }
    let own = found.map { (index: $0.key, row: $0.value) }
    for (index, row) in try session.share(own) { found[index] = row }
    return found
  }

  private func makeStore() throws -> MapStore? {
    guard let boundary, !keeping.isEmpty else { return nil }
    return MapStore(rowCount: session.base.network[boundary].shape.count, indices: keeping)
  }

  /// - Parameter body: receives a photo, its features, and with the last one of a batch how many
  ///   photos are done.
  private func compute(
    _ order: [Int], _ view: PhotoView, epoch: Int = 0, into store: MapStore?,
    _ body: (_ index: Int, _ row: ArraySlice<Float>, _ done: Int?) -> Void
  ) throws {
    let network = session.base.network
    let dimension = session.base.dimension
    let outputs = [network.output] + (boundary.map { store == nil ? [] : [$0] } ?? [])
    let executor = try makeExecutor(
      network, NetworkWeights(network, session.base.tensors),
      ExecutionOptions(
        batchSize: session.communicator.part.largest(of: batchSize), outputs: outputs,
        precision: session.options.precision),
      backend: session.options.backend, pool: session.pool)
    let results = FloatBuffer(count: executor.outputCount * batchSize)
    var done = 0
    try session.forEachBatch(
      of: order, view: view, epoch: epoch, size: batchSize
    ) { batch in
      try executor.infer(batch.pixels, count: batch.count, into: results.pointer)
      done += batch.total
      for (position, index) in batch.indices.enumerated() {
        let row = results.pointer + position * executor.outputCount
        if let store, let destination = store.row(index) {
          destination.update(from: row + dimension, count: store.rowCount)
        }
        let features = Array(UnsafeBufferPointer(start: row, count: dimension))
        body(index, features[...], position == batch.count - 1 ? done : nil)
      }
    }
  }

  /// Writes the cache. When it has grown beyond its limit, only photos of this run stay.
  private func save(_ rows: FeatureCache.Rows, _ key: FeatureCache.Key, photosOfRun: [Int]) {
    guard let cache = session.options.cache else { return }
    var rows = rows
    if rows.byteCount > cache.limit {
      var kept = FeatureCache.Rows(dimension: rows.dimension)
      for index in photosOfRun {
        let digest = session.photos.photos[index].digest
        if let row = rows[digest] { kept.add(digest, row) }
      }
      rows = kept
      guard rows.byteCount <= cache.limit else { return }
    }
    do {
      try cache.store(rows, for: key)
    } catch {
      session.note(.cache, "features are not cached: \(error.description)")
    }
  }
}

extension TrainingSession {
  /// What the features of this run depend on; `nil` when they are not to be cached.
  func featureKey() throws -> FeatureCache.Key? {
    guard options.cache != nil, let digest = base.weightsDigest else { return nil }
    let alpha = base.alpha.map { "-\($0)" } ?? ""
    return FeatureCache.Key(
      weightsDigest: digest, network: base.name + alpha,
      node: base.network[base.network.output].name, dimension: base.dimension,
      preprocessing: base.preprocessing, view: evaluationView,
      imageSize: [base.imageSize, base.imageSize], backend: options.backend.rawValue,
      precision: options.precision.rawValue,
      library: "\(options.backend.backend.version) \(options.machine)")
  }

  /// The features of some photos as a matrix, and which photos its rows are.
  func matrix(_ indices: [Int], _ features: [Int: ArraySlice<Float>]) -> (FeatureMatrix, [Int]) {
    var values: [Float] = []
    values.reserveCapacity(indices.count * base.dimension)
    var rows: [Int] = []
    for index in indices {
      guard let row = features[index] else { continue }
      values += row
      rows.append(index)
    }
    return (
      FeatureMatrix(rows: rows.count, dimension: base.dimension, values: values), rows
    )
  }
}
