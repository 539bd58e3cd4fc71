import Evaluation
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

extension TinyJob {
  /// What a photo of each drawn kind has: one class, the other, both or none.
  static let sets = [[], [0], [0, 1], [1]]

  /// A job whose photos have any number of two classes.
  static func multiLabel(
    perKind: Int = 8, validationFraction: Double? = nil, workers: Int = 2
  ) throws -> TinyJob {
    var job = try TinyJob(
      perClass: [perKind, perKind, perKind, perKind], validationFraction: validationFraction,
      workers: workers)
    job.photos = Photos(
      root: job.photos.root, classes: ["a", "b"],
      splits: [.train: job.photos[.train], .validation: job.photos[.validation]],
      division: job.photos.division, labelling: .sets(sets))
    return job
  }

  /// The labels of photos, as sets.
  func truths(_ places: Range<Int>) -> [[Int]] {
    photos.all[places].map { photos.labelling.classes(of: $0.label) }
  }
}

@Suite("Training on photos with any number of labels")
struct MultiLabelTrainingTests {
  /// What the result says of photos, by the sigmoid of its logits.
  private func rows(
    _ job: TinyJob, _ result: FineTuningResult, _ places: Range<Int>
  ) throws -> [PredictionRow] {
    let loader = try BatchLoader(
      Array(places), of: job.photos.all, below: job.photos.root,
      PhotoRecipe(
        size: job.base.imageSize, view: .evaluation(job.options.resize),
        preprocessing: job.base.preprocessing, seed: 0, epoch: 0),
      Batching(of: places.count), pool: job.pool)
    let batch = try #require(loader.next())
    let executor = try makeExecutor(
      result.network, NetworkWeights(result.network, result.tensors),
      ExecutionOptions(batchSize: places.count), backend: .oneDNN, pool: job.pool)
    let pixels = Array(
      UnsafeBufferPointer(
        start: batch.pixels, count: places.count * result.network.inputShape.count))
    var logits = [Float](repeating: 0, count: places.count * 2)
    try executor.infer(pixels, count: places.count, into: &logits)
    return places.enumerated().map { position, place in
      let own = logits[2 * position..<2 * position + 2].map { 1 / (1 + exp(-$0)) }
      return PredictionRow(
        path: job.photos.all[place].path, truths: job.truths(place..<place + 1)[0],
        probabilities: own)
    }
  }

  @Test("a solved head learns both classes, and its figures are of photos that it has not seen")
  func head() throws {
    let job = try TinyJob.multiLabel(perKind: 12, validationFraction: 0.33)
    let (result, events) = try job.train(.head)
    let score = try #require(result.best.validation)
    #expect(score.logLoss < 0.6)
    #expect(result.heldOut.count == job.photos.validation.count)
    // The mean over photos and classes of −log of what is true.
    let loss = result.heldOut.reduce(0.0) { sum, row in
      sum
        + row.probabilities.enumerated().reduce(0.0) {
          $0 - log(Double(row.truths?.contains($1.offset) == true ? $1.element : 1 - $1.element))
        } / 2
    }
    #expect(abs(loss / Double(result.heldOut.count) - score.logLoss) < 1e-5)
    let exact = result.heldOut.count { row in
      row.probabilities.indices.filter { row.probabilities[$0] >= 0.5 } == row.truths
    }
    #expect(abs(Double(exact) / Double(result.heldOut.count) - score.accuracy) < 1e-9)
    #expect(result.thresholds == ClassThresholds(choosingBy: result.heldOut, classes: 2))
    #expect(
      events.contains {
        if case .note(let note) = $0 { note.message.contains("best F1 on") } else { false }
      })
  }

  @Test(
    "steps on all layers lower the log loss, and thresholds are those of the kept weights on photos to validate on",
    arguments: [0.0, 0.1], [0.0, 0.3])
  func steps(smoothing: Double, mixup: Double) throws {
    let job = try TinyJob.multiLabel()
    let plan = job.plan(FineTuningPlan(name: "steps", phases: FineTuningPlan.full.phases)) {
      $0.labelSmoothing = smoothing
      if mixup > 0 {
        $0.augmentation = .light
        $0.augmentation.mixup = mixup
      }
    }
    let (result, events) = try job.train(plan)
    let tuned = EvidenceTests.epochs(events, phase: 1)
    let begin = try #require(tuned.first?.validationLogLoss)
    let best = try #require(result.best.validation)
    #expect(best.logLoss <= begin)
    // The best by log loss alone, of epochs and of what the phase began with.
    #expect(tuned.compactMap(\.validationLogLoss).min() == best.logLoss)
    let own = try rows(job, result, job.photos.validation)
    let expected = ClassThresholds(choosingBy: own, classes: 2)
    let thresholds = try #require(result.thresholds)
    for (found, wanted) in zip(thresholds.values, expected.values) {
      #expect(abs(found - wanted) < 1e-3)
    }
    #expect(abs(try logLoss(own) - best.logLoss) < 1e-4)
  }

  private func logLoss(_ rows: [PredictionRow]) throws -> Double {
    try ClassificationMetrics(
      split: "val", usedForSelection: true, classes: ["a", "b"], rows: rows,
      thresholds: [ClassThresholds([0.5, 0.5])]
    ).logLoss
  }

  @Test(
    "the adapting plan compares by the mean log loss of the classes, and repeats on all photos what is better"
  )
  func adapted() throws {
    var job = try TinyJob.multiLabel(perKind: 12, validationFraction: 0.33)
    job.options.head.penalties = [0.01]
    let (result, events) = try job.train(EvidenceTests.plan(job))
    let sentence = try #require(
      events.compactMap {
        if case .note(let note) = $0, note.message.contains("calibrated log loss of") {
          note.message
        } else {
          nil
        }
      }.first)
    #expect(sentence.contains("calibrated log loss of \(job.photos.validation.count) validation"))
    #expect(result.trainedOnValidation)
    let reported = try #require(result.best.validation?.logLoss)
    #expect(abs(try logLoss(result.heldOut) - reported) < 1e-5)
    #expect(result.thresholds?.values.allSatisfy { 0...1 ~= $0 } == true)
  }

  @Test("folds judge every photo once, and choose thresholds by all of them")
  func folds() throws {
    var job = try TinyJob.multiLabel()
    job.photos = Photos(
      root: job.photos.root, classes: job.photos.classes, splits: [.all: job.photos[.train]],
      labelling: job.photos.labelling
    ).splitting(validation: 0, seed: 0)
    let (result, events) = try job.train(FoldTests.plan(job))
    #expect(Set(result.heldOut.map(\.path)) == Set(job.photos.all.map(\.path)))
    #expect(result.heldOut.count == job.photos.all.count && result.trainedOnValidation)
    let reported = try #require(result.best.validation?.logLoss)
    #expect(abs(try logLoss(result.heldOut) - reported) < 1e-5)
    #expect(
      events.contains {
        guard case .note(let note) = $0 else { return false }
        return note.message.contains("best F1 on \(job.photos.all.count) photos")
      })
  }

  @Test("the bytes do not depend on threads, nor on how often training was ended")
  func resumed() throws {
    let job = try TinyJob.multiLabel()
    let plan = job.plan(FineTuningPlan(name: "steps", phases: FineTuningPlan.full.phases)) {
      $0.epochs = 2
      $0.augmentation = .light
      $0.augmentation.mixup = 0.2
    }
    let whole = try ResumeTests.part(job, plan, "whole").result
    let (parts, count) = try ResumeTests.run(job, plan, "parts", every: 3)
    #expect(count > 2)
    #expect(try parts == ResumeTests.Outcome(job.folder.url.appending(path: "whole")))
    let other = try TinyJob.multiLabel(workers: 3)
    let again = try other.train(plan).result
    #expect(again.tensors.differing(from: whole.tensors).isEmpty)
    #expect(again.thresholds == whole.thresholds)
  }

  @Test("balanced classes are refused: they need one class a photo")
  func balance() throws {
    var plan = FineTuningPlan.head
    plan.phases[0].balance = .weights
    let error = #expect(throws: PlanError.self) { try plan.validate(for: .sets([[0]])) }
    #expect(error?.setting == "balance")
    try plan.validate(for: .exclusive)
  }
}
