import Files
import TensorKernels

/// Chooses bundles of photos that belong together until each class has its number to validate on: each stratum,
/// where photos have several classes.
struct ValidationChoice {
  private struct Bundle {
    let photos: [Int]
    /// How many photos of which class or stratum.
    let counts: [(label: Int, count: Int)]
    let rank: UInt64
    let key: String
    var isChosen = false
  }

  /// In the order of choice.
  private var bundles: [Bundle]
  /// By label.
  private var totals: [Int: Int] = [:]
  private var targets: [Int: Int] = [:]
  private var chosen: [Int: Int] = [:]

  /// - Parameter strata: the class of each photo, or its stratum.
  init(photos: [Photo], strata: [Int], bundles: [[Int]], fraction: Double, seed: UInt64) {
    for stratum in strata { totals[stratum, default: 0] += 1 }
    for (label, total) in totals where fraction > 0 && total >= 2 {
      targets[label] = min(max(1, Int((Double(total) * fraction).rounded())), total - 1)
    }
    self.bundles = bundles.map { indices in
      // A photo that was never read has no digest; its path stands for it.
      let key =
        indices.map { photos[$0].digest.isEmpty ? photos[$0].path : photos[$0].digest }
        .min(by: precedes) ?? ""
      let counts = indices.reduce(into: [Int: Int]()) { $0[strata[$1], default: 0] += 1 }
      return Bundle(
        photos: indices, counts: counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        rank: Self.rank(key, seed: seed), key: key)
    }
    .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : precedes($0.key, $1.key) }
  }

  /// A random number that a photo keeps as long as its bytes and the seed stay the same.
  private static func rank(_ key: String, seed: UInt64) -> UInt64 {
    let hash = key.utf8.reduce(UInt64(0)) { ($0 &+ UInt64($1)) &* 0x0100_0000_01B3 }
    var random = CounterRandom(seed: seed, epoch: .max, index: hash)
    return random.next()
  }

  /// The indices of the photos to validate on.
  mutating func run() -> Set<Int> {
    for place in bundles.indices where fits(bundles[place]) { toggle(place) }
    refine()
    fillEmpty()
    return Set(bundles.lazy.filter(\.isChosen).flatMap(\.photos))
  }

  private mutating func toggle(_ place: Int) {
    let sign = bundles[place].isChosen ? -1 : 1
    for (label, count) in bundles[place].counts { chosen[label, default: 0] += sign * count }
    bundles[place].isChosen.toggle()
  }

  /// Whether no class gets more than its number.
  private func fits(_ bundle: Bundle) -> Bool {
    bundle.counts.allSatisfy { chosen[$0.label, default: 0] + $0.count <= targets[$0.label] ?? 0 }
  }

  /// Adds, removes and exchanges single bundles as long as the numbers come closer to what is wanted.
  ///
  /// Only where bundles are coarse is there anything to do: as long as single photos are left, each
  /// number is met exactly.
  private mutating func refine() {
    var places: [Int: [Int]] = [:]
    for (place, bundle) in bundles.enumerated() {
      for (label, _) in bundle.counts { places[label, default: []].append(place) }
    }
    var isMoving = true
    while isMoving {
      isMoving = false
      for label in targets.keys.sorted() {
        while chosen[label, default: 0] != targets[label], let move = bestMove(places[label] ?? [])
        {
          for place in move { toggle(place) }
          isMoving = true
        }
      }
    }
  }

  /// The best of all moves of the bundles at some places; `nil` if none is any good.
  ///
  /// Bundles with the same counts are alike: the first that is not chosen and the last that is, in the
  /// order of choice, stand for all.
  private func bestMove(_ places: [Int]) -> [Int]? {
    var outside: [[Int]: Int] = [:]
    var inside: [[Int]: Int] = [:]
    for place in places {
      let kind = bundles[place].counts.flatMap { [$0.label, $0.count] }
      if bundles[place].isChosen {
        inside[kind] = place
      } else {
        outside[kind] = outside[kind] ?? place
      }
    }
    let (add, remove) = (outside.values.sorted(), inside.values.sorted())
    let moves =
      add.map { [$0] } + remove.map { [$0] }
      + remove.flatMap { old in add.map { new in [old, new] } }
    var best: (gain: Int, move: [Int])?
    for move in moves {
      guard let gain = gain(of: move), gain > best?.gain ?? 0 else { continue }
      best = (gain, move)
    }
    return best?.move
  }

  /// By how many photos a move brings the classes closer to their numbers; `nil` if it would leave
  /// none to train on.
  private func gain(of move: [Int]) -> Int? {
    var change: [Int: Int] = [:]
    for place in move {
      let sign = bundles[place].isChosen ? -1 : 1
      for (label, count) in bundles[place].counts { change[label, default: 0] += sign * count }
    }
    var gain = 0
    for (label, difference) in change {
      let (before, target) = (chosen[label, default: 0], targets[label] ?? 0)
      guard before + difference < totals[label, default: 0] else { return nil }
      gain += abs(before - target) - abs(before + difference - target)
    }
    return gain
  }

  /// Gives each class without a photo to validate on its smallest bundle, if one can be spared.
  private mutating func fillEmpty() {
    for label in targets.keys.sorted() where chosen[label, default: 0] == 0 {
      let spare = bundles.indices.filter { place in
        let bundle = bundles[place]
        return !bundle.isChosen && bundle.counts.contains { $0.label == label }
          && bundle.counts.allSatisfy {
            chosen[$0.label, default: 0] + $0.count < totals[$0.label, default: 0]
          }
      }
      // The first in the order of choice among the smallest.
      guard let place = spare.min(by: { bundles[$0].photos.count < bundles[$1].photos.count })
      else { continue }
      toggle(place)
    }
  }
}
