/// The curves that a report draws: of few classes each, of many those with the lowest average precision, and the mean of
/// all.
///
/// A class has curves where some photos are of it and others are not.
public struct RankingDiagram: Codable, Hashable, Sendable {
  /// How the recall grows with what is wrongly called the class.
  public struct ROC: Codable, Hashable, Sendable {
    /// Of the other photos, those called the class; rising, `0...1`.
    public var falsePositiveRate: [Double]
    /// Of the photos of the class, those found; as many numbers.
    public var recall: [Double]
  }

  /// How the precision falls as more is found.
  public struct PrecisionRecall: Codable, Hashable, Sendable {
    /// Rising, `0...1`.
    public var recall: [Double]
    /// As many numbers: what holds from the recall before to this one.
    public var precision: [Double]
  }

  /// What two curves say in short.
  public struct Summary: Codable, Hashable, Sendable {
    /// The areas below the curves; see `RankingCurves`.
    public var rocArea, averagePrecision: Double
    /// How much is found where at most 5 % of the other photos are called the class.
    public var recallAtFivePercent: Double
    /// How much of what is called the class is right where 80 % of it are found.
    public var precisionAtEightyPercent: Double
  }

  /// The curves of one class against all others.
  public struct ClassCurves: Codable, Hashable, Sendable {
    /// The class's name.
    public var `class`: String
    /// Its index, and how many photos are of it.
    public var index, support: Int
    /// In short.
    public var summary: Summary
    /// From (0, 0) to (1, 1): the points of scikit-learn's `roc_curve`, of very many an even choice.
    public var roc: ROC
    /// To recall 1, from the highest threshold on: the points of scikit-learn's `precision_recall_curve` with
    /// `drop_intermediate`, without that of recall 0, of very many an even choice.
    public var precisionRecall: PrecisionRecall
  }

  /// The mean of the curves of all classes that have some, each class alike.
  public struct MeanCurves: Codable, Hashable, Sendable {
    /// How many there are.
    public var classes: Int
    /// In short; the areas are the means of the classes' areas.
    public var summary: Summary
    /// The mean recall at 201 rates; it rises upright at each.
    public var roc: ROC
    /// The mean precision at 201 recalls.
    public var precisionRecall: PrecisionRecall
  }

  /// Those drawn: where there are two that exclude one another the rarer one, of which the other is the mirror image; up to
  /// five all; else those with the lowest average precision, the lowest first.
  public var classes: [ClassCurves]
  /// Where several classes have curves that are no mirror images.
  public var mean: MeanCurves?

  /// - Parameters:
  ///   - rows: what was predicted.
  ///   - names: of the classes, in the order of the indices.
  /// - Returns: `nil` where no class has curves.
  public init?(_ rows: [PredictionRow], classes names: [String]) {
    guard let diagram = ClassRankings(rows, classes: names).diagram else { return nil }
    self = diagram
  }

  fileprivate init(classes: [ClassCurves], mean: MeanCurves?) {
    self.classes = classes
    self.mean = mean
  }

  /// Up to so many classes are all drawn, and of more so many.
  static let (fewClasses, worstClasses) = (5, 4)
  /// Parts of the grid that means are taken on.
  static let parts = 200
  /// The most points of a curve that are kept.
  static let mostPoints = 1000
}

/// How well each class is told from all others: the areas of all, and what is drawn of them.
struct ClassRankings {
  /// Of each class; `nil` where `RankingCurves` has none.
  private(set) var areas: [(roc: Double?, averagePrecision: Double)?] = []
  /// `nil` where no class has curves.
  private(set) var diagram: RankingDiagram?

  /// - Parameters:
  ///   - rows: what was predicted.
  ///   - names: of the classes.
  init(_ rows: [PredictionRow], classes names: [String]) {
    let excludeOneAnother = rows.allSatisfy { $0.truths == nil }
    var drawn: [RankingDiagram.ClassCurves] = []
    var means = CurveMeans()
    for index in names.indices {
      let curves = RankingCurves(of: index, rows)
      areas.append(curves.map { ($0.rocArea, $0.averagePrecision) })
      guard let curves, let area = curves.rocArea else { continue }
      means.add(curves, area)
      let place =
        names.count <= RankingDiagram.fewClasses
        ? drawn.endIndex
        : drawn.firstIndex { $0.summary.averagePrecision > curves.averagePrecision }
          ?? drawn.endIndex
      guard names.count <= RankingDiagram.fewClasses || place < RankingDiagram.worstClasses
      else { continue }
      let support = rows.count { $0.truths?.contains(index) ?? ($0.truth == index) }
      drawn.insert(
        RankingDiagram.ClassCurves(
          class: names[index], index: index, support: support,
          summary: .init(curves, area), roc: .init(curves),
          precisionRecall: .init(curves)), at: place)
      if names.count > RankingDiagram.fewClasses {
        drawn.removeSubrange(min(RankingDiagram.worstClasses, drawn.count)...)
      }
    }
    guard !drawn.isEmpty else { return }
    if excludeOneAnother, means.count == 2 {
      // Of two equally common ones the second, as in `roc_curve` of labels 0 and 1.
      let rarer = drawn.min { ($0.support, -$0.index) < ($1.support, -$1.index) }
      diagram = RankingDiagram(classes: rarer.map { [$0] } ?? [], mean: nil)
    } else {
      diagram = RankingDiagram(classes: drawn, mean: means.count > 1 ? means.mean : nil)
    }
  }
}

/// Adds up curves on a grid.
private struct CurveMeans {
  private(set) var count = 0
  private var (roc, precision) = (
    [Double](repeating: 0, count: RankingDiagram.parts + 1),
    [Double](repeating: 0, count: RankingDiagram.parts + 1)
  )
  private var (rocArea, averagePrecision, recall, precisionAtEighty) = (0.0, 0.0, 0.0, 0.0)

  private static let grid = (0...RankingDiagram.parts).map {
    Double($0) / Double(RankingDiagram.parts)
  }

  mutating func add(_ curves: RankingCurves, _ area: Double) {
    count += 1
    let own = RankingDiagram.Summary(curves, area)
    rocArea += own.rocArea
    averagePrecision += own.averagePrecision
    recall += own.recallAtFivePercent
    precisionAtEighty += own.precisionAtEightyPercent
    let points = curves.points
    var place = 0
    for (index, rate) in Self.grid.enumerated() {
      while place < points.count, points[place].falsePositiveRate <= rate { place += 1 }
      // Between the last point that is not beyond the rate, and the next.
      let (x, y) =
        place > 0 ? (points[place - 1].falsePositiveRate, points[place - 1].recall) : (0, 0)
      if place < points.count {
        let next = points[place]
        roc[index] += y + (next.recall - y) * (rate - x) / (next.falsePositiveRate - x)
      } else {
        roc[index] += y
      }
    }
    place = 0
    for (index, recall) in Self.grid.enumerated() {
      while place < points.count - 1, points[place].recall < recall { place += 1 }
      precision[index] += points[place].precision
    }
  }

  var mean: RankingDiagram.MeanCurves {
    let all = Double(count)
    return RankingDiagram.MeanCurves(
      classes: count,
      summary: .init(
        rocArea: rocArea / all, averagePrecision: averagePrecision / all,
        recallAtFivePercent: recall / all, precisionAtEightyPercent: precisionAtEighty / all),
      roc: .init(falsePositiveRate: Self.grid, recall: roc.map { $0 / all }),
      precisionRecall: .init(recall: Self.grid, precision: precision.map { $0 / all }))
  }
}

extension RankingDiagram.Summary {
  fileprivate init(_ curves: RankingCurves, _ area: Double) {
    let points = curves.points
    self.init(
      rocArea: area, averagePrecision: curves.averagePrecision,
      recallAtFivePercent: points.last { $0.falsePositiveRate <= 0.05 }?.recall ?? 0,
      precisionAtEightyPercent: points.first { $0.recall >= 0.8 }?.precision ?? 0)
  }
}

extension RankingDiagram.ROC {
  fileprivate init(_ curves: RankingCurves) {
    let points = curves.points
    // A point between two equal steps lies on the line.
    func step(_ place: Int) -> (Int, Int) {
      let before = place > 0 ? points[place - 1] : nil
      return (
        points[place].found - (before?.found ?? 0), points[place].wrong - (before?.wrong ?? 0)
      )
    }
    let kept = points.indices.filter {
      $0 == 0 || $0 == points.count - 1 || step($0) != step($0 + 1)
    }.evenly(RankingDiagram.mostPoints)
    falsePositiveRate = [0] + kept.map { points[$0].falsePositiveRate }
    recall = [0] + kept.map { points[$0].recall }
  }
}

extension RankingDiagram.PrecisionRecall {
  fileprivate init(_ curves: RankingCurves) {
    let points = curves.points
    // Between others of the same recall a point adds nothing.
    let kept = points.indices.filter {
      $0 == 0 || $0 == points.count - 1 || points[$0 - 1].found != points[$0].found
        || points[$0 + 1].found != points[$0].found
    }.evenly(RankingDiagram.mostPoints)
    recall = kept.map { points[$0].recall }
    precision = kept.map { points[$0].precision }
  }
}

extension [Int] {
  /// All, or so many of them that lie evenly, with the first and the last.
  fileprivate func evenly(_ limit: Int) -> [Int] {
    guard count > limit else { return self }
    return (0..<limit).map { self[$0 * (count - 1) / (limit - 1)] }
  }
}
