import Evaluation
import ImagePipeline
import TensorKernels

extension FeatureStudy {
  /// Studies photos by a base's features, which come from the cache as far as it has them, and stay in it.
  ///
  /// Call it on a thread of its own, never on Swift's cooperative pool.
  /// - Parameters:
  ///   - photos: those to learn from are its photos to train on, those to be measured its test photos; where it has none
  ///     of these, the photos to train on are measured, each fifth of them by what the other four say.
  ///   - base: with its weights as they were before training.
  ///   - title: what the base is called.
  ///   - options: how features are computed, and where they are kept.
  ///   - progress: photos whose features are there, and photos in all.
  /// - Returns: `nil` where photos have any number of classes, where there are too few, and where features are not kept.
  /// - Throws: `TrainingError` where photos are gone whose features nobody has; `BackendError`, `NetworkError`.
  package init?(
    _ photos: Photos, by base: Base, titled title: String, _ options: TrainingOptions,
    pool: WorkerPool, progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    guard !photos.labelling.isMultiLabel, photos.classes.count > 1,
      FeatureCache.Key(base, options) != nil
    else { return nil }
    let session = TrainingSession(
      base: base, plan: .head, options: options, photos: photos, pool: pool,
      network: try base.network.addingHead(of: .head, classes: photos.classes.count),
      onEvent: { event in
        if case .features(let features) = event { progress(features.images, features.total) }
      })
    let places = Array(photos.all.indices)
    let table = try FeatureExtraction(session: session, boundary: nil, keeping: []).run(places)
    let bundles = photos.bundleNumbers
    func labelled(_ places: Range<Int>) -> (features: LabelledFeatures, photos: [Photo]) {
      let rows = HeadRows(session, Array(places), table)
      let features = LabelledFeatures(
        features: rows.features, labels: rows.labels, groups: rows.groups.map { bundles[$0] })
      return (features, rows.groups.map { photos.all[$0] })
    }
    let learnt = labelled(photos.training)
    let measured = photos.test.isEmpty ? nil : labelled(photos.test)
    self.init(
      base: title, learnt: learnt.features, measured: measured?.features,
      classes: photos.classes.count, session.headSolver)
    unusual = UnusualPhotos(
      (measured ?? learnt).photos.map { ($0.path, photos.classes[$0.label]) },
      learnt: learnt.features, measured: measured?.features, classes: photos.classes.count,
      session.headSolver)
  }
}
