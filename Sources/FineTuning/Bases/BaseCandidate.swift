import Evaluation
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A base that a race compares with others: what is known of it before it is loaded, and how it is loaded.
package struct BaseCandidate: Sendable {
  /// What tables and messages call it.
  package let title: String
  /// Up to its features; its weights are not needed yet.
  package let network: Network
  /// Reads its weights.
  package let load: @Sendable () throws -> Base

  package init(title: String, network: Network, load: @escaping @Sendable () throws -> Base) {
    self.title = title
    self.network = network
    self.load = load
  }
}

/// A candidate in a race, and what is known of it so far. Used by the driver thread alone.
final class Racer {
  let candidate: BaseCandidate
  /// What a photo would take on the machine that `NominalCosts` are of. Which base is the faster one is told
  /// by that, for it is the same on every machine.
  let nominalSeconds: Double
  private(set) var entry: BaseComparison.Entry
  /// What it said in its last heat of photos that it had not seen.
  private(set) var answers: RaceAnswers?
  /// What the solver took in the last heat, for a photo.
  private var solvingSeconds = 0.0
  private var features: FeatureTable?

  init(_ candidate: BaseCandidate, _ photos: Photos) {
    self.candidate = candidate
    let network = candidate.network
    let costs = NominalCosts(network, photos)
    nominalSeconds = costs.decoding + costs.features()
    entry = BaseComparison.Entry(
      base: candidate.title,
      imageSize: [network.inputShape.imageSize.height, network.inputShape.imageSize.width],
      parameters: network.parameterCount, multiplyAdds: network.multiplyAdds)
  }

  /// What a photo takes here beyond what its arithmetic would take on the nominal machine; `nil` before it
  /// is measured.
  var slowness: Double? { entry.secondsPerImage.map { $0 / nominalSeconds } }

  /// What a heat on so many photos is expected to take, in seconds.
  /// - Parameter slowness: of bases that were measured, for one that was not.
  func expectedSeconds(photos: Int, slowness: Double) -> Double {
    let each = entry.secondsPerImage ?? nominalSeconds * slowness
    let absent = max(0, photos - (answers?.places.count ?? 0))
    return Double(absent) * each + Double(photos) * solvingSeconds
  }

  /// Computes the features of some photos, as far as they are not known, and cross-validates a head on them.
  /// - Parameters:
  ///   - places: of photos in the list, ascending.
  ///   - bundles: of each photo of the list, which it must not be parted from.
  /// - Throws: as training; `Interruption`.
  func run(_ places: [Int], bundles: [Int], in race: BaseRace) throws {
    let session = try race.session(of: candidate.load(), titled: candidate.title)
    if entry.secondsPerImage == nil {
      let costs = try MeasuredCosts(session)
      entry.secondsPerImage = costs.decoding + (try costs.features())
    }
    var known = features ?? FeatureTable(dimension: session.base.dimension)
    let extraction = FeatureExtraction(session: session, boundary: nil, keeping: [])
    known.add(try extraction.run(places.filter { !known.has($0) }))
    try session.checkInterruption()
    features = known
    let start = ContinuousClock.now
    let (rows, present) = known.matrix(of: places)
    let labels = race.photos.labels(present)
    let said =
      rows.rows == 0
      ? nil
      : session.headSolver.outOfFold(
        rows, labels: labels, classes: race.photos.classes.count,
        groups: present.map { bundles[$0] }
      )
    guard let said else { throw race.tooFewPhotos }
    answers = RaceAnswers(said, places: present, bundles: bundles)
    solvingSeconds = start.secondsAgo / Double(present.count)
  }

  /// Takes the scores of the last heat, compared with the best of it.
  func take(_ difference: GroupedMean, _ outcome: BaseComparison.Outcome) {
    guard let answers else { return }
    entry.scores = answers.scores(behind: difference)
    entry.outcome = outcome
  }

  func leaveOut(because reason: String) { (entry.outcome, entry.reason) = (.leftOut, reason) }

  /// Lets the features go, which the cache still has.
  func dropFeatures() { features = nil }
}

/// What heads on a base's features said of photos that they had not seen.
struct RaceAnswers {
  /// The photos of the heat that could be read.
  let places: [Int]
  /// −ln of the probability of the true class, by the photo's place.
  private let losses: [Int: Double]
  private let hits: GroupedMean
  private let bundles: [Int]

  init(_ said: OutOfFold, places: [Int], bundles: [Int]) {
    self.places = places
    self.bundles = bundles
    losses = Dictionary(
      uniqueKeysWithValues: zip(said.rows.map { places[$0] }, said.losses))
    hits = GroupedMean(
      said.hits.map { $0 ? 1 : 0 }, groups: said.rows.map { bundles[places[$0]] })
  }

  var logLoss: Double {
    losses.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value } / Double(max(1, losses.count))
  }

  /// By how much the loss is higher than another base's, photo by photo: losses of two bases on one photo
  /// are alike, so their difference has far less noise than two means.
  func behind(_ best: RaceAnswers) -> GroupedMean {
    let both = losses.keys.filter { best.losses[$0] != nil }.sorted()
    return GroupedMean(
      both.map { (losses[$0] ?? 0) - (best.losses[$0] ?? 0) }, groups: both.map { bundles[$0] })
  }

  func scores(behind difference: GroupedMean) -> BaseComparison.Scores {
    BaseComparison.Scores(
      photos: losses.count, accuracy: hits.mean,
      accuracyInterval: AccuracyInterval(share: hits.mean, trials: hits.independentCount),
      logLoss: logLoss, behindBest: difference.mean,
      error: difference.error.isFinite ? difference.error : nil)
  }
}
