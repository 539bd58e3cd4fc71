import Files
import Foundation

/// What a classifier said about one photo: every metric is a function of these rows alone.
public struct PredictionRow: Codable, Hashable, Sendable {
  /// The photo, as the user knows it (usually relative to the folder of the photos).
  public var path: String
  /// The index of the true class; −1 where classes do not exclude one another.
  public var truth: Int
  /// The indices of the true classes, ascending, where there may be any number of them; else `nil`.
  public var truths: [Int]?
  /// One probability per class, `0...1`, summing to 1 unless there are `truths`.
  public var probabilities: [Float]
  /// Of a cross-validation: the round, from 1, whose weights had not seen the photo; else `nil`.
  public var fold: Int?

  /// What was predicted of a photo that may have any number of classes.
  /// - Parameters:
  ///   - path: relative to the data's root.
  ///   - truths: the indices of the true classes, ascending; also none.
  ///   - probabilities: one for each class.
  public init(path: String, truths: [Int], probabilities: [Float]) {
    self.path = path
    truth = -1
    self.truths = truths
    self.probabilities = probabilities
  }

  /// What was predicted for one photo.
  /// - Parameters:
  ///   - path: relative to the data's root.
  ///   - truth: the index of the true class.
  ///   - probabilities: one for each class.
  public init(path: String, truth: Int, probabilities: [Float]) {
    self.path = path
    self.truth = truth
    self.probabilities = probabilities
  }

  /// The index of the largest probability; the lowest such index where several are equal.
  public var predicted: Int {
    var best = 0
    for index in probabilities.indices where probabilities[index] > probabilities[best] {
      best = index
    }
    return best
  }

  /// The probability of the predicted class.
  public var confidence: Float { probabilities[predicted] }

  /// Whether the predicted class is the true one.
  public var isCorrect: Bool { predicted == truth }

  /// The place of the true class when classes are ordered by falling probability, from 0; equal
  /// probabilities are ordered by index, so that rank 0 means `isCorrect`.
  public var rankOfTruth: Int {
    let own = probabilities[truth]
    var rank = 0
    for (index, probability) in probabilities.enumerated()
    where probability > own || (probability == own && index < truth) {
      rank += 1
    }
    return rank
  }
}

extension PredictionRow {
  /// One JSON object a line, keys sorted; the last one says in `sha256`, too, what all before that word is: what
  /// `predictions.jsonl` holds.
  public static func jsonLines(_ rows: [PredictionRow]) throws -> String {
    guard !rows.isEmpty else { return "" }
    let lines = try rows.map { String(decoding: try CanonicalJSON.line($0), as: UTF8.self) }
    let open = lines.joined(separator: "\n").dropLast()
    return open + seal(of: Data(open.utf8))
  }

  /// Reads what `jsonLines` gives.
  /// - Throws: `DecodingError`, also where the lines are not those that were written.
  public static func rows(jsonLines data: Data) throws -> [PredictionRow] {
    guard !data.isEmpty else { return [] }
    let open = data.dropLast(seal(of: Data()).utf8.count)
    guard data[open.endIndex...].elementsEqual(seal(of: open).utf8) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "its last line does not end with the sha256 of what is before"))
    }
    let decoder = JSONDecoder()
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try decoder.decode(PredictionRow.self, from: Data($0))
    }
  }

  /// The end of the last object, behind the bytes that it is about.
  private static func seal(of bytes: Data) -> String {
    ",\"sha256\":\"\(ContentDigest(bytes).hexadecimal)\"}\n"
  }
}

/// A file of the split that could not be evaluated, and why.
public struct SkippedFile: Codable, Hashable, Sendable {
  /// Relative to the data's root.
  public var path: String
  /// Why it could not be read, one line.
  public var reason: String

  /// A file that is missing from the figures, and why.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

/// An evaluation that cannot be made from the rows given.
public struct EvaluationError: Remediable, Hashable {
  /// What the rows lack, or the page.
  public enum Kind: Hashable, Sendable {
    /// There is no row: no photo of the split could be read.
    case empty
    /// A probability is not a number, as a network gives that diverged in training.
    case notANumber
    /// The report's page could not be made; an error of ours.
    case template
  }
  /// What is wrong, to tell cases apart by.
  public let kind: Kind
  /// What is wrong and what helps, for people.
  public let sentence: Sentence
}
