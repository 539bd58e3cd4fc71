import Files

/// What the page says of the rounds of a cross-validation.
extension ReportPage {
  struct FoldSection {
    let sentence, spread: String
    let rows: [Row]

    struct Row { let number, images, correct, accuracy, interval: String }
  }
}

extension ReportPage.FoldSection {
  init(_ scores: FoldScores, _ metrics: ClassificationMetrics) {
    let accuracies = scores.folds.map(\.accuracy)
    let (lowest, highest) = (accuracies.min() ?? 0, accuracies.max() ?? 0)
    let subject = metrics.multiLabel == nil ? "right" : "with exactly their labels"
    sentence =
      "Each of \(scores.folds.count) rounds learnt from all of \(scores.images.counted("photo")) but its own, and then measured these."
      + " Together \(percent(scores.accuracy)) are \(subject) (95% confidence: \(percent(scores.interval.lower)) to"
      + " \(percent(scores.interval.upper))); of single rounds \(percent(lowest)) to \(percent(highest)), on average"
      + " \(percent(scores.meanAccuracy)) ± \(decimal(100 * scores.standardDeviation, 1)) points (standard deviation)."
    spread =
      "If each photo were right with the same probability, rounds would differ by ± \(decimal(100 * scores.byChance, 1)) points"
      + " for chance alone. Rounds learn from mostly the same photos, so their spread is no interval of the accuracy."
    rows = scores.folds.map {
      Row(
        number: "\($0.number)", images: "\($0.images)", correct: "\($0.correct)",
        accuracy: percent($0.accuracy),
        interval: "\(percent($0.interval.lower)) to \(percent($0.interval.upper))")
    }
  }
}

extension ReportPage {
  /// The section, in `reportTemplate`.
  static let foldTemplate = """
    {{#folds}}
    <section id="folds">
    <h2>Rounds of the cross-validation</h2>
    <p class="lead">{{sentence}}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Rounds of the cross-validation"><table class="classes averages">
    <thead><tr><th class="name" scope="col">Round</th><th scope="col">Photos</th><th scope="col">Right</th><th scope="col">Accuracy</th><th scope="col">95% confidence</th></tr></thead>
    <tbody>
    {{#rows}}
    <tr><th class="name" scope="row">{{number}}</th><td>{{images}}</td><td>{{correct}}</td><td>{{accuracy}}</td><td>{{interval}}</td></tr>
    {{/rows}}
    </tbody>
    </table></div>
    <p class="hint">{{spread}}</p>
    </section>
    {{/folds}}

    """
}
