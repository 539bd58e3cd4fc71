import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Compares bases on the photos to train on, within a time, and takes the fastest of those that cannot be
/// told from the best.
///
/// A head is cross-validated on each base's features of a small sample, then of samples twice as large of which
/// the smaller ones are part. After each heat bases go that are worse than the best beyond doubt, and where many
/// are left the half that is neither among the better nor among the faster ones. Photos to validate or to test
/// on take no part. Features stay in the cache, where the training that follows finds them.
///
/// Samples, folds and what is concluded depend on photos, seed and bases alone, speeds on multiply-adds and
/// moved memory (`NominalCosts`); how many photos and bases there is time for depends on the machine.
package struct BaseRace {
  /// Divided; those to train on take part.
  package let photos: Photos
  /// Decides samples and folds.
  package let seed: UInt64
  /// How features of a base are computed, and where they are kept.
  package let options: (Base) -> TrainingOptions
  /// What all may take.
  package let seconds: Double
  let pool: WorkerPool
  let onEvent: (BaseComparison.Event) -> Void
  let shouldStop: @Sendable () -> Bool

  /// Photos of the first sample, or more where there are many classes, and at most of the last.
  private static let firstSample = 100
  private static let perClass = 5
  private static let largestSample = 1600
  /// What of the time the first sample may take: a choice on a small one is better than none, but not good.
  private static let firstShare = 0.5
  /// A larger sample is not worth the time if it is not larger by this.
  private static let worthwhile = 1.25
  /// So many bases always get another heat if there is one.
  private static let leastKept = 4
  /// Standard errors by which a base is behind that cannot be chosen (one in twenty is by chance), and that
  /// gets no other heat.
  private static let errorsOfChoice = 1.645
  private static let errorsOfDoubt = 2.576

  package init(
    photos: Photos, seed: UInt64, seconds: Double, options: @escaping (Base) -> TrainingOptions,
    pool: WorkerPool,
    onEvent: @escaping (BaseComparison.Event) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.photos = photos
    self.seed = seed
    self.options = options
    self.seconds = seconds
    self.pool = pool
    self.onEvent = onEvent
    self.shouldStop = shouldStop
  }

  /// Compares.
  ///
  /// Call it on a thread of its own, never on Swift's cooperative pool.
  /// - Returns: which of the candidates is taken, and how all did.
  /// - Throws: `TrainingError` where there are too few photos, or it was stopped; what loading throws.
  /// - Precondition: at least one candidate.
  package func run(_ candidates: [BaseCandidate]) throws -> (chosen: Int, BaseComparison) {
    precondition(!candidates.isEmpty, "a race needs a base")
    let start = ContinuousClock.now
    let racers = candidates.map { Racer($0, photos) }
    do {
      let sampled = try race(racers, since: start)
      let comparison = BaseComparison(
        entries: racers.map(\.entry), sampled: sampled, available: photos.training.count,
        seed: seed, seconds: start.secondsAgo, budget: seconds)
      let chosen = racers.firstIndex { $0.entry.outcome == .chosen } ?? 0
      return (chosen, comparison)
    } catch is Interruption {
      throw TrainingError.interrupted
    }
  }

  /// - Returns: the photos of the last sample.
  private func race(_ racers: [Racer], since start: ContinuousClock.Instant) throws -> Int {
    let bundles = photos.bundleNumbers
    let sample = RaceSample(photos, bundles: bundles, seed: seed)
    var size = min(
      sample.limit(Self.largestSample),
      max(Self.firstSample, Self.perClass * photos.classes.count))
    // The fastest first: they are measured whatever there is time for.
    var running = racers.sorted { $0.nominalSeconds < $1.nominalSeconds }
    var places = sample.places(size)
    running = try firstHeat(running, places, bundles, since: start)
    while true {
      let last = running
      running = judge(running)
      guard running.count > 1,
        let next = nextSize(
          after: size, of: running, limit: sample.limit(Self.largestSample), since: start)
      else {
        choose(among: last)
        return places.count
      }
      size = next
      places = sample.places(size)
      onEvent(.heat(bases: running.count, photos: places.count))
      for racer in running { try racer.run(places, bundles: bundles, in: self) }
    }
  }

  /// - Returns: the bases that there was time for, at least one.
  /// - Throws: what is wrong with the first one where none can be used.
  private func firstHeat(
    _ racers: [Racer], _ places: [Int], _ bundles: [Int], since start: ContinuousClock.Instant
  ) throws -> [Racer] {
    onEvent(.heat(bases: racers.count, photos: places.count))
    var measured: [Racer] = []
    var failure: (any Error)?
    for racer in racers {
      let slowness = measured.compactMap(\.slowness).max() ?? 1
      let left = seconds * Self.firstShare - start.secondsAgo
      // A few photos more are for measuring.
      let expected = racer.expectedSeconds(photos: places.count + 9, slowness: slowness)
      guard measured.isEmpty || expected <= left else {
        racer.leaveOut(
          because: String(
            format: "%d photos would take about %.0f s, and %.0f s are left for that", places.count,
            expected.rounded(.up), max(0, left)))
        continue
      }
      do {
        try racer.run(places, bundles: bundles, in: self)
        measured.append(racer)
      } catch let error as UnusableBase {
        racer.leaveOut(because: error.underlying.message)
        failure = failure ?? error.underlying
      }
    }
    if let failure, measured.isEmpty { throw failure }
    return measured
  }

  /// Compares the bases of a heat with the best of it.
  /// - Returns: those that get another one.
  private func judge(_ racers: [Racer]) -> [Racer] {
    let ranked = racers.sorted { ($0.answers?.logLoss ?? 0) < ($1.answers?.logLoss ?? 0) }
    guard let best = ranked.first?.answers else { return [] }
    let open = ranked.filter {
      !isBehind(difference(of: $0, from: best), by: Self.errorsOfDoubt)
    }
    let seats = max(Self.leastKept, (racers.count + 1) / 2)
    let kept = seated(open, seats)
    for racer in ranked {
      let isKept = kept.contains { $0 === racer }
      let isOpen = open.contains { $0 === racer }
      racer.take(
        difference(of: racer, from: best), isKept ? .alike : isOpen ? .halved : .worse)
      if !isKept { racer.dropFeatures() }
    }
    return racers.filter { racer in kept.contains { $0 === racer } }
  }

  /// So many of the bases: in turn the best and the fastest of those that are left.
  private func seated(_ ranked: [Racer], _ seats: Int) -> [Racer] {
    guard ranked.count > seats else { return ranked }
    var rest = ranked
    var kept: [Racer] = []
    while kept.count < seats {
      let fastest = rest.indices.min { rest[$0].nominalSeconds < rest[$1].nominalSeconds } ?? 0
      kept.append(rest.remove(at: kept.count % 2 == 0 ? 0 : fastest))
    }
    return kept
  }

  /// Takes the fastest of the bases of the last heat that cannot be told from the best.
  private func choose(among racers: [Racer]) {
    let ranked = racers.sorted { ($0.answers?.logLoss ?? 0) < ($1.answers?.logLoss ?? 0) }
    guard let best = ranked.first?.answers else { return }
    let alike = ranked.filter {
      !isBehind(difference(of: $0, from: best), by: Self.errorsOfChoice)
    }
    let fastest = alike.min { $0.nominalSeconds < $1.nominalSeconds }
    for racer in ranked {
      let isAlike = alike.contains { $0 === racer }
      racer.take(
        difference(of: racer, from: best),
        racer === fastest ? .chosen : isAlike ? .alike : .worse)
    }
  }

  private func difference(of racer: Racer, from best: RaceAnswers) -> GroupedMean {
    racer.answers?.behind(best) ?? GroupedMean([], groups: [])
  }

  private func isBehind(_ difference: GroupedMean, by errors: Double) -> Bool {
    difference.error.isFinite && difference.mean > errors * difference.error
  }

  /// How many photos the next heat has; `nil` where there are no more, or no time for them.
  private func nextSize(
    after size: Int, of racers: [Racer], limit: Int, since start: ContinuousClock.Instant
  ) -> Int? {
    let left = seconds - start.secondsAgo
    func expected(_ photos: Int) -> Double {
      racers.reduce(0) { $0 + $1.expectedSeconds(photos: photos, slowness: 1) }
    }
    var next = min(limit, 2 * size)
    guard next > size else { return nil }
    if expected(next) > left {
      // What is expected grows evenly with the photos.
      let (low, high) = (expected(size), expected(next))
      let share = (left - low) / (high - low)
      next = size + Int((Double(next - size) * share).rounded(.down))
      guard Double(next) >= Self.worthwhile * Double(size) else { return nil }
    }
    return next
  }

  /// A training of the head alone, which has what computing and solving need.
  func session(of base: Base, titled title: String) throws -> TrainingSession {
    var options = options(base)
    // A head is compared on all that it is told of.
    options.head.workLimit = .infinity
    let onEvent = onEvent
    return TrainingSession(
      base: base, plan: .head, options: options, photos: photos, pool: pool,
      network: try base.network.addingHead(of: .head, classes: photos.classes.count),
      onEvent: { event in
        switch event {
        case .features(let features):
          onEvent(.features(base: title, done: features.images, total: features.total))
        case .note(let note): onEvent(.note(note.sentence))
        default: break
        }
      }, shouldStop: shouldStop)
  }

  var tooFewPhotos: TrainingError {
    .noPhotos(
      "'\(photos.source.relativePath)' has too few photos to train on for bases to be compared: at least"
        + " two classes need two that do not belong together")
  }
}

/// A candidate that a race can do without cannot be used.
package struct UnusableBase: Error {
  /// What is wrong with it.
  package let underlying: any Remediable

  package init(_ underlying: any Remediable) { self.underlying = underlying }
}

/// Samples of the photos to train on, each class in proportion, photos that belong together taken together.
package struct RaceSample {
  private let groups: RowGroups
  private let seed: UInt64

  /// - Parameter bundles: for each photo of the list what it belongs to.
  package init(_ photos: Photos, bundles: [Int], seed: UInt64) {
    // They come first in the list.
    let places = Array(photos.training)
    let (strata, bound) = photos.labelling.strata(of: photos.labels(places))
    groups = RowGroups(
      labels: strata.map(Int32.init), classes: bound, groups: Array(bundles[photos.training]))
    self.seed = seed
  }

  /// The number of photos, or a largest one.
  package func limit(_ largest: Int) -> Int { min(largest, groups.rowCount) }

  /// About so many photos, by their places, ascending; a larger sample holds a smaller one.
  package func places(_ count: Int) -> [Int] { groups.stratifiedPart(count, seed: seed ^ 0xBA5E) }
}
