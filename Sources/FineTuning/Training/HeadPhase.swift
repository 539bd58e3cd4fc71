import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Solves the head on pooled features of the frozen base.
struct HeadPhase {
  let session: TrainingSession
  /// The phase's position in the plan.
  let index: Int
  /// Whether the validation photos were split off by this program, and may train the final head once
  /// its penalty is chosen.
  let mayUseValidation: Bool

  func run(maps boundary: Network.NodeID?, keeping: [Int]) throws {
    let photos = session.photos
    let extraction = FeatureExtraction(session: session, boundary: boundary, keeping: keeping)
    let features = try extraction.run(photos.training + photos.validation)
    try session.checkInterruption()
    // One rank solves, so that all have the same bytes.
    if session.communicator.isFirst { try solve(features) }
    let head = session.network[session.network.output].name
    let solved = session.tensors.filter { $0.key.hasPrefix("\(head)/") }
    session.tensors.merge(try session.communicator.share(solved)) { $1 }
    session.state = try session.communicator.share(session.state)
  }

  private func solve(_ features: [Int: ArraySlice<Float>]) throws {
    let photos = session.photos
    let start = ContinuousClock.now
    let (training, trainingRows) = session.matrix(photos.training, features)
    let (validation, validationRows) = session.matrix(photos.validation, features)
    guard !trainingRows.isEmpty else {
      throw TrainingError.noPhotos(
        "no training photo in '\(photos.root.path)' can be read any more; was the folder moved?")
    }
    let labels = photos.labels(trainingRows)
    let classes = photos.classes.count

    var options = session.options.head
    options.seed = session.options.seed
    let solver = HeadSolver(
      multiplier: session.options.backend.multiplier, pool: session.pool, options: options)
    let choice = solver.choosePenalty(training, labels: labels, classes: classes)
    var solution = solver.solve(
      training, labels: labels, classes: classes, penalty: choice.penalty)
    let score = solution.score(
      on: validation, labels: photos.labels(validationRows),
      multiplier: session.options.backend.multiplier, pool: session.pool)
    reportChoice(choice, solution, score, training.rows, start)

    if mayUseValidation, !validationRows.isEmpty {
      solution = solver.solve(
        training.appending(validation), labels: labels + photos.labels(validationRows),
        classes: classes, penalty: choice.penalty)
      session.state.trainedOnValidation = true
      session.note(
        .selection,
        "the final head is fitted on all \(training.rows + validation.rows) photos; the validation"
          + " figures are those of the head fitted without the \(validation.rows) split off")
    }
    let head = session.network[session.network.output].name
    session.tensors["\(head)/kernel"] = solution.kernel
    session.tensors["\(head)/bias"] = solution.bias
    session.state.best = Candidate(phase: index, epoch: 0, validation: score)
  }

  private func reportChoice(
    _ choice: HeadSolver.Choice, _ solution: HeadSolver.Solution, _ score: Score?, _ rows: Int,
    _ start: ContinuousClock.Instant
  ) {
    let chosen = choice.trials.first { $0.penalty == choice.penalty }
    session.emit(
      .head(
        .init(
          penalty: choice.penalty, folds: choice.folds,
          crossValidatedLogLoss: chosen?.logLoss, crossValidatedAccuracy: chosen?.accuracy,
          iterations: solution.iterations, converged: solution.converged,
          validationAccuracy: score?.accuracy, validationLogLoss: score?.logLoss,
          seconds: TrainingSession.seconds(since: start))))
    if choice.folds == 0 {
      session.note(
        .head,
        "too few images a class for a cross-validation: the head's penalty is the default,"
          + " \(choice.penalty.short)")
    } else if choice.examples < rows {
      session.note(
        .head,
        "the head's penalty was chosen on \(choice.examples) of \(rows) photos to bound the time")
    }
    if !solution.converged {
      session.note(
        .head,
        "the head did not converge: its gradient is \(solution.relativeGradient.short) of the first"
          + " after \(solution.iterations) iterations")
    }
  }
}

extension HeadSolver.Solution {
  /// How well the head classifies; `nil` without examples.
  func score(
    on features: FeatureMatrix, labels: [Int], multiplier: any MatrixMultiplier, pool: WorkerPool
  ) -> Score? {
    let classes = bias.shape.count
    let blockRows = 256
    let logits = FloatBuffer(count: features.rows * classes)
    pool.forEach((features.rows + blockRows - 1) / blockRows) { _, block in
      let first = block * blockRows
      let count = min(blockRows, features.rows - first)
      let destination = logits.pointer + first * classes
      for row in 0..<count {
        for unit in 0..<classes { destination[row * classes + unit] = bias.values[unit] }
      }
      features.values.withUnsafeBufferPointer { values in
        kernel.values.withUnsafeBufferPointer { kernel in
          guard let values = values.baseAddress, let kernel = kernel.baseAddress else { return }
          multiplier.multiply(
            rows: count, columns: classes, depth: features.dimension,
            values + first * features.dimension, transposeA: false, kernel, transposeB: false,
            into: destination, accumulating: true)
        }
      }
    }
    var sums = Score.Sums()
    for row in 0..<features.rows {
      sums.add(
        UnsafeMutableBufferPointer(start: logits.pointer + row * classes, count: classes),
        label: labels[row])
    }
    return sums.score
  }
}
