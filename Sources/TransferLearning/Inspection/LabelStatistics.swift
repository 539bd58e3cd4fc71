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
  /// Pairs that are on any photo, the commonest first.
  package var together: [Pair]
  /// How many different sets of classes photos have.
  package var sets: Int

  /// Of usable photos, in all splits; `nil` where classes exclude one another.
  init?(_ photos: Photos) {
    guard case .sets(let all) = photos.labelling else { return nil }
    let images = photos.all.reduce(into: [Int: Int]()) { $0[$1.label, default: 0] += 1 }
    var (sizes, pairs) = ([Int: Int](), [[Int]: Int]())
    for (label, count) in images {
      let set = all[label]
      sizes[set.count, default: 0] += count
      for (place, first) in set.enumerated() {
        for second in set[(place + 1)...] { pairs[[first, second], default: 0] += count }
      }
    }
    sets = images.count
    perPhoto = sizes.sorted { $0.key < $1.key }.map { Count(labels: $0.key, images: $0.value) }
    together = pairs.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
    }
    .map { Pair(classes: $0.key.map { photos.classes[$0] }, images: $0.value) }
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
    if together.count > Self.shownPairs {
      lines.append("  and \(together.count - Self.shownPairs) more pairs")
    }
    return lines.joined(separator: "\n")
  }
}
