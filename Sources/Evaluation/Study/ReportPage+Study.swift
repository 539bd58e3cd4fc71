import Files
import Foundation

extension ReportPage {
  /// What the base's features alone say.
  struct StudyPart {
    let lead: String
    let rows: [Row]
    let curve: CurveDiagram?
    let drift: Drift?

    struct Row { let name, accuracy, interval: String }
    struct Drift { let sentence: String, isWarning: Bool }
  }
}

extension ReportPage.StudyPart {
  init(_ study: FeatureStudy, _ metrics: ClassificationMetrics) {
    lead = Self.lead(study)
    let run = Row(
      name: "This run", accuracy: percent(metrics.accuracy),
      interval: range(metrics.accuracyInterval))
    rows =
      [run]
      + study.classifiers.map {
        Row(name: $0.kind.title, accuracy: percent($0.accuracy), interval: range($0.interval))
      }
      + [
        Row(
          name: "Always the commonest class", accuracy: percent(metrics.majorityAccuracy),
          interval: "–")
      ]
    curve = study.curve.map(CurveDiagram.init)
    drift = study.drift.map(Drift.init)
  }

  private static func lead(_ study: FeatureStudy) -> String {
    let base =
      "What \(study.base) gives for each photo, as it was before training, with classifiers that take a moment"
    return study.isCrossFitted
      ? "\(base): each fifth of the \(study.photos.counted("photo")) is answered by what the other four say."
      : "\(base): they learnt from \(study.trainingPhotos.counted("training photo")) and answer"
        + " \(study.photos.counted("photo"))."
  }
}

private func range(_ interval: AccuracyInterval) -> String {
  "\(percent(interval.lower)) to \(percent(interval.upper))"
}

extension SimplerClassifier.Kind {
  fileprivate var title: String {
    switch self {
    case .linearHead: "A linear head on the base, solved"
    case .nearestMean: "The class with the nearest mean"
    case .nearestPhotos: "What most of the five nearest photos are"
    }
  }
}

extension ReportPage.StudyPart.Drift {
  init(_ drift: PhotoDrift) {
    let interval = "\(decimal(drift.interval.lower, 2)) to \(decimal(drift.interval.upper, 2))"
    let found =
      "A classifier that is to tell these photos from those that were trained on puts one of these before one of the"
      + " others \(percent(drift.area)) of the time (ROC area \(decimal(drift.area, 2)), 95% \(interval); half is chance;"
      + " \(drift.photos.counted("photo")) of each side, class by class alike)"
    isWarning = drift.verdict != .alike
    sentence =
      switch drift.verdict {
      case .alike where drift.interval.lower > 0.5:
        "\(found): more than chance, but too little to speak of another kind of photos."
      case .alike: "\(found): they are of the same kind as far as the base can see."
      case .different:
        "\(found): they differ. The figures above are of photos like these; for photos like those of the training they"
          + " may be others."
      case .apart:
        "\(found): they are of another kind than the photos that were trained on. If photos like these are to be"
          + " answered later, train on some of them."
      }
  }
}

/// Accuracy over the number of photos learnt from, in the units of its drawing, 400 by 150.
struct CurveDiagram {
  let sentence, label, hint, lowest, highest: String
  /// A path of SVG through the means, and the band between the worst and the best part.
  let path, band: String
  let dots: [Dot]

  struct Dot { let x, y, photos, title: String }

  private static let width = 400.0
  private static let height = 150.0

  init(_ curve: LearningCurve) {
    // Sizes double, so they are evenly spaced.
    let points = curve.points
    let low = (10 * (points.map(\.lowest).min() ?? 0)).rounded(.down) / 10
    let high = max((10 * (points.map(\.highest).max() ?? 1)).rounded(.up) / 10, low + 0.1)
    func x(_ index: Int) -> String {
      decimal(Self.width * Double(index) / Double(points.count - 1), 1)
    }
    func y(_ accuracy: Double) -> String {
      decimal(Self.height * (high - accuracy) / (high - low), 1)
    }
    dots = points.enumerated().map { index, point in
      Dot(
        x: x(index), y: y(point.accuracy), photos: "\(point.photos)", title: Self.title(point))
    }
    path = "M" + dots.map { "\($0.x) \($0.y)" }.joined(separator: "L")
    let upper = points.enumerated().map { "\(x($0)) \(y($1.highest))" }
    let lower = points.enumerated().map { "\(x($0)) \(y($1.lowest))" }.reversed()
    band = "M" + (upper + lower).joined(separator: "L") + "Z"
    (lowest, highest) = (percent(low), percent(high))
    label =
      "Accuracy of a linear head by the photos that it learns from: "
      + points.map { "\($0.photos): \(percent($0.accuracy))" }.joined(separator: ", ")
    sentence = Self.sentence(curve)
    let parts = points.dropLast().map { Self.names[$0.parts] ?? "one of \($0.parts) parts" }
    hint =
      "The means of heads that learnt from \(parts.joined(separator: ", ")) of the photos, and from all; shaded: from the"
      + " worst to the best part."
  }

  private static let names = [8: "an eighth", 4: "a quarter", 2: "half"]

  private static func title(_ point: LearningCurve.Point) -> String {
    let parts =
      point.parts == 1
      ? "" : ", \(percent(point.lowest)) to \(percent(point.highest)) of \(point.parts) parts"
    return "\(point.photos.counted("photo")): \(percent(point.accuracy))\(parts)"
  }

  private static func sentence(_ curve: LearningCurve) -> String {
    guard let gain = curve.gainOfDoubling else {
      return curve.points.count < 3
        ? "There are too few sizes to say what more photos would bring."
        : "More photos have brought a head on this base nothing so far: look for better photos or another base rather than"
          + " for more."
    }
    return
      "If errors go on falling as they did, twice the photos would bring a head on this base about"
      + " \(decimal(100 * gain, 1)) points of accuracy. That is a rough guide: in trials it was too low more often than too"
      + " high, and the trained network may gain otherwise."
  }
}

/// The part of the page, in `reportTemplate`.
let studyTemplate = """
  <section id="study">
  <h2>Beside simpler classifiers</h2>
  <p class="lead">{{lead}}</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Simpler classifiers"><table class="classes averages">
  <thead><tr><th class="name" scope="col">Classifier</th><th scope="col">Right</th><th scope="col">95% confidence</th></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{accuracy}}</td><td>{{interval}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  <p class="hint">Where the run is no better than these, its training brought nothing that its base did not have.</p>
  {{#curve}}
  <div class="together">
  <h3>Would more photos help?</h3>
  <p>{{sentence}}</p>
  <svg class="curve" viewBox="-44 -10 462 190" role="img" aria-label="{{label}}">
  <path class="spread" d="{{band}}"/><path class="axis" d="M0 0V150H400"/><path class="training" d="{{path}}"/>
  {{#dots}}<circle class="training" cx="{{x}}" cy="{{y}}" r="3"><title>{{title}}</title></circle><text class="tick" x="{{x}}" y="168" text-anchor="middle">{{photos}}</text>
  {{/dots}}
  <g class="labels"><text x="-6" y="4" text-anchor="end">{{highest}}</text><text x="-6" y="154" text-anchor="end">{{lowest}}</text><text class="what" x="400" y="145" text-anchor="end">photos learnt from</text></g>
  </svg>
  <p class="hint">{{hint}}</p>
  </div>
  {{/curve}}
  {{#drift}}
  <h3>Are these photos like those that were trained on?</h3>
  <p{{#isWarning}} class="note warn"{{/isWarning}}>{{sentence}}</p>
  {{/drift}}
  </section>
  """
