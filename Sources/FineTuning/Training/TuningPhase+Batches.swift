import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A batch of training photos as the trained part reads it.
struct TrainingBatch {
  /// Within the epoch, from 0.
  let number: Int
  /// Whether the weights change after it.
  let endsStep: Bool
  /// At the boundary; valid until the next batch.
  let inputs: UnsafePointer<Float>
  let targets: [MixedLabel]
  /// The photos of the whole batch, of which other ranks may have some, and those before this rank's.
  let total: Int
  let before: Int
  /// Photos of this rank's part that could not be read; counted in `total` where there are several
  /// ranks, which hear of them with the step's sums.
  var failures: [SkippedPhoto] = []
}

extension TuningPhase {
  /// Hands over the batches of an epoch, from one on; asks before each step whether to stop.
  func forEachBatch(
    of order: [Int], from first: Int, counter: Int, _ body: (TrainingBatch) throws -> Void
  ) throws {
    let size = split.batchSize
    let count = (order.count + size - 1) / size
    let together = phase.accumulation
    var number = first
    func hand(
      _ inputs: UnsafePointer<Float>, _ targets: [MixedLabel], of total: Int, behind before: Int,
      failures: [SkippedPhoto] = []
    ) throws {
      let endsStep = (number + 1) % together == 0 || number + 1 == count
      try body(
        TrainingBatch(
          number: number, endsStep: endsStep, inputs: inputs, targets: targets, total: total,
          before: before, failures: failures))
      number += 1
    }
    let view = Self.view(of: phase, epoch: tuning.epoch)
    if let maps = view.flatMap({ maps[$0] }), order.allSatisfy({ maps.row($0) != nil }) {
      while number < count {
        if number % together == 0 { try session.checkInterruptionOfSteps() }
        let (indices, total, before) = part(of: order, from: number * size)
        try hand(
          split.inputs(of: indices, in: maps),
          session.photos.labels(indices).map(MixedLabel.init(pure:)), of: total,
          behind: before)
      }
    } else {
      try session.forEachBatch(
        of: order, from: first, view: session.trainingView(phase), epoch: view ?? counter,
        size: size,
        includingEmpty: true,
        beforeBatch: { [session] number in
          if number % together == 0 { try session.checkInterruptionOfSteps() }
        },
        { batch in
          showViews(of: batch, number: number)
          let targets = batch.mixedLabels ?? batch.labels.map(MixedLabel.init(pure:))
          try hand(
            batch.count > 0 ? split.inputs(of: batch) : batch.pixels, targets,
            of: session.ranks.counted(of: batch),
            behind: batch.before, failures: batch.failures)
        })
    }
  }

  /// Shows the first photos of the phase as the network sees them, if that is not as they are.
  func showViews(of batch: PhotoBatch, number: Int) {
    guard number == 0, session.state.tuning == nil, tuning.epoch == 1, tuning.attempt == 0,
      phase.augmentation != .none,
      batch.count > 0,
      let event = ViewStrip(
        batch, size: session.base.imageSize, preprocessing: session.base.preprocessing
      ).event(phase: index)
    else { return }
    session.emit(event)
  }

  /// This rank's part of the batch that begins at a place of the order.
  private func part(of order: [Int], from first: Int) -> (
    indices: ArraySlice<Int>, total: Int, before: Int
  ) {
    let whole = order[first..<min(first + split.batchSize, order.count)]
    let own = session.ranks.part(of: whole.count)
    return (
      whole[first + own.lowerBound..<first + own.upperBound], whole.count, own.lowerBound
    )
  }

  /// How well the photos to validate on are classified; `nil` without any.
  /// - Parameter each: receives each of this rank's photos, by its place in the run's list, and the
  ///   probability of each class.
  func validate(
    each: (_ index: Int, _ probabilities: UnsafeMutableBufferPointer<Float>) -> Void = { _, _ in }
  ) throws -> Score? {
    let classes = session.photos.classes.count
    let logits = FloatBuffer(count: split.batchSize * classes)
    var sums = Score.Sums()
    func add(_ inputs: UnsafePointer<Float>, _ indices: some Collection<Int>) throws {
      try split.executor.infer(inputs, count: indices.count, into: logits.pointer)
      for (position, index) in indices.enumerated() {
        let row = UnsafeMutableBufferPointer(
          start: logits.pointer + position * classes, count: classes)
        sums.add(row, label: session.photos.all[index].label, session.likelihood)
        each(index, row)
      }
    }
    let order = session.usable(session.judges(of: phase))
    if let maps = maps[0], order.allSatisfy({ maps.row($0) != nil }) {
      for first in stride(from: 0, to: order.count, by: split.batchSize) {
        try session.checkInterruption()
        let (indices, _, _) = part(of: order, from: first)
        guard !indices.isEmpty else { continue }
        try add(split.inputs(of: indices, in: maps), indices)
      }
    } else {
      try session.forEachBatch(
        of: order, view: session.evaluationView, epoch: 0, size: split.batchSize
      ) { batch in
        try add(split.inputs(of: batch), batch.indices)
      }
    }
    try sums.addRanks(session.ranks, classes: classes)
    counts = sums
    return sums.score(session.likelihood)
  }

  /// Validates, and keeps what is said of each photo.
  func validateRows() throws -> Validation {
    let order = session.judges(of: phase)
    let classes = session.photos.classes.count
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    // Rows of photos that other ranks have, or that cannot be read, stay zero.
    var rows = [Double](repeating: 0, count: order.count * classes)
    let score = try validate { index, probabilities in
      guard let place = places[index] else { return }
      for unit in 0..<classes { rows[place * classes + unit] = Double(probabilities[unit]) }
    }
    try session.ranks.add(&rows)
    return Validation(
      score: score, counts: counts, photos: session.usable(order), places: places, rows: rows,
      classes: classes)
  }
}

/// What the present weights say of the photos that judge a phase, on every rank.
struct Validation {
  let score: Score?
  let counts: Score.Sums
  /// Those that could be read.
  let photos: [Int]
  fileprivate let places: [Int: Int]
  fileprivate let rows: [Double]
  fileprivate let classes: Int

  /// The probabilities of some photos, row by row.
  func rows(of photos: [Int]) -> [Float] {
    photos.flatMap { photo in
      let first = (places[photo] ?? 0) * classes
      return rows[first..<first + classes].map { Float($0) }
    }
  }
}
