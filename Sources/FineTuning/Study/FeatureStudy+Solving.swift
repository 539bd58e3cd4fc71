import Evaluation
import Files
import Glibc
import TensorKernels

/// Features of photos with what the photos are of.
package struct LabelledFeatures: Sendable {
  /// A row for each photo.
  package let features: FeatureMatrix
  /// The class of each photo.
  package let labels: [Int]
  /// Photos of the same number show one picture and are not to vouch for each other.
  package let groups: [Int]

  /// - Precondition: a label and a group for each row.
  package init(features: FeatureMatrix, labels: [Int], groups: [Int]) {
    precondition(
      labels.count == features.rows && groups.count == features.rows,
      "a label and a group for each row")
    self.features = features
    self.labels = labels
    self.groups = groups
  }

  package var count: Int { labels.count }

  fileprivate func selecting(_ rows: [Int]) -> LabelledFeatures {
    LabelledFeatures(
      features: features.selecting(rows), labels: rows.map { labels[$0] },
      groups: rows.map { groups[$0] })
  }
}

extension FeatureStudy {
  /// - Parameters:
  ///   - base: what the base is called.
  ///   - learnt: what heads and distances learn from.
  ///   - measured: other photos, which answers are measured on; `nil`: the same, each fifth of them by what the
  ///     other four say.
  ///   - classes: how many there are, at least two.
  ///   - solver: of heads; its seed decides how photos are dealt out.
  /// - Returns: `nil` where there is nothing to learn from or to measure.
  package init?(
    base: String, learnt: LabelledFeatures, measured: LabelledFeatures?, classes: Int,
    _ solver: HeadSolver
  ) {
    let studies = FeatureRounds(learnt, measured, classes: classes, solver)
    guard let studies, let first = studies.rounds.first, !first.material.labels.isEmpty else {
      return nil
    }
    let full = studies.headAnswers(parts: 1)
    self.init(
      base: base, trainingPhotos: learnt.count, photos: full[0].count,
      isCrossFitted: measured == nil,
      classifiers: [
        SimplerClassifier(.linearHead, hits: full[0]),
        SimplerClassifier(.nearestMean, hits: studies.hits { $0.nearestMeans(of: $1) }),
        SimplerClassifier(.nearestPhotos, hits: studies.hits { $0.nearestRows(of: $1) }),
      ],
      curve: studies.curve(full: full),
      drift: measured.flatMap { PhotoDrift(learnt, $0, classes: classes, solver) })
  }
}

/// Who learns from what, and is asked about what.
private struct FeatureRounds {
  struct Round {
    let material: LabelledFeatures
    let asked: LabelledFeatures
    /// For each row of the material the eighth that it is dealt to.
    let slots: [Int]
    /// The fewest pictures that a class of the material has.
    let rarest: Int
  }

  let rounds: [Round]
  private let classes: Int
  private let solver: HeadSolver
  private let penalty: Double

  /// The smallest parts are eighths.
  private static let slotCount = 8
  /// A part has at least so many pictures of each class.
  private static let fewestOfClass = 2
  /// Seconds of one core that the curve may take, as `HeadCost` has them.
  private static let curveLimit = 40.0
  /// How exactly heads are solved that are only measured, relative to one that is used.
  private static let roughness = 30.0
  private static let folds = 5

  /// - Returns: `nil` where nothing can be learnt from or measured.
  init?(
    _ learnt: LabelledFeatures, _ measured: LabelledFeatures?, classes: Int, _ solver: HeadSolver
  ) {
    guard learnt.count > 0, Set(learnt.labels).count > 1 else { return nil }
    self.classes = classes
    var options = solver.options
    options.tolerance *= Self.roughness
    self.solver = HeadSolver(multiplier: solver.multiplier, pool: solver.pool, options: options)
    if let measured {
      guard measured.count > 0 else { return nil }
      rounds = [Self.round(learnt, measured, classes, seed: options.seed)]
    } else {
      let folds = StratifiedFolds(
        labels: learnt.labels.map(Int32.init), classes: classes, maximum: Self.folds,
        seed: options.seed, groups: learnt.groups)
      guard folds.count > 1 else { return nil }
      rounds = (0..<folds.count).map { fold in
        Self.round(
          learnt.selecting(learnt.labels.indices.filter { folds.fold[$0] != fold }),
          learnt.selecting(learnt.labels.indices.filter { folds.fold[$0] == fold }), classes,
          seed: options.seed)
      }
    }
    penalty =
      solver.choosePenalty(
        learnt.features, labels: learnt.labels, classes: classes, groups: learnt.groups
      ).penalty
  }

  private static func round(
    _ material: LabelledFeatures, _ asked: LabelledFeatures, _ classes: Int, seed: UInt64
  ) -> Round {
    var random = CounterRandom(seed: seed ^ 0xCA4D)
    let groups = RowGroups(
      labels: material.labels.map(Int32.init), classes: classes, groups: material.groups)
    var slots = [Int](repeating: 0, count: material.count)
    for members in groups.byClass {
      for (place, rows) in members.shuffled(by: { random.remainder($0) }).enumerated() {
        for row in rows { slots[row] = place % slotCount }
      }
    }
    return Round(
      material: material, asked: asked, slots: slots,
      rarest: groups.byClass.map(\.count).filter { $0 > 0 }.min() ?? 0)
  }

  /// Whether the asked photos of all rounds, one round after the other, are answered rightly.
  func hits(_ answers: (SimplerAnswers, FeatureMatrix) -> [Int]) -> [Bool] {
    rounds.flatMap { round in
      let simpler = SimplerAnswers(
        round.material.features, labels: round.material.labels, classes: classes,
        multiplier: solver.multiplier, pool: solver.pool)
      return zip(answers(simpler, round.asked.features), round.asked.labels).map { $0 == $1 }
    }
  }

  /// What heads answer that learn from one of so many parts: for each part as `hits`.
  func headAnswers(parts: Int) -> [[Bool]] {
    (0..<parts).map { part in
      rounds.flatMap { round in
        let rows = round.slots.indices.filter { round.slots[$0] % parts == part }
        let head = solver.solve(
          round.material.features.selecting(rows), labels: rows.map { round.material.labels[$0] },
          classes: classes, penalty: penalty)
        let probabilities = HeadSolver.measure(
          kernel: head.kernel, bias: head.bias, on: round.asked.features,
          labels: round.asked.labels, likelihood: solver.likelihood,
          multiplier: solver.multiplier, pool: solver.pool
        ).probabilities
        return round.asked.labels.enumerated().map { place, label in
          solver.likelihood.isHit(
            UnsafeMutableBufferPointer(
              start: probabilities.pointer + place * classes, count: classes),
            label: label, from: 0.5)
        }
      }
    }
  }

  /// - Parameter full: what heads answer that learn from all.
  func curve(full: [[Bool]]) -> LearningCurve? {
    let rarest = rounds.map(\.rarest).min() ?? 0
    let partCounts = [8, 4, 2].filter { $0 * Self.fewestOfClass <= rarest }
    let photos = Double(rounds.reduce(0) { $0 + $1.material.count }) / Double(rounds.count)
    let cost = HeadCost(dimension: rounds[0].material.features.dimension, classes: classes)
    // The parts of one size cost as much as all photos at once.
    let seconds = cost.solving(rows: Int(photos)) * Double(partCounts.count * rounds.count)
    guard seconds <= Self.curveLimit else { return nil }
    let sizes = partCounts.map { parts in
      LearningCurve.Size(
        photos: Int((photos / Double(parts)).rounded()), hits: headAnswers(parts: parts))
    }
    return LearningCurve(sizes + [LearningCurve.Size(photos: Int(photos.rounded()), hits: full)])
  }
}

extension PhotoDrift {
  /// Fewer photos of a side tell nothing.
  private static let fewest = 20
  /// More than these are not needed.
  private static let most = 1000

  fileprivate init?(
    _ learnt: LabelledFeatures, _ measured: LabelledFeatures, classes: Int, _ solver: HeadSolver
  ) {
    var random = CounterRandom(seed: solver.options.seed ^ 0xD21F)
    func sample(_ set: LabelledFeatures, _ counts: [Int]) -> LabelledFeatures {
      var byClass = [[Int]](repeating: [], count: classes)
      for (row, label) in set.labels.enumerated() { byClass[label].append(row) }
      return set.selecting(
        zip(byClass, counts).flatMap { rows, count in
          rows.shuffled { random.remainder($0) }.prefix(count)
        }.sorted())
    }
    // As many of each class: else the classes, not the photos, would tell the sides apart.
    var counts = (0..<classes).map { label in
      min(learnt.labels.count { $0 == label }, measured.labels.count { $0 == label })
    }
    let all = counts.reduce(0, +)
    if all > Self.most {
      counts = counts.map { max(min(1, $0), $0 * Self.most / all) }
    }
    let (own, other) = (sample(measured, counts), sample(learnt, counts))
    guard own.count >= Self.fewest else { return nil }
    let sides = own.labels.map { _ in 1 } + other.labels.map { _ in 0 }
    let answers = solver.outOfFold(
      own.features.appending(other.features), labels: sides, classes: 2,
      groups: Array(sides.indices))
    guard let answers else { return nil }
    self.init(
      scores: zip(answers.rows, answers.losses).map { row, loss in
        let probability = exp(-loss)
        return Float(sides[row] == 1 ? probability : 1 - probability)
      },
      isMeasured: answers.rows.map { sides[$0] == 1 })
  }
}
