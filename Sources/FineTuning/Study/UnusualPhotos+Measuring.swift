import Evaluation
import TensorKernels

extension UnusualPhotos {
  /// Fewer distances do not say where their last hundredth begins.
  private static let fewest = 99
  /// Seconds of one core that this may take.
  private static let costLimit = 30.0
  /// Multiplications and additions of one core in a second, at least.
  private static let speed = 2e10

  /// - Parameters:
  ///   - photos: paths and the names of classes, of `measured`, or else of `learnt`.
  ///   - learnt: what the photos are compared with.
  ///   - measured: features of other photos; `nil`: each photo is compared with others of `learnt`.
  ///   - classes: how many there are.
  ///   - solver: its seed decides which are compared with which.
  /// - Returns: `nil` where there are too few photos, or where this would take long.
  package init?(
    _ photos: [(path: String, label: String)], learnt: LabelledFeatures,
    measured: LabelledFeatures?, classes: Int, _ solver: HeadSolver
  ) {
    let (rows, dimension) = (Double(learnt.count), Double(learnt.features.dimension))
    // Products of all rows for the spread and for distances, and a factorisation, of the whole and of each fifth.
    let work = 6 * (2 * rows * dimension * dimension + dimension * dimension * dimension)
    guard work <= Self.costLimit * Self.speed, learnt.count > 1 else { return nil }
    let seed = solver.options.seed
    guard let measured else {
      let each = KnownPhotos.distancesOfEach(
        learnt, classes: classes, seed: seed, multiplier: solver.multiplier, pool: solver.pool)
      guard each.count >= Self.fewest else { return nil }
      let usual = each.map(\.distance).sorted()
      self.init(
        each.map { (photos[$0.row].path, photos[$0.row].label, $0.distance) },
        share: { KnownPhotos.share(of: usual, nearerThan: $0) })
      return
    }
    guard
      let known = KnownPhotos(
        learnt, classes: classes, seed: seed, multiplier: solver.multiplier, pool: solver.pool),
      known.usual.count >= Self.fewest
    else { return nil }
    let distances = known.distances(of: measured.features, multiplier: solver.multiplier)
    self.init(
      zip(photos, distances).map { ($0.path, $0.label, $1) }, share: known.share(nearerThan:))
  }
}
