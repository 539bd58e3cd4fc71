/// What the base's features, as they were before training, say of the photos that were measured: how good simpler
/// classifiers are, what more photos would bring, and whether the photos are like those that were trained on.
public struct FeatureStudy: Codable, Hashable, Sendable {
  /// What the base is called.
  public var base: String
  /// How many photos the simpler classifiers learnt from.
  public var trainingPhotos: Int
  /// How many of the measured photos have features.
  public var photos: Int
  /// Whether these are the same photos, each answered by what was learnt from others of them.
  public var isCrossFitted: Bool
  /// The best first.
  public var classifiers: [SimplerClassifier]
  /// `nil` where there are too few photos of a class to leave some out, or too many to do so in a short time.
  public var curve: LearningCurve?
  /// `nil` where the measured photos are those that were trained on, or too few.
  public var drift: PhotoDrift?
  /// `nil` where there are too few photos to say how far away one usually is, or where finding out would take long.
  public var unusual: UnusualPhotos?

  /// All that was found.
  package init(
    base: String, trainingPhotos: Int, photos: Int, isCrossFitted: Bool,
    classifiers: [SimplerClassifier], curve: LearningCurve?, drift: PhotoDrift?
  ) {
    self.base = base
    self.trainingPhotos = trainingPhotos
    self.photos = photos
    self.isCrossFitted = isCrossFitted
    self.classifiers = classifiers.sorted { $0.accuracy > $1.accuracy }
    self.curve = curve
    self.drift = drift
  }
}

/// A classifier on the base's features that takes a moment to make, to judge the trained one by.
public struct SimplerClassifier: Codable, Hashable, Sendable {
  /// How it answers.
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    /// A linear head, solved: multinomial logistic regression with an L2 penalty.
    case linearHead
    /// The class whose mean is nearest, by Euclidean distance, features scaled to the length 1 (nearest centroid).
    case nearestMean
    /// What most of the nearest five photos are, by the same distance; of equally many that with the nearest one.
    case nearestPhotos
  }

  /// How it answers.
  public var kind: Kind
  /// The share of right answers, `0...1`.
  public var accuracy: Double
  /// Wilson's 95 % interval of `accuracy`.
  public var interval: AccuracyInterval

  /// - Parameters:
  ///   - kind: how it answers.
  ///   - hits: whether each photo was answered rightly; at least one.
  package init(_ kind: Kind, hits: [Bool]) {
    let right = hits.count { $0 }
    self.kind = kind
    accuracy = ratio(right, hits.count)
    interval = AccuracyInterval(successes: right, trials: hits.count)
  }
}

/// Whether photos are of the same kind as those that a classifier was trained on: how well a linear classifier on the
/// base's features tells the ones from the others, when it is asked about photos that it has not learnt from (a
/// classifier two-sample test: Lopez-Paz and Oquab 2017). As many photos of each class are compared on both sides.
public struct PhotoDrift: Codable, Hashable, Sendable {
  /// How many photos of each side were compared.
  public var photos: Int
  /// The area under its ROC curve: one half where nothing tells them apart, 1 where everything does.
  public var area: Double
  /// The 95 % interval of `area` (Hanley and McNeil 1982), within `0...1`.
  public var interval: BootstrapIntervals.Interval

  /// Below this the kinds of photos differ little, whatever the interval is.
  private static let noticeable = 0.6
  /// From here on few photos of one side could be of the other.
  private static let strong = 0.8

  /// - Parameters:
  ///   - scores: of each photo, higher for measured ones.
  ///   - isMeasured: whether each photo is a measured one, not one of the training.
  /// - Returns: `nil` where all are of one side.
  package init?(scores: [Float], isMeasured: [Bool]) {
    let measured = isMeasured.count { $0 }
    guard measured < scores.count,
      let area = RankingCurves(scores: scores, isOfClass: isMeasured)?.rocArea
    else { return nil }
    let error = Self.standardError(
      area, measured: Double(measured), others: Double(scores.count - measured))
    photos = min(measured, scores.count - measured)
    self.area = area
    interval = BootstrapIntervals.Interval(
      lower: max(0, area - 1.96 * error), upper: min(1, area + 1.96 * error))
  }

  /// Of an area under a ROC curve, as Hanley and McNeil have it.
  private static func standardError(_ area: Double, measured: Double, others: Double) -> Double {
    let ofTwoMeasured = area / (2 - area) - area * area
    let ofTwoOthers = 2 * area * area / (1 + area) - area * area
    let variance =
      (area * (1 - area) + (measured - 1) * ofTwoMeasured + (others - 1) * ofTwoOthers)
      / (measured * others)
    return max(0, variance).squareRoot()
  }

  /// What the area says of the photos.
  public enum Verdict: String, Codable, Hashable, Sendable {
    /// No difference beyond chance, or hardly one.
    case alike
    /// More than chance, and noticeable.
    case different
    /// Nearly every photo shows which side it is of.
    case apart
  }

  /// What the area says.
  public var verdict: Verdict {
    guard interval.lower > 0.5, area >= Self.noticeable else { return .alike }
    return area < Self.strong ? .different : .apart
  }
}
