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
    let features = try features(maps: boundary, keeping: keeping)
    var training = HeadRows(session, session.material(of: phase), features)
    try addViews(to: &training)
    // One rank solves, so that all have the same bytes.
    try session.ranks.onFirst {
      try solve(training, HeadRows(session, session.judges(of: phase), features))
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
      labels: validation.labels, likelihood: session.likelihood,
      multiplier: session.options.backend.multiplier, pool: session.pool)
    reportChoice(choice, solution, score, training.features.rows, start)

    session.tensors = tensors(solution)
    session.state.penalties.append(choice.penalty)
    session.state.best = Candidate(phase: index, epoch: 0, validation: score)
    // Where the head is all there is, nothing else is judged.
    guard session.plan.phases.allSatisfy({ $0.method == .solve }), validation.features.rows > 0
    else { return }
    session.judge(
      validation.groups, [probabilities.array(count: validation.features.rows * classes)])
    session.state.share = 0
    if photos.division != .given, session.plan.phases.count == 1 {
      let rows = training.appending(validation)
      keep(solveOnAll(rows), of: rows, beside: validation.features.rows)
    }
  }

  /// A head belongs to the base as it was, whatever an earlier fold has made of it.
  private func tensors(_ solution: HeadSolver.Solution) -> [String: Tensor] {
    session.initialTensors.merging(
      ["\(head)/kernel": solution.kernel, "\(head)/bias": solution.bias]
    ) { $1 }
  }

  /// Solves the head once more on all photos.
  /// - Parameter isBeginning: whether a schedule goes on from it, and the best weights so far stay what they
  ///   are until that has ended.
  func solveAgain(isBeginning: Bool) throws {
    let features = try features(maps: nil, keeping: [])
    var rows = HeadRows(session, Array(session.photos.trainingAndValidation), features)
    try addViews(to: &rows)
    if isBeginning { session.beginning = session.initialTensors }
    session.ranks.onFirst {
      let solution = solveOnAll(rows)
      if isBeginning {
        session.beginning = tensors(solution)
      } else {
        keep(solution, of: rows, beside: session.photos.validation.count)
      }
    }
    try session.shareHead()
  }

  private func solveOnAll(_ rows: HeadRows) -> HeadSolver.Solution {
    let classes = session.photos.classes.count
    let penalties = session.state.penalties.sorted()
    return solver.solve(
      rows.features, labels: rows.labels, classes: classes, penalty: penalties[penalties.count / 2],
      weights: rows.weights(phase, classes: classes))
  }

  /// - Parameter validation: how many of the photos were set apart to validate on.
  private func keep(
    _ solution: HeadSolver.Solution, of rows: HeadRows, beside validation: Int
  ) {
    session.tensors = tensors(solution)
    session.state.trainedOnValidation = true
    let others =
      validation > 0
      ? "heads fitted without the \(validation) split off" : "heads that have not seen them"
    session.note(
      .selection,
      "the head is fitted on all \(rows.groups.unique.count.counted("photo")); the figures are those of \(others)"
    )
  }

  /// Features of all photos, computed once.
  private func features(maps boundary: Network.NodeID?, keeping: [Int]) throws -> FeatureTable {
    if let known = session.features[0], boundary == nil { return known }
    let features = try FeatureExtraction(session: session, boundary: boundary, keeping: keeping)
      .run(Array(session.photos.trainingAndValidation))
    session.features[0] = features
    try session.checkInterruption()
    return features
  }

  /// What a cross-validation on the photos to train on promises; infinite where they are too few for one.
  func crossValidatedLogLoss(_ features: FeatureTable) -> Double {
    let rows = HeadRows(session, Array(session.photos.training), features)
    guard rows.features.rows > 0 else { return .infinity }
    let classes = session.photos.classes.count
    let bundles = session.photos.bundleNumbers
    let choice = solver.choosePenalty(
      rows.features, labels: rows.labels, classes: classes,
      weights: rows.weights(phase, classes: classes), groups: rows.groups.map { bundles[$0] })
    return choice.trials.map(\.logLoss).min() ?? .infinity
  }

  private var solver: HeadSolver { session.headSolver }

  /// The name of the layer of logits.
  private var head: String { session.network[session.network.output].name }

  private var phase: Phase { session.plan.phases[index] }

  /// Adds the augmented views that the phase wants.
  private func addViews(to rows: inout HeadRows) throws {
    guard phase.views > 0 else { return }
    // Rank 0 alone has what was in the cache.
    let indices = try session.ranks.fromFirst { rows.groups.unique }
    for number in 1...phase.views {
      var views = session.features[number] ?? FeatureTable(dimension: session.base.dimension)
      let absent = indices.filter { !views.has($0) }
      if try session.ranks.any(!absent.isEmpty) {
        views.add(
          try FeatureExtraction(session: session, boundary: nil, keeping: []).runViews(
            absent, phase.augmentation, number: number, of: phase.views))
        session.features[number] = views
      }
      rows = rows.appending(HeadRows(session, indices, views))
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
        "too few images a class for a cross-validation: the head's L2 regularisation is the default,"
          + " \(choice.penalty.short)")
    } else if choice.examples < rows {
      session.note(
        .head,
        "the strength of the head's L2 regularisation was chosen on \(choice.examples) of \(rows.counted("photo")), to save time"
      )
    }
    if !solution.converged {
      session.note(
        .head,
        "the head did not converge: its gradient is \(solution.relativeGradient.short) of the first"
          + " after \(solution.iterations) iterations")
    }
  }
}

extension TrainingSession {
  /// Solves the head of a phase.
  var headSolver: HeadSolver {
    var options = options.head
    options.seed = self.options.seed
    return HeadSolver(
      multiplier: self.options.backend.multiplier, pool: pool, options: options,
      likelihood: likelihood)
  }
}

extension HeadSolver {
  /// How well a head classifies, `nil` without examples, and what it says: a probability for each
  /// class in each row.
  static func measure(
    kernel: Tensor, bias: Tensor, on features: FeatureMatrix, labels: [Int],
    likelihood: Likelihood, multiplier: any MatrixMultiplier, pool: WorkerPool
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
        label: labels[row], likelihood)
    }
    return (sums.score(likelihood), logits)
  }
}
