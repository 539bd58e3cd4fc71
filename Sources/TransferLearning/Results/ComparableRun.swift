import Evaluation
import FineTuning
import ImagePipeline

/// What a run said of photos, so that others can be put beside it.
struct ComparableRun {
  let summary: RunSummary
  let measurement: MeasuredRows
  /// The place of each photo among the rows, by what it is recognised by.
  let places: [Key: Int]

  /// A photo, wherever it lies: equal ones of a run are told apart by their order.
  struct Key: Hashable {
    /// The digest of its bytes, else its path.
    let photo: String
    let number: Int
  }

  /// What was predicted for the run's own report.
  /// - Throws: as `Run.predictions`.
  init(saved run: Run) throws {
    let rows = try run.predictions
    guard let reported = try run.reported else {
      throw RunError(.bad, "'\(run.url.relativePath)' has no photos to test or validate on")
    }
    let digests = Dictionary(
      run.photos.all.map { ($0.path, $0.digest) }, uniquingKeysWith: { first, _ in first })
    try self.init(run, MeasuredRows(rows, of: run, reported)) { path in
      digests[path].flatMap { $0.isEmpty ? nil : $0 } ?? path
    }
  }

  /// What is predicted now, of photos below a folder that all are measured on.
  init(_ run: Run, _ evaluation: RunEvaluation) throws {
    try self.init(run, evaluation.measurement) { $0 }
  }

  private init(_ run: Run, _ measurement: MeasuredRows, photo: (String) -> String) throws(RunError)
  {
    summary = try RunSummary(run.url)
    self.measurement = measurement
    var counts: [String: Int] = [:]
    var places: [Key: Int] = [:]
    let order = measurement.rows.indices.sorted {
      measurement.rows[$0].path < measurement.rows[$1].path
    }
    for place in order {
      let name = photo(measurement.rows[place].path)
      places[Key(photo: name, number: counts[name, default: 0])] = place
      counts[name, default: 0] += 1
    }
    self.places = places
  }

  /// The names of a photo's true classes, ascending.
  func truths(_ place: Int) -> [String] {
    let row = measurement.rows[place]
    return (row.truths ?? [row.truth]).map { measurement.classes[$0] }.sorted()
  }

  /// What was said of a photo.
  func answer(_ place: Int) -> RunComparison.Answer {
    let row = measurement.rows[place]
    guard let thresholds = measurement.thresholds else {
      return RunComparison.Answer(
        classes: [measurement.classes[row.predicted]], probability: row.confidence,
        isRight: row.isCorrect, logLoss: ClassificationMetrics.logLoss([row]))
    }
    let named = ClassThresholds.of(place, in: thresholds).named(row.probabilities)
    return RunComparison.Answer(
      classes: named.map { measurement.classes[$0] }, probability: nil,
      isRight: named == row.truths, logLoss: ClassificationMetrics.binaryLogLoss([row]))
  }

  /// The figures of some of the photos.
  /// - Throws: `EvaluationError`.
  func metrics(of places: [Int]) throws(EvaluationError) -> ClassificationMetrics {
    try MeasuredRows(
      rows: places.map { measurement.rows[$0] }, classes: measurement.classes,
      split: measurement.split,
      use: PhotoUse(
        madeChoices: measurement.use.madeChoices,
        trainedOn: min(measurement.use.trainedOn, places.count)),
      thresholds: measurement.thresholds.map { thresholds in
        places.map { ClassThresholds.of($0, in: thresholds) }
      }
    ).metrics()
  }
}
