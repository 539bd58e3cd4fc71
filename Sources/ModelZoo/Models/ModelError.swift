import Files
import NeuralNetworks
import TensorKernels

/// Why there is no such model.
public struct ModelError: Remediable, Hashable {
  /// What is wrong, with what was asked for.
  public enum Kind: Hashable, Sendable {
    /// No family has this name; the nearest one that exists, if any is near.
    case unknownName(String, nearest: String?)
    /// The architecture is known, but no weights of it with this tag.
    case unknownTag(String, family: String, tags: [String])
    /// The family has no factor on its widths.
    case noAlpha(name: String)
    /// Outside of `Model.alphas`.
    case badAlpha(name: String, alpha: Double)
    /// Outside of `Model.imageSizes(of:)`.
    case badImageSize(name: String, size: ImageSize, expected: ClosedRange<Int>)
    /// Outside of `Model.channelCounts`.
    case badChannels(name: String, channels: Int)
    /// The layers do not fit together.
    case unbuildable(name: String, NetworkError)
  }

  /// What is wrong, to tell cases apart by.
  public let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  /// What was asked for, and what there is instead.
  public var sentence: Sentence {
    switch kind {
    case .unknownName(let name, let nearest?):
      "there is no model '\(name)'; did you mean '\(nearest)'?"
    case .unknownName(let name, nil):
      "there is no model '\(name)'; \(.listModels) lists the \(Model.names.count) that there are"
    case .unknownTag(let name, let family, let tags):
      "there are no weights '\(name)'; of \(family) there are "
        + "\(tags.map { "\(family).\($0)" }.joined(separator: ", "))"
    case .noAlpha(let name):
      "\(name) comes in one width; leave out \(.without(.alpha)), or take "
        + "one of \(Family.all.filter(\.isScalable).map(\.name).joined(separator: ", "))"
    case .badAlpha(let name, let alpha):
      "\(name) cannot be built with a width of \(alpha); expected \(Model.alphas.lowerBound) to "
        + "\(Model.alphas.upperBound)"
    case .badImageSize(let name, let size, let expected):
      "\(name) cannot read images of \(size.title) pixels; expected "
        + "\(expected.lowerBound) to \(expected.upperBound)"
    case .badChannels(let name, let channels):
      "\(name) cannot be built for \(channels) input channels; expected "
        + "\(Model.channelCounts.lowerBound) to \(Model.channelCounts.upperBound)"
    case .unbuildable(let name, let error):
      "\(name) cannot be built: \(error)"
    }
  }
}

/// The candidate that takes the fewest insertions, deletions and substitutions to reach from `word`;
/// `nil` if even that is more than a third of its letters.
func nearest(to word: String, among candidates: [String]) -> String? {
  let ranked = candidates.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }),
    best.distance <= max(2, best.name.count / 3)
  else { return nil }
  return best.name
}

/// The Levenshtein distance.
package func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in right.indices {
      let substituted = diagonal + (letter == right[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
