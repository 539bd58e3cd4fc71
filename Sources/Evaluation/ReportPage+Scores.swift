import Files

/// What the page says of figures beyond the first ones.
extension ReportPage {
  struct AverageTable {
    let rows: [Row]
    let figures: [Figure]

    struct Row { let name, precision, recall, f1: String }
    struct Figure { let name, value, interval, meaning: String }
  }

  struct TrustTable {
    let answered: [Answered]
    let sets: [Sets]
    let hasSets: Bool

    struct Answered { let wanted, coverage, precision, threshold: String }
    struct Sets { let promised, coverage, interval, meanSize, singles: String }
  }

  struct SliceTable {
    let rows: [Row]
    let hasRows: Bool
    let alarms: [String]

    struct Row {
      let name, meaning, images, accuracy, interval, others, verdict: String
    }
  }

  struct SuspectTable {
    let sentence: String
    /// How many of the suspects are labelled wrongly, as far as anybody knows; see Tools/Benchmarks/suspects.md.
    let expectation =
      "What to expect: in two sets of photos with 5% of their labels changed on purpose, 56% to 67% of the first suspects, 7.5% as"
      + " many as photos, had such a label, and 83% to 100% of such labels were among them. Where all labels are right,"
      + " every suspect is a mistake of the classifier."
    /// With pictures where there are some, else the rows.
    let cards: [SuspectCard]
    let rows: [Row]
    let hasCards, hasRows: Bool

    struct Row { let path, label, suggested, probabilityOfLabel, probabilityOfSuggested: String }
  }
}

extension ReportPage.AverageTable {
  init(_ scores: DetailedScores, _ metrics: ClassificationMetrics) {
    func row(_ name: String, _ scores: AveragedScores) -> Row {
      Row(
        name: name, precision: percent(scores.precision), recall: percent(scores.recall),
        f1: percent(scores.f1))
    }
    rows = [
      row("classes, each alike (macro)", scores.macro),
      row("classes, by their photos (weighted)", scores.weighted),
      row("photos (micro)", scores.micro),
    ]
    figures =
      Self.withIntervals(scores, metrics)
      + scores.topAccuracies.map {
        Figure(
          name: "Top-\($0.count) accuracy", value: percent($0.accuracy), interval: "–",
          meaning: "the class is among the \($0.count) most probable")
      } + Self.ofProbabilities(scores)
  }

  private static func withIntervals(_ scores: DetailedScores, _ metrics: ClassificationMetrics)
    -> [Figure]
  {
    func figure(
      _ name: String, _ value: Double, _ interval: BootstrapIntervals.Interval, _ meaning: String,
      _ text: (Double) -> String
    ) -> Figure {
      Figure(
        name: name, value: text(value),
        interval: "\(text(interval.lower)) to \(text(interval.upper))",
        meaning: meaning)
    }
    let all = scores.intervals
    let three = { decimal($0, 3) }
    return [
      figure(
        "Balanced accuracy", metrics.balancedAccuracy, all.balancedAccuracy, "the mean recall",
        percent),
      figure("Macro F1", metrics.macroF1, all.macroF1, "the mean F1", percent),
      figure(
        "Log loss", metrics.logLoss, all.logLoss, "the mean of −ln(probability of the class)", three
      ),
      figure(
        "Matthews correlation", scores.agreement.matthews, all.matthews,
        "of answer and truth: 1 is perfect, 0 is chance", three),
    ]
  }

  private static func ofProbabilities(_ scores: DetailedScores) -> [Figure] {
    func figure(_ name: String, _ value: String, _ meaning: String) -> Figure {
      Figure(name: name, value: value, interval: "–", meaning: meaning)
    }
    return [
      figure(
        "Cohen's κ", scores.agreement.kappa.map { decimal($0, 3) } ?? "–",
        "agreement beyond that of the frequencies"),
      figure(
        "ROC area", scores.meanRocArea.map { decimal($0, 3) } ?? "–",
        "the mean of each class against all others"),
      figure(
        "Mean average precision", scores.meanAveragePrecision.map(percent) ?? "–",
        "the mean area below precision over recall"),
      figure(
        "Brier score", decimal(scores.brier, 3), "squared error of the probabilities; 0 is perfect"),
      figure(
        "Calibration error, debiased", percent(scores.debiasedCalibrationError),
        "without what chance adds for so few photos"),
    ]
  }
}

extension ReportPage.TrustTable {
  init(_ scores: DetailedScores) {
    answered = scores.answered.map {
      Answered(
        wanted: percent($0.wantedPrecision), coverage: percent($0.coverage),
        precision: $0.precision.map(percent) ?? "–",
        threshold: $0.threshold.map { decimal($0, 3) } ?? "–")
    }
    sets = scores.sets.map {
      Sets(
        promised: percent($0.promised), coverage: percent($0.measured.coverage),
        interval:
          "\(percent($0.measured.interval.lower)) to \(percent($0.measured.interval.upper))",
        meanSize: decimal($0.measured.meanSize, 2), singles: percent($0.measured.singles))
    }
    hasSets = !sets.isEmpty
  }
}

extension ReportPage.SliceTable {
  /// - Returns: `nil` where there is nothing to say.
  init?(_ report: EvaluationReport) {
    func range(_ interval: AccuracyInterval) -> String {
      "\(percent(interval.lower)) to \(percent(interval.upper))"
    }
    guard !report.slices.isEmpty || !report.tellingProperties.isEmpty else { return nil }
    rows = report.slices.map {
      Row(
        name: $0.name, meaning: $0.meaning, images: "\($0.images)", accuracy: percent($0.accuracy),
        interval: range($0.interval), others: range($0.others), verdict: $0.isWorse ? "worse" : "")
    }
    hasRows = !rows.isEmpty
    alarms = report.tellingProperties.map {
      "\($0.name.prefix(1).uppercased() + $0.name.dropFirst()) alone tells the class of \(percent($0.accuracy)) of the photos; always"
        + " answering the commonest class is right for \(percent($0.majority)). If classes differ in how their photos were taken or"
        + " stored, the classifier may have learnt that, and fail on other photos."
    }
  }
}

extension ReportPage.SuspectTable {
  /// - Returns: `nil` where photos were trained on, which the classifier agrees with whatever their labels.
  init?(_ scores: DetailedScores, _ metrics: ClassificationMetrics, _ looks: PhotoLooks?) {
    guard let suspects = scores.suspects else { return nil }
    let shown = scores.shownSuspects
    sentence =
      switch suspects.count {
      case 0: "No label is suspect: each photo was given the class of its label."
      case shown.count:
        "\(suspects.count.counted("photo")) might be labelled wrongly, the most suspicious first."
      default:
        "\(suspects.count.counted("photo")) might be labelled wrongly; the \(shown.count) most suspicious."
      }
    let photos = looks?.photos ?? [:]
    hasCards = shown.contains { photos[$0.path] != nil }
    cards =
      hasCards ? shown.map { ReportPage.SuspectCard($0, photos[$0.path], metrics.classes) } : []
    rows =
      hasCards
      ? []
      : shown.map {
        Row(
          path: $0.path, label: metrics.classes[$0.label], suggested: metrics.classes[$0.suggested],
          probabilityOfLabel: percent(Double($0.probabilityOfLabel)),
          probabilityOfSuggested: percent(Double($0.probabilityOfSuggested)))
      }
    hasRows = !rows.isEmpty
  }
}

extension ReportPage.ConfusedPair {
  init(_ confused: ConfusedPhotos, _ metrics: ClassificationMetrics) {
    let support = metrics.perClass[confused.truth].support
    anchor = Confusion.anchor(confused.truth, confused.predicted)
    truth = metrics.classes[confused.truth]
    predicted = metrics.classes[confused.predicted]
    count = confused.photos.count.counted("photo")
    share = percent(ratio(confused.photos.count, support))
    photos = confused.photos.map {
      Photo(path: $0.path, confidence: percent(Double($0.confidence)))
    }
  }
}
