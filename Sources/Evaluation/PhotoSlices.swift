/// How a classifier does on photos that were taken or stored in a certain way, beside all others.
public struct PhotoSlice: Codable, Hashable, Sendable {
  /// What its photos have in common, such as `dark`.
  public var name: String
  /// The same in a sentence's words: where it begins.
  public var meaning: String
  /// How many there are, and how many of them are classified rightly.
  public var images, correct: Int
  /// The share of them classified rightly.
  public var accuracy: Double
  /// Wilson's 95 % interval of it.
  public var interval: AccuracyInterval
  /// That of all other photos.
  public var others: AccuracyInterval

  /// Whether the intervals of these and of the others do not overlap, and these are worse.
  public var isWorse: Bool { interval.upper < others.lower }

  /// - Parameters:
  ///   - name: what the photos have in common.
  ///   - meaning: where it begins.
  ///   - isIn: whether each row is of it.
  ///   - rows: what was predicted.
  /// - Returns: `nil` for fewer than `fewest` photos, or fewer others.
  public init?(_ name: String, meaning: String, isIn: [Bool], rows: [PredictionRow]) {
    precondition(isIn.count == rows.count, "a statement for each row")
    let right = zip(isIn, rows).map { (isIn: $0, isCorrect: $1.isCorrect) }
    let images = isIn.count { $0 }
    guard images >= Self.fewest, rows.count - images >= Self.fewest else { return nil }
    let correct = right.count { $0.isIn && $0.isCorrect }
    self.name = name
    self.meaning = meaning
    self.images = images
    self.correct = correct
    accuracy = ratio(correct, images)
    interval = AccuracyInterval(successes: correct, trials: images)
    others = AccuracyInterval(
      successes: right.count { !$0.isIn && $0.isCorrect }, trials: rows.count - images)
  }

  /// Photos below which an accuracy says nothing.
  static let fewest = 5
}

/// A property of photos that tells their class though it has nothing to do with what is on them.
public struct TellingProperty: Codable, Hashable, Sendable {
  /// Such as `brightness`.
  public var name: String
  /// How often the class is right that most other photos with about this value have, `0...1`.
  public var accuracy: Double
  /// Wilson's 95 % interval of it.
  public var interval: AccuracyInterval
  /// How often that of the commonest class is.
  public var majority: Double

  /// Photos are sorted into eight parts of equal size by their values; each fifth is given the classes that are commonest
  /// in the parts of the other four.
  /// - Parameters:
  ///   - name: of the property.
  ///   - values: one for each photo.
  ///   - classes: of the photos.
  /// - Returns: `nil` unless that takes away a quarter of the commonest class's mistakes, and not by chance.
  public init?(_ name: String, values: [Double], classes: [Int]) {
    precondition(values.count == classes.count, "a value for each photo")
    guard values.count >= Self.fewest, let first = values.first,
      values.contains(where: { $0 != first })
    else { return nil }
    var right = 0
    for part in CrossFitting.parts(Array(zip(values, classes))) {
      let limits = Self.limits(part.choosing.map(\.0))
      var counts: [Int: [Int: Int]] = [:]
      for (value, index) in part.choosing {
        counts[Self.place(value, limits), default: [:]][index, default: 0] += 1
      }
      right += part.measured.count { value, index in
        let found = counts[Self.place(value, limits)]?.max {
          ($0.value, $1.key) < ($1.value, $0.key)
        }
        return found?.key == index
      }
    }
    let most = Dictionary(grouping: classes, by: \.self).values.map(\.count).max() ?? 0
    self.name = name
    accuracy = ratio(right, values.count)
    interval = AccuracyInterval(successes: right, trials: values.count)
    majority = ratio(most, values.count)
    guard interval.lower > majority, 1 - accuracy <= 0.75 * (1 - majority) else { return nil }
  }

  private static let fewest = 40
  private static let parts = 8

  private static func limits(_ values: [Double]) -> [Double] {
    let sorted = values.sorted()
    return (1..<parts).map { sorted[$0 * sorted.count / parts] }
  }

  private static func place(_ value: Double, _ limits: [Double]) -> Int {
    limits.count { value >= $0 }
  }
}
