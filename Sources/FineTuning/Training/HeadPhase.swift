import Files
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Solves the head on pooled features of the frozen base.
struct HeadPhase {
  let session: TrainingSession
  /// The phase's position in the plan.
  let index: Int

  func run(maps boundary: Network.NodeID?, keeping: [Int]) throws {
    let photos = session.photos
    let extraction = FeatureExtraction(session: session, boundary: boundary, keeping: keeping)
    let features = try extraction.run(Array(photos.trainingAndValidation))
    try session.checkInterruption()
    var training = HeadRows(session, Array(session.photos.training), features)
    try addViews(to: &training, extraction)
    // One rank solves, so that all have the same bytes.
    try session.ranks.onFirst {
      try solve(training, HeadRows(session, Array(session.photos.validation), features))
    }
    try session.shareHead()
  }

  private func solve(_ training: HeadRows, _ validation: HeadRows) throws {
    let photos = session.photos
    let start = ContinuousClock.now
    guard training.features.rows > 0 else {
      throw TrainingError.noPhotos(
        "no training photo in '\(photos.root.path)' can be read any more; was the folder moved?")
    }
    let solver = solver
    let classes = photos.classes.count
    let bundles = photos.bundleNumbers
    let choice = solver.choosePenalty(
      training.features, labels: training.labels, classes: classes,
      weights: training.weights(phase, classes: classes),
      // Views of a photo, copies, and photos of a list's group would vouch for each other.
      groups: training.groups.map { bundles[$0] })
    let solution = solver.solve(
      training.features, labels: training.labels, classes: classes, penalty: choice.penalty,
      weights: training.weights(phase, classes: classes))
    let (score, probabilities) = HeadSolver.measure(
      kernel: solution.kernel, bias: solution.bias, on: validation.features,
      labels: validation.labels,
      multiplier: session.options.backend.multiplier, pool: session.pool)
    reportChoice(choice, solution, score, training.features.rows, start)

    session.tensors["\(head)/kernel"] = solution.kernel
    session.tensors["\(head)/bias"] = solution.bias
    session.state.penalty = choice.penalty
    session.state.best = Candidate(phase: index, epoch: 0, validation: score)
    // Only a head that nothing follows: other plans compare with the one that has not seen the photos.
    if photos.division != .given, session.plan.phases.count == 1 {
      solveOnAll(training, validation, probabilities)
    }
  }

  /// Solves the head that is kept once more, on the photos to validate on as well.
  func refit() throws {
    let extraction = FeatureExtraction(session: session, boundary: nil, keeping: [])
    let features = try extraction.run(Array(session.photos.trainingAndValidation))
    try session.checkInterruption()
    var training = HeadRows(session, Array(session.photos.training), features)
    try addViews(to: &training, extraction)
    try session.ranks.onFirst {
      let validation = HeadRows(session, Array(session.photos.validation), features)
      guard let kernel = session.tensors["\(head)/kernel"],
        let bias = session.tensors["\(head)/bias"]
      else { throw TrainingError.broken("there is no head to solve again") }
      let (_, probabilities) = HeadSolver.measure(
        kernel: kernel, bias: bias, on: validation.features, labels: validation.labels,
        multiplier: session.options.backend.multiplier, pool: session.pool)
      solveOnAll(training, validation, probabilities)
    }
    try session.shareHead()
  }

  /// - Parameter probabilities: what the head that is kept, which has not seen them, says of the photos
  ///   to validate on.
  private func solveOnAll(
    _ training: HeadRows, _ validation: HeadRows, _ probabilities: FloatBuffer
  ) {
    guard validation.features.rows > 0, let penalty = session.state.penalty else { return }
    let classes = session.photos.classes.count
    let all = training.appending(validation)
    let solution = solver.solve(
      all.features, labels: all.labels, classes: classes, penalty: penalty,
      weights: all.weights(phase, classes: classes))
    session.tensors["\(head)/kernel"] = solution.kernel
    session.tensors["\(head)/bias"] = solution.bias
    session.state.trainedOnValidation = true
    session.keepHeldOut(validation.groups, probabilities)
    let photos = training.groups.count / (phase.views + 1) + validation.features.rows
    session.note(
      .selection,
      "the final head is fitted on all \(photos) photos; the validation"
        + " figures are those of the head fitted without the \(validation.features.rows) split off")
  }

  private var solver: HeadSolver {
    var options = session.options.head
    options.seed = session.options.seed
    return HeadSolver(
      multiplier: session.options.backend.multiplier, pool: session.pool, options: options)
  }

  /// The name of the layer of logits.
  private var head: String { session.network[session.network.output].name }

  private var phase: Phase { session.plan.phases[index] }

  /// Adds the augmented views that the phase wants.
  private func addViews(to rows: inout HeadRows, _ extraction: FeatureExtraction) throws {
    guard phase.views > 0 else { return }
    // Rank 0 alone has what was in the cache.
    let indices = try session.ranks.fromFirst { rows.groups.unique }
    for number in 1...phase.views {
      let views = try extraction.runViews(
        indices, phase.augmentation, number: number, of: phase.views)
      rows = rows.appending(HeadRows(session, Array(session.photos.training), views))
    }
    try session.checkInterruption()
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
          seconds: start.secondsAgo)))
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

extension HeadSolver {
  /// How well a head classifies, `nil` without examples, and what it says: a probability for each
  /// class in each row.
  static func measure(
    kernel: Tensor, bias: Tensor, on features: FeatureMatrix, labels: [Int],
    multiplier: any MatrixMultiplier, pool: WorkerPool
  ) -> (score: Score?, probabilities: FloatBuffer) {
    let classes = bias.shape.count
    let blockRows = 256
    let logits = FloatBuffer(count: features.rows * classes)
    let blocks = (0..<pool.count).map { _ in FloatBuffer(count: blockRows * features.dimension) }
    pool.forEach((features.rows + blockRows - 1) / blockRows) { worker, block in
      let first = block * blockRows
      let count = min(blockRows, features.rows - first)
      let values = blocks[worker].pointer
      features.copy(first..<first + count, to: values)
      let destination = logits.pointer + first * classes
      for row in 0..<count {
        for unit in 0..<classes { destination[row * classes + unit] = bias.values[unit] }
      }
      kernel.values.withUnsafeBufferPointer { kernel in
        guard let kernel = kernel.baseAddress else { return }
        multiplier.multiply(
          rows: count, columns: classes, depth: features.dimension, UnsafePointer(values),
          transposeA: false, kernel, transposeB: false, into: destination, accumulating: true)
      }
    }
    var sums = Score.Sums()
    for row in 0..<features.rows {
      sums.add(
        UnsafeMutableBufferPointer(start: logits.pointer + row * classes, count: classes),
        label: labels[row])
    }
    return (sums.score, logits)
  }
}
