import Files
import Foundation

/// The evaluation of one model on one split, for people (`html`) and for programs (`json`).
///
/// Both are functions of the values here alone: equal values give equal bytes, and a time appears
/// only if the caller puts one into `provenance` or, for the page, `story`.
public struct EvaluationReport: Sendable {
  /// All figures of the report.
  public var metrics: ClassificationMetrics
  /// Which model was measured, on what, by which versions.
  public var provenance: Provenance
  /// Confidently wrong predictions, the most confident first; none where classes do not exclude one another.
  public var mistakes: [Mistake]
  /// The same where they do not: photos whose classes are not those that are named, the surest first.
  public var wrongPhotos: [WrongPhoto] = []
  /// Figures beyond `metrics`; `nil` where classes do not exclude one another.
  public var scores: DetailedScores?
  /// Curves over all thresholds; `nil` where no class has some photos and lacks others.
  public var curves: RankingDiagram?
  /// How the rounds of a cross-validation differ; `nil` where there was none. They are of the photos that the run was made from,
  /// also where the report is of others.
  public var folds: FoldScores?
  /// What the network looks at, and which photos it takes for alike; `nil` where nobody looked.
  public var looks: PhotoLooks?
  /// How the model does on photos that were taken or stored in a certain way; none where nobody looked at the photos.
  public var slices: [PhotoSlice] = []
  /// Properties of photos that alone tell their class.
  public var tellingProperties: [TellingProperty] = []
  /// What the training did; `nil` where the model is not of a run. It is on the page only: a training that was interrupted
  /// and continued has the same JSON as one that was not, and another story.
  public var story: TrainingStory?
  /// Photos whose pictures were trained on in other files; `nil` for none.
  public var copies: Copies?
  /// Files that show the same picture, those with different labels first; none where nobody compared them.
  public var samePictures: [PictureGroup] = []
  /// What the base's features alone say of the photos; `nil` where nobody asked them.
  public var study: FeatureStudy?
  /// All mistakes by class, the commonest first; none where classes do not exclude one another.
  public var confusions: [ConfusedPhotos] = []

  /// A photo that was classified wrongly.
  public struct Mistake: Codable, Hashable, Sendable {
    /// Relative to the data's root, as in the predictions.
    public var path: String
    /// Indices of classes.
    public var truth, predicted: Int
    /// Probability of the predicted class, and of the true one.
    public var confidence, probabilityOfTruth: Float
    /// A small JPEG of the photo, shown on the page; kept out of the JSON.
    public var thumbnail: [UInt8]?

    private enum CodingKeys: CodingKey {
      case path, truth, predicted, confidence, probabilityOfTruth
    }
  }

  /// A photo that is not said to have exactly its classes.
  public struct WrongPhoto: Codable, Hashable, Sendable {
    /// Relative to the data's root, as in the predictions.
    public var path: String
    /// Indices of classes, ascending: those that the photo has, and those that are named.
    public var truths, named: [Int]
    /// The probability of each class.
    public var probabilities: [Float]
    /// A small JPEG of the photo, shown on the page; kept out of the JSON.
    public var thumbnail: [UInt8]?

    private enum CodingKeys: CodingKey { case path, truths, named, probabilities }

    /// How sure the surest of its wrong decisions is, `0...1`.
    var sureness: Float {
      let wrong = Set(truths).symmetricDifference(named)
      return wrong.map { truths.contains($0) ? 1 - probabilities[$0] : probabilities[$0] }.max()
        ?? 0
    }
  }

  /// What the figures were measured with, enough to measure them again.
  public struct Provenance: Codable, Hashable, Sendable {
    /// The base network, such as `mobilenetv2`.
    public var base: String
    /// The licence of the base's weights where it forbids commercial use, also of what is made from them.
    public var restriction: String?
    /// How the base was chosen among others; nil where it was named.
    public var baseComparison: BaseComparison?
    /// The digest of the base's weight file, such as `sha256:…`; nil for random weights.
    public var baseDigest: String?
    /// The digest of the fine-tuned weights that were evaluated.
    public var weightsDigest: String?
    /// The fine-tuning plan, such as `last-stage`.
    public var plan: String?
    /// The seed of the run, by which photos were divided and training was drawn.
    public var seed: UInt64?
    /// What became of the photos that the run was made from.
    public var photos: PhotoAccount?
    /// The folder of the photos.
    public var data: String?
    /// How many views of each photo the probabilities are means over; nil for the usual single one.
    public var tta: Int?
    /// What was done with these photos after they were measured, in a sentence; nil for nothing.
    public var afterwards: String?
    /// When the evaluation was made, in the words of the caller.
    public var date: String?
    /// Versions of this program and of the libraries that computed the figures.
    public var versions: [String: String]

    /// What is known of the model's origin; `restriction`, `baseComparison`, `photos` and `afterwards`
    /// are set by themselves.
    public init(
      base: String, baseDigest: String? = nil, weightsDigest: String? = nil, plan: String? = nil,
      seed: UInt64? = nil, data: String? = nil, tta: Int? = nil, date: String? = nil,
      versions: [String: String] = [:]
    ) {
      self.base = base
      self.baseDigest = baseDigest
      self.weightsDigest = weightsDigest
      self.plan = plan
      self.seed = seed
      self.data = data
      self.tta = tta
      self.date = date
      self.versions = versions
    }
  }

  /// A report of `metrics`, with the worst mistakes among `rows`; their thumbnails are the caller's
  /// to fill in.
  public init(
    _ metrics: ClassificationMetrics, rows: [PredictionRow], provenance: Provenance,
    mistakeLimit: Int = 24
  ) {
    self.metrics = metrics
    self.provenance = provenance
    let rankings = ClassRankings(rows, classes: metrics.classes)
    curves = rankings.diagram
    guard metrics.multiLabel == nil else {
      mistakes = []
      return
    }
    folds = FoldScores(rows)
    scores = DetailedScores(rows, metrics, rankings)
    // Equal confidences are ordered by path, so that the order of reading does not show.
    let wrong = rows.filter { !$0.isCorrect }.map { (row: $0, confidence: $0.confidence) }
      .sorted { ($1.confidence, $0.row.path) < ($0.confidence, $1.row.path) }.map(\.row)
    confusions = ConfusedPhotos.all(wrong)
    mistakes =
      wrong.prefix(mistakeLimit)
      .map {
        Mistake(
          path: $0.path, truth: $0.truth, predicted: $0.predicted, confidence: $0.confidence,
          probabilityOfTruth: $0.probabilities[$0.truth])
      }
  }

  /// The same of photos that may have any number of classes.
  /// - Parameters:
  ///   - metrics: of `rows`.
  ///   - rows: what was predicted.
  ///   - thresholds: as `metrics` were measured with.
  ///   - provenance: which model was measured, on what.
  ///   - mistakeLimit: how many mistakes are told at most.
  public init(
    _ metrics: ClassificationMetrics, rows: [PredictionRow], thresholds: [ClassThresholds],
    provenance: Provenance, mistakeLimit: Int = 24
  ) {
    self.init(metrics, rows: rows, provenance: provenance, mistakeLimit: mistakeLimit)
    let photos = rows.enumerated().map { place, row in
      WrongPhoto(
        path: row.path, truths: row.truths ?? [],
        named: ClassThresholds.of(place, in: thresholds).named(row.probabilities),
        probabilities: row.probabilities)
    }
    folds = FoldScores(rows, areRight: photos.map { $0.truths == $0.named })
    wrongPhotos =
      photos.filter { $0.truths != $0.named }
      .sorted { ($1.sureness, $0.path) < ($0.sureness, $1.path) }
      .prefix(mistakeLimit).map { $0 }
  }

  /// The metrics' keys with `provenance`, `mistakes`, `scores` and `slices` beside them, keys sorted, ending in a newline.
  public func json() throws -> String { try Self.encode(self) }

  /// A value as the JSON that this program prints: keys sorted, slashes not escaped.
  package static func encode(_ value: some Encodable) throws -> String {
    String(decoding: try CanonicalJSON.page(value), as: UTF8.self)
  }
}

extension EvaluationReport: Encodable {
  private enum CodingKeys: CodingKey {
    case provenance, mistakes, scores, slices, tellingProperties, copies, samePictures,
      study, curves, folds, neighbours
  }

  /// Writes the metrics' keys beside `provenance`, `mistakes`, `scores` and `slices`, in one object.
  public func encode(to encoder: any Encoder) throws {
    try metrics.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(provenance, forKey: .provenance)
    try container.encodeIfPresent(scores, forKey: .scores)
    try container.encode(slices, forKey: .slices)
    try container.encode(tellingProperties, forKey: .tellingProperties)
    try container.encodeIfPresent(copies, forKey: .copies)
    try container.encode(samePictures, forKey: .samePictures)
    try container.encodeIfPresent(study, forKey: .study)
    try container.encodeIfPresent(curves, forKey: .curves)
    try container.encodeIfPresent(folds, forKey: .folds)
    try container.encodeIfPresent(looks?.neighbours, forKey: .neighbours)
    if metrics.multiLabel == nil {
      try container.encode(mistakes, forKey: .mistakes)
    } else {
      try container.encode(wrongPhotos, forKey: .mistakes)
    }
  }
}
