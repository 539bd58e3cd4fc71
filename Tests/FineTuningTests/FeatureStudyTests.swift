import Evaluation
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels
import Testing

@Suite("What the base's features alone say")
struct FeatureStudyTests {
  private let solver = HeadSolver(multiplier: NaiveMultiplier(), pool: WorkerPool(count: 2))

  private func labelled(_ clusters: Clusters, groups: [Int]? = nil) -> LabelledFeatures {
    LabelledFeatures(
      features: clusters.features, labels: clusters.labels,
      groups: groups ?? Array(clusters.labels.indices))
  }

  /// Photos of the same clusters: what is learnt from and, of the same size, others.
  private func halves(perClass: [Int], dimension: Int, spread: Float, moved: Float = 0)
    -> (learnt: LabelledFeatures, measured: LabelledFeatures)
  {
    let all = Clusters(perClass: perClass.map { 2 * $0 }, dimension: dimension, spread: spread)
    func part(_ remainder: Int) -> LabelledFeatures {
      let rows = all.labels.indices.filter { $0 % 2 == remainder }
      let values = rows.flatMap { row in
        all.features[row].map { $0 + (remainder == 1 ? moved : 0) }
      }
      return LabelledFeatures(
        features: FeatureMatrix(rows: rows.count, dimension: dimension, values: values),
        labels: rows.map { all.labels[$0] }, groups: rows)
    }
    return (part(0), part(1))
  }

  private func study(_ learnt: LabelledFeatures, _ measured: LabelledFeatures?, classes: Int)
    -> FeatureStudy?
  {
    FeatureStudy(base: "tiny", learnt: learnt, measured: measured, classes: classes, solver)
  }

  private func accuracy(_ kind: SimplerClassifier.Kind, _ study: FeatureStudy) -> Double? {
    study.classifiers.first { $0.kind == kind }?.accuracy
  }

  /// Rows of the length 1, as the definitions have them.
  private func unit(_ row: [Float]) -> [Double] {
    let length = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return row.map { Double($0) / length }
  }

  private func distance(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  @Test("nearest mean and nearest five are those of their definitions", arguments: [2, 5])
  func distances(classes: Int) throws {
    let (learnt, measured) = halves(
      perClass: Array(repeating: 9, count: classes), dimension: 7, spread: 2.5)
    let found = try #require(study(learnt, measured, classes: classes))
    let rows = learnt.labels.indices.map { unit(learnt.features[$0]) }
    let means = (0..<classes).map { label -> [Double] in
      let own = rows.indices.filter { learnt.labels[$0] == label }
      return (0..<7).map { column in
        own.reduce(0) { $0 + rows[$1][column] } / Double(own.count)
      }
    }
    var (byMean, byPhotos) = (0, 0)
    for row in measured.labels.indices {
      let asked = unit(measured.features[row])
      let mean = (0..<classes).min { distance(means[$0], asked) < distance(means[$1], asked) }
      if mean == measured.labels[row] { byMean += 1 }
      let nearest = rows.indices.sorted {
        distance(rows[$0], asked) < distance(rows[$1], asked)
      }.prefix(5).map { learnt.labels[$0] }
      let most = nearest.map { label in nearest.count { $0 == label } }
      if let place = most.firstIndex(of: most.max() ?? 0), nearest[place] == measured.labels[row] {
        byPhotos += 1
      }
    }
    let count = Double(measured.count)
    #expect(accuracy(.nearestMean, found) == Double(byMean) / count)
    #expect(accuracy(.nearestPhotos, found) == Double(byPhotos) / count)
    // The clusters overlap, so that neither is right of all or of none.
    #expect((1..<measured.count).contains(byMean) && (1..<measured.count).contains(byPhotos))
  }

  @Test("the linear head's answers are those of a head that is solved on the same photos")
  func linearHead() throws {
    let (learnt, measured) = halves(perClass: [12, 12, 12], dimension: 6, spread: 2)
    let found = try #require(study(learnt, measured, classes: 3))
    let penalty = solver.choosePenalty(learnt.features, labels: learnt.labels, classes: 3).penalty
    let head = solver.solve(learnt.features, labels: learnt.labels, classes: 3, penalty: penalty)
    let right = measured.labels.indices.count { row in
      let values = measured.features[row]
      let logits = (0..<3).map { unit in
        head.bias.values[unit]
          + values.indices.reduce(Float(0)) { $0 + values[$1] * head.kernel.values[$1 * 3 + unit] }
      }
      return logits.indices.max { logits[$0] < logits[$1] } == measured.labels[row]
    }
    #expect(accuracy(.linearHead, found) == Double(right) / Double(measured.count))
    #expect(found.trainingPhotos == 36 && found.photos == 36 && !found.isCrossFitted)
  }

  @Test("without other photos each is answered by what was learnt from others")
  func crossFitted() throws {
    // Two of each picture: whoever has the one knows the other.
    let clusters = Clusters(perClass: [10, 10], dimension: 30, spread: 40)
    let rows = clusters.labels.indices.flatMap { [$0, $0] }
    func doubled(groups: [Int]) -> LabelledFeatures {
      LabelledFeatures(
        features: clusters.features.selecting(rows), labels: rows.map { clusters.labels[$0] },
        groups: groups)
    }
    let parted = try #require(study(doubled(groups: Array(rows.indices)), nil, classes: 2))
    let together = try #require(study(doubled(groups: rows), nil, classes: 2))
    #expect(parted.isCrossFitted && together.isCrossFitted && together.photos == 40)
    let guessed = try #require(accuracy(.linearHead, together))
    let known = try #require(accuracy(.linearHead, parted))
    #expect(known > guessed + 0.2)
    #expect(together.drift == nil)
  }

  @Test("a curve has a size for each halving that leaves two pictures of every class")
  func sizes() throws {
    let photos = { (counts: [Int]) -> [Int]? in
      let (learnt, measured) = halves(perClass: counts, dimension: 5, spread: 2)
      return study(learnt, measured, classes: counts.count)?.curve?.points.map(\.photos)
    }
    #expect(photos([16, 16]) == [4, 8, 16, 32])
    #expect(photos([40, 8]) == [12, 24, 48])
    #expect(photos([40, 4]) == [22, 44])
    #expect(photos([40, 3]) == nil)
  }

  @Test(
    "photos of the same kind are alike, and moved ones are not",
    arguments: [(Float(0), PhotoDrift.Verdict.alike), (3, .apart)])
  func drift(moved: Float, verdict: PhotoDrift.Verdict) throws {
    let (learnt, measured) = halves(perClass: [60, 60], dimension: 5, spread: 2, moved: moved)
    let drift = try #require(study(learnt, measured, classes: 2)?.drift)
    #expect(drift.verdict == verdict)
    #expect(drift.photos == 120)
    #expect(drift.interval.lower <= drift.area && drift.area <= drift.interval.upper)
  }

  @Test("more photos of one class are no other kind of photos")
  func driftOfClasses() throws {
    let (learnt, _) = halves(perClass: [60, 60], dimension: 5, spread: 0.5)
    let (_, measured) = halves(perClass: [60, 60], dimension: 5, spread: 0.5)
    // Clusters apart, and of the second class few: that alone must not tell the sides apart.
    let rows = measured.labels.indices.filter { measured.labels[$0] == 0 || $0 % 6 == 0 }
    let part = LabelledFeatures(
      features: measured.features.selecting(rows), labels: rows.map { measured.labels[$0] },
      groups: rows)
    let drift = try #require(study(learnt, part, classes: 2)?.drift)
    #expect(drift.verdict == .alike)
    #expect(drift.photos == rows.count)
  }

  @Test("nothing is said where there is nothing to learn from or to measure")
  func nothing() {
    let clusters = Clusters(perClass: [4, 4], dimension: 3)
    let none = LabelledFeatures(
      features: FeatureMatrix(dimension: 3), labels: [], groups: [])
    #expect(study(labelled(clusters), none, classes: 2) == nil)
    #expect(study(none, labelled(clusters), classes: 2) == nil)
    #expect(study(none, nil, classes: 2) == nil)
    #expect(study(labelled(Clusters(perClass: [5], dimension: 3)), nil, classes: 2) == nil)
    #expect(study(labelled(Clusters(perClass: [1, 1], dimension: 3)), nil, classes: 2) == nil)
  }

  @Test("few photos, a class that is not asked about, and features that do not differ are no trap")
  func odd() throws {
    let flat = LabelledFeatures(
      features: FeatureMatrix(rows: 40, dimension: 3, values: [Float](repeating: 0, count: 120)),
      labels: (0..<40).map { $0 % 2 }, groups: Array(0..<40))
    let found = try #require(study(flat, flat, classes: 2))
    #expect(accuracy(.nearestMean, found) == 0.5)
    #expect(found.drift?.verdict == .alike)
    let one = LabelledFeatures(
      features: flat.features.selecting([0]), labels: [0], groups: [0])
    #expect(study(flat, one, classes: 3)?.photos == 1)
  }

  private func unusual(
    _ learnt: LabelledFeatures, _ measured: LabelledFeatures?, classes: Int
  ) -> UnusualPhotos? {
    UnusualPhotos(
      (measured ?? learnt).labels.enumerated().map { ("\($0).jpg", "class \($1)") },
      learnt: learnt, measured: measured, classes: classes, solver)
  }

  @Test("photos far from all classes are the unusual ones, the farthest first")
  func farPhotos() throws {
    let (learnt, others) = halves(perClass: [80, 80], dimension: 6, spread: 1)
    var values = others.labels.indices.flatMap { others.features[$0] }
    // Two others look away from where all are, one of them more.
    for (row, factor) in [(7, Float(-1)), (90, -3)] { values[row * 6] *= factor }
    let measured = LabelledFeatures(
      features: FeatureMatrix(rows: others.count, dimension: 6, values: values),
      labels: others.labels, groups: others.groups)
    let found = try #require(unusual(learnt, measured, classes: 2))
    #expect(found.photos == 160 && (2...8).contains(found.count))
    #expect(found.farthest.prefix(2).map(\.path) == ["90.jpg", "7.jpg"])
    #expect(found.farthest.prefix(2).map(\.label) == ["class 1", "class 0"])
    #expect(found.farthest.allSatisfy { $0.share >= UnusualPhotos.limit && $0.share <= 1 })
    #expect(found.farthest.map(\.share) == found.farthest.map(\.share).sorted(by: >))
  }

  @Test("of photos that answer for each other the farthest hundredth is, a planted one at its head")
  func farthestOfAll() throws {
    let clusters = Clusters(perClass: [120, 120], dimension: 6, spread: 1)
    var values = clusters.labels.indices.flatMap { clusters.features[$0] }
    for column in 0..<3 { values[200 * 6 + column] *= -1 }
    let learnt = LabelledFeatures(
      features: FeatureMatrix(rows: 240, dimension: 6, values: values), labels: clusters.labels,
      groups: Array(0..<240))
    let found = try #require(unusual(learnt, nil, classes: 2))
    #expect(found.photos == 240 && found.count == 2)
    #expect(found.farthest[0].path == "200.jpg" && found.farthest[0].share == 239.0 / 240)
  }

  @Test("too few photos do not say which are unusual")
  func fewPhotos() {
    let (learnt, measured) = halves(perClass: [40, 40], dimension: 5, spread: 1)
    #expect(unusual(learnt, measured, classes: 2) == nil)
    #expect(unusual(learnt, nil, classes: 2) == nil)
  }
}
