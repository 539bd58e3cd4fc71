import Glibc
import TensorKernels

/// The penalised loss of a linear classifier, and its gradient.
///
/// ```
/// f(W, b) = 1/m · [ Σᵢ uᵢ · −log p(yᵢ | xᵢ W + b) + α/2 · ‖W‖² ],   m = Σᵢ uᵢ
/// ```
/// p is the softmax's probability of the class yᵢ or, of examples with any number of classes, the product of the
/// sigmoids' for each class: then it is a logistic regression of each class, with one penalty.
/// The uᵢ are the examples' weights; those of weight 0 do not count.
/// Parameters are Float64, `[dimension, classes]` then `[classes]`; the two products are Float32.
///
/// A group of rows sums in Float32 in the order of its rows, the groups are added in Float64 in their order:
/// which worker computes which group cannot be seen in the result.
package struct LogisticObjective: Sendable {
  let rows: FeatureMatrix
  /// Applied to each block of rows when it is read: a copy of all rows could be larger than what they were
  /// computed from.
  let normalisation: Normalisation
  let labels: [Int32]
  let classes: Int
  let likelihood: Likelihood
  /// What each example counts.
  let counted: [Float]
  let penalty: Double
  /// The sum of the weights that count, at least 1.
  let total: Double
  private let groups: [RowGroup]
  private let multiplier: any MatrixMultiplier
  private let scratch: Scratch

  /// For rows as they are.
  package init(
    rows: FeatureMatrix, labels: [Int32], classes: Int, likelihood: Likelihood = .exclusive,
    counted: [Float], penalty: Double, multiplier: any MatrixMultiplier
  ) {
    self.init(
      rows: rows, normalisation: Normalisation(identityOf: rows.dimension), labels: labels,
      classes: classes, likelihood: likelihood, counted: counted, penalty: penalty,
      multiplier: multiplier, workers: 1)
  }

  /// - Parameter workers: of the team that evaluates, at most.
  init(
    rows: FeatureMatrix, normalisation: Normalisation, labels: [Int32], classes: Int,
    likelihood: Likelihood, counted: [Float], penalty: Double, multiplier: any MatrixMultiplier,
    workers: Int
  ) {
    self.rows = rows
    self.normalisation = normalisation
    self.labels = labels
    self.classes = classes
    self.likelihood = likelihood
    self.counted = counted
    self.penalty = penalty
    self.multiplier = multiplier
    total = max(1, counted.reduce(0) { $0 + Double($1) })
    groups = RowGroup.all(of: rows.rows, parameters: (rows.dimension + 1) * classes)
    scratch = Scratch(
      groups: groups.count, blockRows: min(RowGroup.blockRows, rows.rows),
      dimension: rows.dimension,
      classes: classes, workers: workers)
  }

  /// The same problem with another penalty; it shares the scratch memory, so only one of them may
  /// be evaluated at a time.
  func with(penalty: Double) -> LogisticObjective {
    LogisticObjective(self, penalty: penalty)
  }

  private init(_ other: LogisticObjective, penalty: Double) {
    rows = other.rows
    normalisation = other.normalisation
    labels = other.labels
    classes = other.classes
    likelihood = other.likelihood
    counted = other.counted
    total = other.total
    groups = other.groups
    multiplier = other.multiplier
    scratch = other.scratch
    self.penalty = penalty
  }

  var kernelCount: Int { rows.dimension * classes }
  package var parameterCount: Int { (rows.dimension + 1) * classes }

  /// Writes the gradient at `point` and returns the value there.
  /// - Parameter team: the workers to spread over; `nil` computes on the calling thread.
  package func evaluate(_ point: [Double], gradient: inout [Double], team: WorkerPool?) -> Double {
    let kernelCount = rows.dimension * classes
    scratch.load(point)
    forEachGroup(team) { worker, group in
      var loss = 0.0
      scratch.clearBias(group)
      var isFirst = true
      forEachBlock(groups[group], group, worker) { block, features, logits in
        loss += residuals(block, logits, biasGradient: scratch.biasGradient(group))
        multiplier.multiply(
          rows: classes, columns: rows.dimension, depth: block.count,
          UnsafePointer(logits), transposeA: true, features, transposeB: false,
          into: scratch.kernelGradient(group), accumulating: !isFirst)
        isFirst = false
      }
      scratch.losses.pointer[group] = loss
    }
    var loss = 0.0
    for group in groups.indices { loss += scratch.losses.pointer[group] }

    sumGradients(at: point, into: &gradient, team)
    var squares = 0.0
    for index in 0..<kernelCount { squares += point[index] * point[index] }
    return (loss + penalty / 2 * squares) / total
  }

  /// Adds the groups' gradients in their order; which worker adds which elements does not matter.
  private func sumGradients(
    at point: [Double], into gradient: inout [Double], _ team: WorkerPool?
  ) {
    let kernelCount = rows.dimension * classes
    let (dimension, classes) = (rows.dimension, classes)
    let pieceRows = max(1, (1 << 14) / classes)
    let pieces = (dimension + pieceRows - 1) / pieceRows
    @Sendable func sum(_ piece: Int) {
      let features = piece * pieceRows..<min((piece + 1) * pieceRows, dimension)
      let elements = features.lowerBound * classes..<features.upperBound * classes
      let sums = scratch.kernelSums.pointer
      for index in elements { sums[index] = penalty * point[index] }
      for group in groups.indices {
        let partial = scratch.kernelGradient(group)
        for unit in 0..<classes {
          let row = partial + unit * dimension
          for feature in features { sums[feature * classes + unit] += Double(row[feature]) }
        }
      }
      for index in elements { sums[index] /= total }
    }
    if let team, pieces > 1 {
      team.forEach(pieces) { _, piece in sum(piece) }
    } else {
      for piece in 0..<pieces { sum(piece) }
    }
    gradient.withUnsafeMutableBufferPointer { gradient in
      for index in 0..<kernelCount { gradient[index] = scratch.kernelSums.pointer[index] }
      for unit in 0..<classes {
        var sum = 0.0
        for group in groups.indices { sum += scratch.biasGradient(group)[unit] }
        gradient[kernelCount + unit] = sum / total
      }
    }
  }

  /// Turns a block of logits into uᵢ · (probabilities − target) and returns the sum of its losses.
  private func residuals(
    _ block: Range<Int>, _ logits: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Double>
  ) -> Double {
    var loss = 0.0
    for (position, example) in block.enumerated() {
      let row = UnsafeMutableBufferPointer(start: logits + position * classes, count: classes)
      let weight = counted[example]
      guard weight != 0 else {
        for unit in 0..<classes { row[unit] = 0 }
        continue
      }
      let label = Int(labels[example])
      loss += Double(weight) * likelihood.apply(to: row, label: label)
      likelihood.subtractTarget(of: label, from: row)
      if weight != 1 { for unit in 0..<classes { row[unit] *= weight } }
      for unit in 0..<classes { biasGradient[unit] += Double(row[unit]) }
    }
    return loss
  }

  /// Log loss, without the penalty, and hits, summed with the weights of the examples.
  package func measure(_ point: [Double], team: WorkerPool?) -> (logLoss: Double, hits: Double) {
    scratch.load(point)
    forEachGroup(team) { worker, group in
      var loss = 0.0
      var hits = 0.0
      forEachBlock(groups[group], group, worker) { block, _, logits in
        for (position, example) in block.enumerated() {
          let row = UnsafeMutableBufferPointer(start: logits + position * classes, count: classes)
          let label = Int(labels[example])
          let weight = Double(counted[example])
          if likelihood.isHit(row, label: label) { hits += weight }
          loss += weight * likelihood.apply(to: row, label: label)
        }
      }
      scratch.losses.pointer[group] = loss
      scratch.biasGradient(group)[0] = hits
    }
    return groups.indices.reduce(into: (0.0, 0.0)) { sums, group in
      sums.0 += scratch.losses.pointer[group]
      sums.1 += scratch.biasGradient(group)[0]
    }
  }

  /// The mean of p (1 − p) over all examples and classes: how much the loss is curved.
  func meanVariance(at point: [Double], team: WorkerPool?) -> Double {
    scratch.load(point)
    forEachGroup(team) { worker, group in
      var sum = 0.0
      forEachBlock(groups[group], group, worker) { block, _, logits in
        for position in 0..<block.count {
          let row = UnsafeMutableBufferPointer(start: logits + position * classes, count: classes)
          likelihood.apply(to: row, label: 0)
          sum += Double(row.reduce(0) { $0 + $1 * (1 - $1) })
        }
      }
      scratch.losses.pointer[group] = sum
    }
    let sum = groups.indices.reduce(0.0) { $0 + scratch.losses.pointer[$1] }
    return sum / Double(rows.rows * classes)
  }

  private func forEachGroup(
    _ team: WorkerPool?, _ body: @Sendable (_ worker: Int, _ group: Int) -> Void
  ) {
    if let team, groups.count > 1 {
      precondition(team.count <= scratch.workers, "a team larger than was said")
      team.forEach(groups.count) { worker, group in body(worker, group) }
    } else {
      for group in groups.indices { body(0, group) }
    }
  }

  /// Calls `body` with each block of a group, its features and its logits.
  private func forEachBlock(
    _ group: RowGroup, _ index: Int, _ worker: Int,
    _ body: (_ block: Range<Int>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    for block in group.blocks {
      let features = scratch.features(worker)
      normalisation.write(block, of: rows, to: features)
      let logits = scratch.logits(index)
      for row in 0..<block.count {
        (logits + row * classes).update(from: scratch.bias.pointer, count: classes)
      }
      multiplier.multiply(
        rows: block.count, columns: classes, depth: rows.dimension,
        UnsafePointer(features), transposeA: false, UnsafePointer(scratch.kernel.pointer),
        transposeB: false, into: logits, accumulating: true)
      body(block, UnsafePointer(features), logits)
    }
  }
}

/// Replaces logits by their softmax and returns −log of the probability of `label`.
func softmax(_ row: UnsafeMutableBufferPointer<Float>, label: Int) -> Float {
  var largest = -Float.infinity
  for value in row { largest = max(largest, value) }
  let own = row[label]
  var sum: Float = 0
  for unit in row.indices {
    let power = expf(row[unit] - largest)
    row[unit] = power
    sum += power
  }
  for unit in row.indices { row[unit] /= sum }
  return logf(sum) - (own - largest)
}

extension UnsafeMutableBufferPointer<Float> {
  /// The index of the largest value, the first of equals; 0 when none is larger than −∞.
  var firstLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }
}

/// The memory of one objective, reused by every evaluation.
private final class Scratch: Sendable {
  let kernel: FloatBuffer
  let bias: FloatBuffer
  let losses: DoubleBuffer
  let kernelSums: DoubleBuffer
  private let allLogits: FloatBuffer
  private let kernelGradients: FloatBuffer
  private let biasGradients: DoubleBuffer
  private let blocks: [FloatBuffer]
  private let logitCount: Int
  private let kernelCount: Int
  private let classes: Int

  init(groups: Int, blockRows: Int, dimension: Int, classes: Int, workers: Int) {
    let kernelCount = dimension * classes
    logitCount = blockRows * classes
    kernel = FloatBuffer(count: kernelCount)
    bias = FloatBuffer(count: classes)
    losses = DoubleBuffer(count: groups)
    kernelSums = DoubleBuffer(count: kernelCount)
    allLogits = FloatBuffer(count: groups * logitCount)
    kernelGradients = FloatBuffer(count: groups * kernelCount)
    biasGradients = DoubleBuffer(count: groups * classes)
    blocks = (0..<workers).map { _ in FloatBuffer(count: blockRows * dimension) }
    self.kernelCount = kernelCount
    self.classes = classes
  }

  func load(_ point: [Double]) {
    for index in 0..<kernelCount { kernel.pointer[index] = Float(point[index]) }
    for unit in 0..<classes { bias.pointer[unit] = Float(point[kernelCount + unit]) }
  }

  var workers: Int { blocks.count }

  /// Room for a block of rows.
  func features(_ worker: Int) -> UnsafeMutablePointer<Float> { blocks[worker].pointer }

  func logits(_ group: Int) -> UnsafeMutablePointer<Float> {
    allLogits.pointer + group * logitCount
  }

  /// `[classes, dimension]`: with few classes the product takes half the time that it takes the other way round.
  func kernelGradient(_ group: Int) -> UnsafeMutablePointer<Float> {
    kernelGradients.pointer + group * kernelCount
  }

  func biasGradient(_ group: Int) -> UnsafeMutablePointer<Double> {
    biasGradients.pointer + group * classes
  }

  func clearBias(_ group: Int) {
    biasGradient(group).update(repeating: 0, count: classes)
  }
}

/// Like `FloatBuffer`, in Float64.
private final class DoubleBuffer: @unchecked Sendable {
  // `@unchecked`: a fixed address; each group writes only its own elements.
  let pointer: UnsafeMutablePointer<Double>

  init(count: Int) {
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { pointer.deallocate() }
}
