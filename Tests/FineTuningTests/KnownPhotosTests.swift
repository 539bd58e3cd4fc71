import FineTuning
import Foundation
import TensorKernels
import Testing

@Suite("How unlike the known photos a photo is")
struct KnownPhotosTests {
  private let pool = WorkerPool(count: 2)

  private func labelled(_ clusters: Clusters, groups: [Int]? = nil) -> LabelledFeatures {
    LabelledFeatures(
      features: clusters.features, labels: clusters.labels,
      groups: groups ?? Array(clusters.labels.indices))
  }

  private func learn(_ features: LabelledFeatures, classes: Int) -> KnownPhotos? {
    KnownPhotos(
      features, classes: classes, seed: 3, multiplier: BackendChoice.openBLAS.multiplier, pool: pool
    )
  }

  /// Distances by the definitions, in Float64: the shrinkage as Ledoit and Wolf define it, over the rows' own matrices.
  private func reference(_ known: Clusters, asked: FeatureMatrix) -> [Double] {
    let (size, count) = (known.features.dimension, known.labels.count)
    func unit(_ row: [Float]) -> [Double] {
      let length = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      return row.map { Double($0) / length }
    }
    let rows = known.labels.indices.map { unit(known.features[$0]) }
    let means = (0..<known.classes).map { label -> [Double] in
      let own = rows.indices.filter { known.labels[$0] == label }
      return (0..<size).map { column in
        own.reduce(0) { $0 + rows[$1][column] } / Double(own.count)
      }
    }
    let centred = zip(rows, known.labels).map { row, label in zip(row, means[label]).map(-) }
    var sample = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
    for row in centred {
      for i in 0..<size { for j in 0..<size { sample[i][j] += row[i] * row[j] / Double(count) } }
    }
    let level = (0..<size).reduce(0) { $0 + sample[$1][$1] } / Double(size)
    var (distance, noise) = (0.0, 0.0)
    for i in 0..<size {
      for j in 0..<size {
        let target = i == j ? level : 0
        distance += (sample[i][j] - target) * (sample[i][j] - target)
        for row in centred {
          let difference = row[i] * row[j] - sample[i][j]
          noise += difference * difference / Double(count * count)
        }
      }
    }
    let shrinkage = min(noise, distance) / distance
    for i in 0..<size {
      for j in 0..<size {
        sample[i][j] = (1 - shrinkage) * sample[i][j] + (i == j ? shrinkage * level : 0)
      }
    }
    return (0..<asked.rows).map { row in
      let asked = unit(asked[row])
      let squares = means.map { mean -> Double in
        let difference = zip(asked, mean).map(-)
        return zip(difference, solve(sample, difference)).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return (squares.min() ?? 0).squareRoot()
    }
  }

  /// x of A · x = b, by elimination with pivots.
  private func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    for column in b.indices {
      let pivot = (column..<b.count).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in b.indices where row != column {
        let factor = a[row][column] / a[column][column]
        for place in column..<b.count { a[row][place] -= factor * a[column][place] }
        b[row] -= factor * b[column]
      }
    }
    return b.indices.map { b[$0] / a[$0][$0] }
  }

  @Test("is Mahalanobis's distance with the covariance of Ledoit and Wolf", arguments: [6, 30])
  func definition(perClass: Int) throws {
    let clusters = Clusters(
      perClass: [perClass, perClass + 1, perClass], dimension: 12, spread: 1.5)
    let others = Clusters(perClass: [5, 5], dimension: 12, spread: 3, seed: 9).features
    let known = try #require(learn(labelled(clusters), classes: 3))
    let found = known.distances(of: others, multiplier: BackendChoice.openBLAS.multiplier)
    for (found, expected) in zip(found, reference(clusters, asked: others)) {
      #expect(abs(Double(found) - expected) < 2e-4 * expected, "\(found), expected \(expected)")
    }
  }

  @Test("what is usual is told by photos that were not learnt from")
  func usual() throws {
    // So many features that each photo is far from the others, and learnt by heart if it is one of them.
    let clusters = Clusters(perClass: [40, 40], dimension: 60, spread: 1)
    let known = try #require(learn(labelled(clusters), classes: 2))
    let own = known.distances(of: clusters.features, multiplier: BackendChoice.openBLAS.multiplier)
    #expect(known.usual.count == 80 && known.usual == known.usual.sorted())
    let mean = own.reduce(0, +) / 80
    #expect(known.usual.reduce(0, +) / 80 > 1.03 * mean)
    // Two of each picture: its twin must not tell that it is usual.
    let rows = clusters.labels.indices.flatMap { [$0, $0] }
    let twins = LabelledFeatures(
      features: clusters.features.selecting(rows), labels: rows.map { clusters.labels[$0] },
      groups: rows)
    let parted = try #require(learn(twins, classes: 2))
    #expect(parted.usual.reduce(0, +) / 160 > 1.03 * mean)
  }

  @Test("of other photos of the kind few are farther than usual, of another kind nearly all")
  func kinds() throws {
    let all = Clusters(perClass: [400, 400], dimension: 10, spread: 1)
    let learnt = all.labels.indices.filter { $0 % 2 == 0 }
    let known = try #require(
      learn(
        LabelledFeatures(
          features: all.features.selecting(learnt), labels: learnt.map { all.labels[$0] },
          groups: learnt), classes: 2))
    let limit = try #require(known.limit(for: 0.95))
    func far(_ features: FeatureMatrix) -> Double {
      let distances = known.distances(of: features, multiplier: BackendChoice.openBLAS.multiplier)
      return Double(distances.count { $0 > limit }) / Double(distances.count)
    }
    let same = all.labels.indices.filter { $0 % 2 == 1 }
    #expect((0.01...0.12).contains(far(all.features.selecting(same))))
    #expect(far(Clusters(perClass: [200], dimension: 10, spread: 6, seed: 77).features) > 0.9)
  }

  @Test("limits are those of the share, and none where too few photos tell")
  func limits() {
    let known = KnownPhotos(
      root: Tensor([1, 1], [1]), means: Tensor([1, 1], [0]), usual: [1, 2, 3, 4])
    #expect(known.limit(for: 0.5) == 3)
    #expect(known.limit(for: 0.8) == 4)
    #expect(known.limit(for: 0.81) == nil)
    #expect(known.share(nearerThan: 0) == 0)
    #expect(known.share(nearerThan: 2) == 0.25)
    #expect(known.share(nearerThan: 2.5) == 0.5)
    #expect(known.share(nearerThan: 9) == 1)
  }

  /// Spread, a mean and distances, and whether all that is measured with them is a number.
  static let numbers: [(root: [Float], mean: Float, usual: [Float], isSound: Bool)] = [
    ([1, 0, 0, 1], 0, [0, 1, 2], true), ([1e12, -1e12, 0, 1e9], 1e6, [3], true),
    ([.nan, 0, 0, 1], 0, [1], false), ([1, .infinity, 0, 1], 0, [1], false),
    ([1, 1e38, 0, 1], 0, [1], false), ([1, 0, 0, 0], 0, [1], false),
    ([-1, 0, 0, 1], 0, [1], false),
    ([1, 0, 0, 1], .nan, [1], false), ([1, 0, 0, 1], 1e30, [1], false),
    ([1, 0, 0, 1], 0, [], false), ([1, 0, 0, 1], 0, [-1, 1], false),
    ([1, 0, 0, 1], 0, [2, 1], false), ([1, 0, 0, 1], 0, [1, .nan], false),
    ([1, 0, 0, 1], 0, [1, .infinity], false),
  ]

  @Test("what is known is sound where distances are numbers; what is none is not near")
  func soundness() {
    var digests: Set<String> = []
    for (root, mean, usual, isSound) in Self.numbers {
      let known = KnownPhotos(
        root: Tensor([2, 2], root), means: Tensor(repeating: mean, [1, 2]), usual: usual)
      #expect(known.isSound == isSound, "\(root), \(mean), \(usual)")
      #expect(digests.insert(known.digest).inserted)
      let photos = FeatureMatrix(rows: 2, dimension: 2, values: [.nan, 1, 3, -4])
      let distances = known.distances(
        of: photos, multiplier: BackendChoice.openBLAS.multiplier)
      #expect(distances[0] == .infinity)
      if isSound {
        #expect(distances[1].isFinite)
        #expect(known.share(nearerThan: distances[0]) == 1)
      } else {
        #expect(!distances[1].isNaN)
      }
    }
  }

  @Test("nothing is known of too few photos, or of photos that do not differ")
  func nothing() {
    #expect(learn(labelled(Clusters(perClass: [1, 1], dimension: 4)), classes: 2) == nil)
    let flat = FeatureMatrix(rows: 12, dimension: 3, values: [Float](repeating: 1, count: 36))
    let same = LabelledFeatures(
      features: flat, labels: (0..<12).map { $0 % 2 }, groups: Array(0..<12))
    #expect(learn(same, classes: 2) == nil)
    // A class without photos is no mean.
    let two = Clusters(perClass: [6, 6], dimension: 3)
    #expect(learn(labelled(two), classes: 5)?.means.shape == [2, 3])
  }
}
