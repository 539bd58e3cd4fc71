import Files

/// How the page draws curves over all thresholds.
extension ReportPage {
  struct CurveSection {
    let sentence: String
    let roc, precision: Plot
    let rows: [Row]

    /// A diagram in the units of its drawing, 300 by 300 for `0...1` both ways.
    struct Plot {
      let label, across, up: String
      /// A dashed line to compare with, a path of SVG.
      let chance: String?
      let lines: [Line]
    }

    struct Line {
      /// How it is drawn: a class of the style sheet.
      let kind: String
      /// A path of SVG.
      let path: String
    }

    /// What both diagrams say of a curve.
    struct Row { let kind, name, rocArea, averagePrecision, recall, precision: String }
  }
}

extension ReportPage.CurveSection {
  /// - Returns: `nil` where there is nothing to draw.
  init?(_ diagram: RankingDiagram, _ metrics: ClassificationMetrics) {
    guard !diagram.classes.isEmpty else { return nil }
    let kinds = diagram.classes.indices.map { "curve c\($0)" }
    sentence = Self.sentence(diagram, metrics)
    // The mean lies above the others.
    roc = Plot(
      label: "ROC curves: \(Self.list(diagram) { "area \(decimal($0.rocArea, 3))" })",
      across: "others that are called the class", up: "found", chance: "M0 300L300 0",
      lines: zip(kinds, diagram.classes).map { Line(kind: $0, path: Self.path($1.roc)) }
        + (diagram.mean.map { [Line(kind: "curve mean", path: Self.path($0.roc))] } ?? []))
    let share = diagram.classes.count == 1 ? ratio(diagram.classes[0].support, metrics.images) : nil
    let level = share.map { decimal(300 * (1 - $0), 1) }
    precision = Plot(
      label:
        "Precision over recall: \(Self.list(diagram) { "average precision \(percent($0.averagePrecision))" })",
      across: "found", up: "right when said", chance: level.map { "M0 \($0)H300" },
      lines: zip(kinds, diagram.classes).map {
        Line(kind: $0, path: Self.path($1.precisionRecall))
      }
        + (diagram.mean.map { [Line(kind: "curve mean", path: Self.path($0.precisionRecall))] }
          ?? []))
    rows =
      zip(kinds, diagram.classes).map { Row(kind: $0, name: $1.class, $1.summary) }
      + (diagram.mean.map {
        [Row(kind: "curve mean", name: "mean of \($0.classes) classes", $0.summary)]
      } ?? [])
  }

  private static func sentence(_ diagram: RankingDiagram, _ metrics: ClassificationMetrics)
    -> String
  {
    guard let mean = diagram.mean else {
      let only = diagram.classes[0]
      let isRarer = 2 * only.support < metrics.images
      let reason =
        metrics.multiLabel != nil
        ? "the only class that some photos have and others lack"
        : isRarer ? "the rarer of the two classes" : "the second of two classes that are as common"
      return "Of “\(only.class)”, \(reason)."
    }
    return mean.classes == diagram.classes.count
      ? "Each class against all others, and the mean of all."
      : "The \(diagram.classes.count) classes with the lowest average precision, each against all others, and the mean of"
        + " \(mean.classes == metrics.classes.count ? "all \(mean.classes)" : "the \(mean.classes) that photos have")."
  }

  /// The picture in words.
  private static func list(
    _ diagram: RankingDiagram, _ value: (RankingDiagram.Summary) -> String
  ) -> String {
    let means = diagram.mean.map { ["mean of \($0.classes) classes, \(value($0.summary))"] } ?? []
    return (means + diagram.classes.map { "\($0.class), \(value($0.summary))" }).joined(
      separator: "; ")
  }

  private static func path(_ roc: RankingDiagram.ROC) -> String {
    var path = "M0 300"
    var last = "0 300"
    for (rate, recall) in zip(roc.falsePositiveRate, roc.recall) {
      let place = "\(decimal(300 * rate, 1)) \(decimal(300 * (1 - recall), 1))"
      if place != last { path += "L\(place)" }
      last = place
    }
    return path
  }

  /// A precision holds from the recall before to its own, as the average precision has it.
  private static func path(_ curve: RankingDiagram.PrecisionRecall) -> String {
    var path = ""
    var (x, y) = ("0.0", "")
    for (recall, precision) in zip(curve.recall, curve.precision) {
      let (right, height) = (decimal(300 * recall, 1), decimal(300 * (1 - precision), 1))
      guard right != x || path.isEmpty else { continue }
      if path.isEmpty { path = "M0 \(height)" } else if height != y { path += "V\(height)" }
      path += "H\(right)"
      (x, y) = (right, height)
    }
    return path
  }
}

extension ReportPage.CurveSection.Row {
  fileprivate init(kind: String, name: String, _ summary: RankingDiagram.Summary) {
    self.init(
      kind: kind, name: name, rocArea: decimal(summary.rocArea, 3),
      averagePrecision: percent(summary.averagePrecision),
      recall: percent(summary.recallAtFivePercent),
      precision: percent(summary.precisionAtEightyPercent))
  }
}

extension ReportPage {
  /// The section, in `reportTemplate`.
  static let curveTemplate = """
    {{#curves}}
    <section id="curves">
    <h2>Over all thresholds</h2>
    <p class="lead"><bdi>{{sentence}}</bdi></p>
    <div class="plots">
    {{#roc}}\(plotTemplate){{/roc}}
    {{#precision}}\(plotTemplate){{/precision}}
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="The curves in figures"><table class="classes averages">
    <thead><tr><th class="name" scope="col">Curve</th><th scope="col">ROC area</th><th scope="col">AP</th><th scope="col">Found, of others 5%</th><th scope="col">Right, of 80% found</th></tr></thead>
    <tbody>
    {{#rows}}
    <tr><th class="name" scope="row"><svg class="swatch" viewBox="0 0 30 8" aria-hidden="true"><path class="{{kind}}" d="M0 4H30"/></svg><bdi>{{name}}</bdi></th><td>{{rocArea}}</td><td>{{averagePrecision}}</td><td>{{recall}}</td><td>{{precision}}</td></tr>
    {{/rows}}
    </tbody>
    </table></div>
    <p class="hint">A class may be called from any probability on; each is a place on its curve. First: how many of its photos are found, by how many of the others are called it; the dashed diagonal is chance. Second: how many of the photos that are called it are of it, by how many are found. Found, of others 5%: where at most so many of the others are called the class. Right, of 80% found: how many of the photos that are called it are of it, once so many are found.</p>
    </section>
    {{/curves}}

    """

  private static let plotTemplate = """
    <svg viewBox="-46 -10 368 356" role="img" aria-label="{{label}}">
    <g class="grid"><path d="M0 0H300M0 75H300M0 150H300M0 225H300M0 300H300"/></g>
    {{#chance}}<path class="ideal" d="{{chance}}"/>{{/chance}}
    {{#lines}}<path class="{{kind}}" d="{{path}}"/>
    {{/lines}}<path class="axis" d="M0 0V300H300"/>
    <g class="labels"><text x="-8" y="4" text-anchor="end">100%</text><text x="-8" y="154" text-anchor="end">50%</text><text x="-8" y="304" text-anchor="end">0%</text>
    <text x="0" y="318" text-anchor="middle">0%</text><text x="150" y="318" text-anchor="middle">50%</text><text x="300" y="318" text-anchor="middle">100%</text>
    <text class="what" x="150" y="336" text-anchor="middle">{{across}}</text><text class="what" x="294" y="290" text-anchor="end">↑ {{up}}</text></g>
    </svg>

    """

  static let curveStyle = """

    .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:1.5rem 2.5rem;margin-bottom:1rem}
    .plots svg{display:block;width:100%;max-width:26rem}
    .curve{fill:none;stroke-width:2;stroke:rgb(var(--right))}
    .curve.c1,.curve.c3{stroke:rgb(var(--wrong))}.curve.c1{stroke-dasharray:7 3}.curve.c2{stroke-dasharray:2 3}
    .curve.c3{stroke-dasharray:9 3 2 3}.curve.c4{stroke-dasharray:4 6}.curve.mean{stroke:var(--ink);stroke-width:3}
    .swatch{width:1.9rem;height:.5rem;margin-right:.6rem;vertical-align:.1em}
    """
}
