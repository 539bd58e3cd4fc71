import TensorKernels

/// XᵀX / n of normalised features: nearly all that makes the loss of a linear classifier steep in some
/// directions and flat in others.
struct Covariance: Sendable {
  private let values: [Float]  // [dimension, dimension]
  private let dimension: Int
  private let multiplier: any MatrixMultiplier

  /// How many rows suffice: which directions are steep shows in two for each feature. On 10 000 × 2048 drawn
  /// features more took the same iterations, and longer.
  static func sample(of rows: Int, dimension: Int) -> Int { min(rows, 2 * dimension) }

  init(
    of all: FeatureMatrix, normalisation: Normalisation, multiplier: any MatrixMultiplier,
    pool: WorkerPool
  ) {
    let dimension = all.dimension
    let sample = Self.sample(of: all.rows, dimension: dimension)
    // Spread evenly, for rows may be in the order of their classes.
    let rows =
      sample == all.rows
      ? all : all.selecting((0..<sample).map { $0 * all.rows / sample })
    values = secondMoments(
      of: rows, normalisation: normalisation, multiplier: multiplier, pool: pool)
    self.dimension = dimension
    self.multiplier = multiplier
  }

  /// What the Hessian is about, inverted; `nil` if rounding has left no positive definite matrix, or a head
  /// that is sure of every example no curvature.
  ///
  /// - Parameters:
  ///   - variance: the mean of p (1 − p) over examples and classes.
  ///   - ridge: what the penalty adds to the diagonal.
  func preconditioner(variance: Double, ridge: Double) -> Preconditioner? {
    guard variance > 1e-9 else { return nil }
    // Of Float32 products smaller eigenvalues are not known; the largest is at most 1.
    let ridge = max(ridge, 1e-6 * variance)
    var hessian = values.map { variance * Double($0) }
    for index in 0..<dimension { hessian[index * dimension + index] += ridge }
    guard let root = inverseCholesky(consume hessian, size: dimension) else { return nil }
    return Preconditioner(
      root: root.map(Float.init), dimension: dimension, variance: variance,
      multiplier: multiplier)
  }
}

/// Divides a gradient by what the Hessian is about: for each class h · XᵀX / n + α / m, h being the mean of
/// p (1 − p), after the bound of Böhning (1992).
///
/// Steps then take about as many iterations for features that say nearly the same as for independent ones.
struct Preconditioner: Sendable {
  /// R of R · Rᵀ, the inverse: positive definite however it was rounded.
  private let root: [Float]
  private let dimension: Int
  private let variance: Double
  private let multiplier: any MatrixMultiplier

  fileprivate init(
    root: [Float], dimension: Int, variance: Double, multiplier: any MatrixMultiplier
  ) {
    self.root = root
    self.dimension = dimension
    self.variance = variance
    self.multiplier = multiplier
  }

  /// - Parameter gradient: `[dimension, classes]`, then `[classes]`.
  func apply(to gradient: inout [Double]) {
    let classes = gradient.count / (dimension + 1)
    let count = dimension * classes
    // Small gradients are no smaller in Float32: only their direction is of interest.
    let size = dot(gradient, gradient).squareRoot()
    guard size > 0 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { buffer in
      guard let first = buffer.baseAddress else { return }
      let second = first + count
      for index in 0..<count { first[index] = Float(gradient[index] / size) }
      root.withUnsafeBufferPointer { root in
        guard let root = root.baseAddress else { return }
        multiplier.multiply(
          rows: dimension, columns: classes, depth: dimension, root, transposeA: true,
          UnsafePointer(first), transposeB: false, into: second, accumulating: false)
        multiplier.multiply(
          rows: dimension, columns: classes, depth: dimension, root, transposeA: false,
          UnsafePointer(second), transposeB: false, into: first, accumulating: false)
      }
      for index in 0..<count { gradient[index] = Double(first[index]) * size }
    }
    for index in count..<gradient.count { gradient[index] /= variance }
  }
}

/// XᵀX / n of normalised features, `[dimension, dimension]`; its bytes do not depend on the number of workers.
func secondMoments(
  of rows: FeatureMatrix, normalisation: Normalisation, multiplier: any MatrixMultiplier,
  pool: WorkerPool
) -> [Float] {
  let dimension = rows.dimension
  let count = dimension * dimension
  let groups = RowGroup.all(of: rows.rows, parameters: count)
  let sums = FloatBuffer(count: groups.count * count)
  let blocks = (0..<pool.count).map { _ in
    FloatBuffer(count: min(RowGroup.blockRows, rows.rows) * dimension)
  }
  pool.forEach(groups.count) { worker, group in
    let features = blocks[worker].pointer
    for block in groups[group].blocks {
      normalisation.write(block, of: rows, to: features)
      multiplier.multiply(
        rows: dimension, columns: dimension, depth: block.count,
        UnsafePointer(features), transposeA: true, UnsafePointer(features), transposeB: false,
        into: sums.pointer + group * count, accumulating: block != groups[group].blocks.first)
    }
  }
  return (0..<count).map { element in
    let sum = groups.indices.reduce(0.0) { $0 + Double(sums.pointer[$1 * count + element]) }
    return Float(sum / Double(rows.rows))
  }
}
