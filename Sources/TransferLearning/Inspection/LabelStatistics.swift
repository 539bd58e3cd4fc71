import Files
import ImagePipeline

/// How often classes that do not exclude one another are on the same photo.
package struct LabelStatistics: Codable, Hashable, Sendable {
  /// Photos with so many labels.
  package struct Count: Codable, Hashable, Sendable {
    package var labels: Int
    package var images: Int
  }

  /// Two classes and the photos that have both.
  package struct Pair: Codable, Hashable, Sendable {
    /// The names, in the order of the label map.
    package var classes: [String]
    package var images: Int
  }

  /// By the number of labels, ascending; a photo without any has 0.
  package var perPhoto: [Count]
  /// Pairs that are on any photo, the commonest first; of very many the first `mostPairs`.
  package var together: [Pair]
  /// Pairs beside them; `nil` where all are there.
  package var morePairs: Int?
  /// How many different sets of classes photos have.
  package var sets: Int

  /// More nobody looks through, and there may be half a million of one photo.
  package static let mostPairs = 10_000

  /// Of usable photos, in all splits; `nil` where classes exclude one another.
  init?(_ photos: Photos) {
    guard case .sets(let all) = photos.labelling else { return nil }
    let images = photos.all.reduce(into: [Int: Int]()) { $0[$1.label, default: 0] += 1 }
    var sizes: [Int: Int] = [:]
    for (label, count) in images { sizes[all[label].count, default: 0] += count }
    sets = images.count
    perPhoto = sizes.sorted { $0.key < $1.key }.map { Count(labels: $0.key, images: $0.value) }
    var pairs = CommonPairs(atMost: Self.mostPairs)
    pairs.count(
      images.map { (classes: all[$0.key], images: $0.value) }, classes: photos.classes.count)
    together = pairs.commonest.map { pair in
      Pair(classes: [pair.first, pair.second].map { photos.classes[$0] }, images: pair.images)
    }
    morePairs = pairs.number > together.count ? pairs.number - together.count : nil
  }
}

/// Counts pairs of classes in memory that does not grow with their number.
private struct CommonPairs {
  struct Entry {
    let first: Int
    let second: Int
    let images: Int

    /// Whether it is commoner than another, or as common and of earlier classes.
    func precedes(_ other: Entry) -> Bool {
      (other.images, first, second) < (images, other.first, other.second)
    }
  }

  private let limit: Int
  private var kept: [Entry] = []
  /// The last that is kept, once some had to be let go.
  private var last: Entry?
  /// How many different pairs there are.
  private(set) var number = 0

  init(atMost limit: Int) { self.limit = limit }

  var commonest: [Entry] { Array(kept.sorted { $0.precedes($1) }.prefix(limit)) }

  /// Class by class, so that no more is held than the counts of one class beside the pairs that are kept.
  /// - Parameter sets: different sets of classes, each ascending, and how many photos have it.
  mutating func count(_ sets: [(classes: [Int], images: Int)], classes: Int) {
    var setsOfClass = [[Int]](repeating: [], count: classes)
    for (index, set) in sets.enumerated() {
      for label in set.classes { setsOfClass[label].append(index) }
    }
    var counts = [Int](repeating: 0, count: classes)
    for first in 0..<classes {
      var seconds: [Int] = []
      for index in setsOfClass[first] {
        for second in sets[index].classes.reversed() {
          guard second > first else { break }
          if counts[second] == 0 { seconds.append(second) }
          counts[second] += sets[index].images
        }
      }
      number += seconds.count
      for second in seconds {
        keep(Entry(first: first, second: second, images: counts[second]))
        counts[second] = 0
      }
    }
  }

  private mutating func keep(_ entry: Entry) {
    if let last, !entry.precedes(last) { return }
    kept.append(entry)
    guard kept.count >= 2 * limit else { return }
    kept.sort { $0.precedes($1) }
    kept.removeLast(kept.count - limit)
    last = kept.last
  }
}

extension LabelStatistics: CustomStringConvertible {
  private static let shownPairs = 20

  /// A paragraph for a terminal.
  package var description: String {
    let counts = perPhoto.map {
      "\($0.images.counted("photo")) with \($0.labels == 0 ? "none" : "\($0.labels)")"
    }
    var lines = [
      "labels of a photo: \(counts.joined(separator: ", ")); \(sets.counted("different set"))"
    ]
    guard !together.isEmpty else { return lines[0] }
    lines.append("most often together:")
    lines += together.prefix(Self.shownPairs).map { pair in
      "  \(pair.images)  \(pair.classes.map(\.printable).joined(separator: " + "))"
    }
    let more = together.count + (morePairs ?? 0) - Self.shownPairs
    if more > 0 { lines.append("  and \(more) more pairs") }
    return lines.joined(separator: "\n")
  }
}
