/// What a report says beyond `ClassificationMetrics`, of photos that have one class each.
///
/// Everything is a function of the predictions. Figures that need a choice, of a threshold for one, make it for each
/// fifth of the photos by the other four, so that none is measured on what it was chosen by.
public struct DetailedScores: Codable, Hashable, Sendable {
  /// Precision, recall and F1 of all classes, averaged in three ways.
  public var macro, micro, weighted: AveragedScores
  /// How far predictions agree with the truth beyond chance.
  public var agreement: Agreement
  /// The mean over photos of Σ (probability − truth)², `0...2`.
  public var brier: Double
  /// See `ProbabilityScores.debiasedCalibrationError`.
  public var debiasedCalibrationError: Double
  /// The share of photos whose class is among the two, three, five and ten most probable; fewer than the classes.
  public var topAccuracies: [TopAccuracy]
  /// Intervals by drawing photos anew.
  public var intervals: BootstrapIntervals
  /// Of each class, in their order.
  public var perClass: [ClassScores]
  /// The means over the classes that have one; `nil` where there is none.
  public var meanRocArea, meanAveragePrecision: Double?
  /// Shares of the photos that are answered if so many of the answers are to be right.
  public var answered: [AnsweredShare]
  /// Sets of classes, by how often they are to hold the true one.
  public var sets: [MeasuredSets]
  /// Photos whose label is likely to be wrong, the most suspicious first; `nil` where photos were trained on.
  public var suspects: [LabelSuspects.Suspect]?

  /// The share of photos whose class is among the `count` most probable.
  public struct TopAccuracy: Codable, Hashable, Sendable {
    /// How many classes.
    public var count: Int
    /// `0...1`.
    public var accuracy: Double
  }

  /// How well a class is told from the others, whatever the threshold, and within which limits.
  public struct ClassScores: Codable, Hashable, Sendable {
    /// The class's name.
    public var `class`: String
    /// Wilson's 95 % intervals; `nil` where nothing was predicted as the class, or no photo is of it.
    public var precisionInterval, recallInterval: AccuracyInterval?
    /// By drawing photos anew.
    public var f1Interval: BootstrapIntervals.Interval
    /// See `RankingCurves`; `nil` where no photo is of the class, the area also where all are.
    public var rocArea, averagePrecision: Double?
  }

  /// What sets of classes hold.
  public struct MeasuredSets: Codable, Hashable, Sendable {
    /// How often a set is to hold the true class, `0..<1`.
    public var promised: Double
    /// What the sets did.
    public var measured: ConformalSets.Measurement
  }

  /// - Parameters:
  ///   - rows: what was predicted, at least one.
  ///   - metrics: of the same rows.
  public init(_ rows: [PredictionRow], _ metrics: ClassificationMetrics) {
    self.init(rows, metrics, ClassRankings(rows, classes: metrics.classes))
  }

  init(_ rows: [PredictionRow], _ metrics: ClassificationMetrics, _ rankings: ClassRankings) {
    let classes = metrics.classes
    let counts = ClassCounts.all(metrics.confusionMatrix)
    let intervals = BootstrapIntervals(rows, classes: classes.count)
    let perClass = classes.indices.map { index in
      ClassScores(
        classes[index], counts[index], f1: intervals.f1[index], rankings.areas[index])
    }
    macro = .macro(counts)
    micro = .micro(counts)
    weighted = .weighted(counts)
    agreement = Agreement(counts)
    brier = ProbabilityScores.brier(rows)
    debiasedCalibrationError = ProbabilityScores.debiasedCalibrationError(rows)
    topAccuracies = [2, 3, 5, 10].filter { $0 < classes.count }.map {
      TopAccuracy(count: $0, accuracy: ProbabilityScores.topAccuracy($0, rows))
    }
    self.intervals = intervals
    self.perClass = perClass
    meanRocArea = perClass.compactMap(\.rocArea).meanOrNil
    meanAveragePrecision = perClass.compactMap(\.averagePrecision).meanOrNil
    answered = [0.9, 0.95, 0.99].map { AnsweredShare(wantedPrecision: $0, crossFittedBy: rows) }
    sets = [0.9, 0.95, 0.99].compactMap { promised in
      ConformalSets.Measurement(promised: promised, crossFittedBy: rows).map {
        MeasuredSets(promised: promised, measured: $0)
      }
    }
    suspects = metrics.trainedOn > 0 ? nil : LabelSuspects(rows, classes: classes.count).suspects
  }
}

extension DetailedScores {
  /// The suspects that the page shows.
  package var shownSuspects: [LabelSuspects.Suspect] { Array((suspects ?? []).prefix(30)) }
}

extension DetailedScores.ClassScores {
  fileprivate init(
    _ name: String, _ counts: ClassCounts, f1: BootstrapIntervals.Interval,
    _ areas: (roc: Double?, averagePrecision: Double)?
  ) {
    func interval(_ right: Int, of all: Int) -> AccuracyInterval? {
      all > 0 ? AccuracyInterval(successes: right, trials: all) : nil
    }
    self.init(
      class: name, precisionInterval: interval(counts.right, of: counts.predicted),
      recallInterval: interval(counts.right, of: counts.support), f1Interval: f1,
      rocArea: areas?.roc, averagePrecision: areas?.averagePrecision)
  }
}

extension [Double] {
  fileprivate var meanOrNil: Double? { isEmpty ? nil : mean(self) }
}

/// Divides rows for figures that take a choice: each part is measured by what the others choose.
enum CrossFitting {
  /// How many parts.
  static let parts = 5

  /// - Returns: for each part the rows that choose, and those that are measured. Rows stand in the order of folders, so
  ///   every fifth is a sample of all classes.
  static func parts<Row>(_ rows: [Row]) -> [(choosing: [Row], measured: [Row])] {
    (0..<min(parts, rows.count)).map { part in
      var (choosing, measured): ([Row], [Row]) = ([], [])
      for (place, row) in rows.enumerated() {
        if place % parts == part { measured.append(row) } else { choosing.append(row) }
      }
      return (choosing, measured)
    }
  }
}
