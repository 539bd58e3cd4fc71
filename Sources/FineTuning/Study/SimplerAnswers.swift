import Evaluation
import TensorKernels

/// What classifiers say that only measure distances between rows of features of the length 1.
struct SimplerAnswers {
  private let multiplier: any MatrixMultiplier
  private let pool: WorkerPool
  private let material: UnitRows
  private let labels: [Int]
  private let classes: Int

  /// How many photos are asked what a photo is.
  static let neighbours = 5
  /// Rows whose distances are computed at once.
  private static let block = 64

  /// - Parameters:
  ///   - material: what is learnt from, at least one row.
  ///   - labels: of the rows, in `0..<classes`.
  init(
    _ material: FeatureMatrix, labels: [Int], classes: Int, multiplier: any MatrixMultiplier,
    pool: WorkerPool
  ) {
    self.material = UnitRows(material)
    self.labels = labels
    self.classes = classes
    self.multiplier = multiplier
    self.pool = pool
  }

  /// The class whose mean is nearest, of equally near ones the first.
  func nearestMeans(of asked: FeatureMatrix) -> [Int] {
    let dimension = material.dimension
    let centres = ClassMeans(material, labels: labels, classes: classes)
    let present = centres.present
    let means = present.flatMap { centres.ofClass[$0 * dimension..<($0 + 1) * dimension] }
    let halfSquares = present.map { label in
      centres.ofClass[label * dimension..<(label + 1) * dimension].reduce(0) { $0 + $1 * $1 } / 2
    }
    // |x − m|² is smallest where x·m − |m|²/2 is largest.
    return answers(to: asked, beside: means, present.count) { products in
      present[products.indices.maxFirst { products[$0] - halfSquares[$0] }]
    }
  }

  /// What most of the nearest rows are, of equally many classes that with the nearest one.
  func nearestRows(of asked: FeatureMatrix) -> [Int] {
    answers(to: asked, beside: material.values, labels.count) { products in
      var nearest: [Int] = []
      for row in products.indices {
        // Rows have one length, so the nearest has the largest product.
        if nearest.count == Self.neighbours, let last = nearest.last,
          products[last] >= products[row]
        {
          continue
        }
        let place = nearest.firstIndex { products[$0] < products[row] } ?? nearest.count
        nearest.insert(row, at: place)
        if nearest.count > Self.neighbours { nearest.removeLast() }
      }
      let votes = nearest.map { labels[$0] }
      return votes[
        votes.indices.maxFirst { place in Float(votes.count { $0 == votes[place] }) }]
    }
  }

  /// Answers by the products of each row with rows of others.
  private func answers(
    to asked: FeatureMatrix, beside others: [Float], _ count: Int,
    _ answer: @Sendable (UnsafeBufferPointer<Float>) -> Int
  ) -> [Int] {
    let rows = UnitRows(asked)
    let blocks = (asked.rows + Self.block - 1) / Self.block
    let scratch = (0..<pool.count).map { _ in FloatBuffer(count: Self.block * count) }
    let results = AnswerSlots(count: asked.rows)
    pool.forEach(blocks) { worker, block in
      let first = block * Self.block
      let size = min(Self.block, rows.count - first)
      let products = scratch[worker].pointer
      rows.values.withUnsafeBufferPointer { rows in
        others.withUnsafeBufferPointer { others in
          guard let start = rows.baseAddress, let others = others.baseAddress else { return }
          multiplier.multiply(
            rows: size, columns: count, depth: material.dimension,
            start + first * material.dimension, transposeA: false, others, transposeB: true,
            into: products, accumulating: false)
        }
      }
      for row in 0..<size {
        results.values[first + row] = answer(
          UnsafeBufferPointer(start: products + row * count, count: count))
      }
    }
    return Array(results.values)
  }
}

/// `@unchecked Sendable`: each worker writes places of its own.
private final class AnswerSlots: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Int>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }
}

/// Rows behind one another, each divided by its length; a row of zeros stays one.
struct UnitRows {
  let dimension: Int
  let count: Int
  let values: [Float]

  init(_ matrix: FeatureMatrix) {
    dimension = matrix.dimension
    count = matrix.rows
    values = (0..<matrix.rows).flatMap { row in
      let values = matrix[row]
      let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      guard squares > 0 else { return values }
      let length = Float(squares.squareRoot())
      return values.map { $0 / length }
    }
  }
}

extension Range<Int> {
  /// The first of the places with the largest value; the range is not empty.
  fileprivate func maxFirst(_ value: (Int) -> Float) -> Int {
    var best = lowerBound
    for place in dropFirst() where value(place) > value(best) { best = place }
    return best
  }
}
