import Files

/// The report in short, for where a program's results are shown as Markdown: a few tables, of bounded length.
struct ReportSummary {
  let title: String
  let verdict: ReportPage.Verdict
  let figures: [ReportPage.Figure]
  /// All classes, or those with the lowest F1.
  let classRows: [ClassRow]
  let classNote: String?
  /// The commonest mistakes.
  let pairs: [Pair]
  let hasPairs: Bool
  let calibration: String
  /// Shares of the photos that are answered if so many answers are to be right.
  let answered: [ReportPage.TrustTable.Answered]
  let hasAnswered: Bool
  let skippedNote: String?
  let facts: [ReportPage.Fact]

  struct ClassRow { let name, support, precision, recall, f1: String }
  struct Pair { let truth, predicted, count, share: String }

  /// Rows of the table of classes.
  private static let classLimit = 50
  /// Pairs of classes that are told.
  private static let pairLimit = 10
  /// Columns of a name, and of what is told of the run.
  private static let (textLimit, factLimit) = (80, 240)

  init(_ report: EvaluationReport) {
    let page = ReportPage(report)
    let metrics = report.metrics
    title = Self.shortened(page.title)
    verdict = page.verdict
    figures = page.figures
    let all = metrics.perClass.indices
    let lowest = all.sorted { (metrics.perClass[$0].f1, $0) < (metrics.perClass[$1].f1, $1) }
    let shown = all.count > Self.classLimit ? Array(lowest.prefix(Self.classLimit)) : Array(all)
    classRows = shown.map { index in
      let row = page.classRows[index]
      return ClassRow(
        name: Self.shortened(row.name), support: row.support, precision: row.precision,
        recall: row.recall, f1: row.f1)
    }
    classNote =
      shown.count < all.count
      ? "The \(shown.count) classes with the lowest F1 of \(all.count)." : nil
    pairs = page.pairs.prefix(Self.pairLimit).map {
      Pair(
        truth: Self.shortened($0.truth), predicted: Self.shortened($0.predicted), count: $0.count,
        share: $0.share)
    }
    hasPairs = !pairs.isEmpty
    calibration = Self.calibration(report)
    answered = page.trust?.answered ?? []
    hasAnswered = !answered.isEmpty
    skippedNote =
      page.hasSkipped ? "\(page.skippedTitle): no figure includes them." : nil
    facts = page.facts.map {
      ReportPage.Fact(name: $0.name, value: Self.shortened($0.value, to: Self.factLimit))
    }
  }

  private static func calibration(_ report: EvaluationReport) -> String {
    let metrics = report.metrics
    let debiased = report.scores.map {
      ", \(percent($0.debiasedCalibrationError)) without what chance adds for so few photos"
    }
    let subject =
      metrics.multiLabel == nil
      ? "Answers are on average \(percent(metrics.meanConfidence)) sure and \(percent(metrics.accuracy)) right"
      : "The mean probability of all classes is \(percent(metrics.meanConfidence))"
    return
      "\(subject); the calibration error is \(percent(metrics.expectedCalibrationError))\(debiased ?? "")."
  }

  private static func shortened(_ text: String, to limit: Int = textLimit) -> String {
    text.shortened(toColumns: limit)
  }
}

extension EvaluationReport {
  /// The headline with its interval, the table of classes, the most confused pairs and the calibration in Markdown,
  /// as continuous integration shows it: at most some 20 kB, names escaped.
  /// - Throws: `EvaluationError` of kind `template` if its own template is broken.
  public func markdown() throws(EvaluationError) -> String {
    do {
      return try renderMarkdown(reportSummaryTemplate, ReportSummary(self))
    } catch {
      throw EvaluationError(
        kind: .template, sentence: "the summary's template does not parse: \(error)")
    }
  }
}

/// The summary, a Mustache template over `ReportSummary`.
private let reportSummaryTemplate = """
  ## {{title}}

  {{#verdict}}
  {{#alarm}}
  > **Caution:** {{alarm}}.

  {{/alarm}}
  **{{subject}} {{accuracy}}** on {{split}}, 95% interval {{interval}} ({{count}}; always answering the commonest {{commonest}}: {{majority}})
  {{#warning}}

  {{warning}}
  {{/warning}}
  {{#copies}}

  {{copies}}
  {{/copies}}
  {{#assurance}}

  {{assurance}}
  {{/assurance}}
  {{/verdict}}
  {{#skippedNote}}

  {{skippedNote}}
  {{/skippedNote}}

  | Figure | Value | |
  | --- | ---: | --- |
  {{#figures}}
  | {{name}} | {{value}} | {{meaning}} |
  {{/figures}}

  ### Classes

  {{#classNote}}
  {{classNote}}

  {{/classNote}}
  | Class | Photos | Precision | Recall | F1 |
  | --- | ---: | ---: | ---: | ---: |
  {{#classRows}}
  | {{name}} | {{support}} | {{precision}} | {{recall}} | {{f1}} |
  {{/classRows}}
  {{#hasPairs}}

  ### Most confused

  | Class | Taken for | Photos | Share of the class |
  | --- | --- | ---: | ---: |
  {{#pairs}}
  | {{truth}} | {{predicted}} | {{count}} | {{share}} |
  {{/pairs}}
  {{/hasPairs}}

  ### Calibration

  {{calibration}}
  {{#hasAnswered}}

  | Answers that should be right | Photos answered | Answers that are right |
  | ---: | ---: | ---: |
  {{#answered}}
  | {{wanted}} | {{coverage}} | {{precision}} |
  {{/answered}}
  {{/hasAnswered}}

  ### Provenance

  | | |
  | --- | --- |
  {{#facts}}
  | {{name}} | {{value}} |
  {{/facts}}

  """
