import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import Testing

@Suite("What a phase ends with")
struct EvidenceTests {
  @Test(
    "is better where it lowers the log loss by more than the standard error of that or by a sum over 1",
    arguments: [
      // The mean gain, its standard error by hand: √(Σ(g − ḡ)² / (n − 1) / n).
      ([1.0, 1, 1, 1], [0.5, 0.5, 0.5, 0.5], 0.5, 0.0, true),
      ([1.0, 1, 1, 1], [0.0, 1, 0, 1], 0.5, 0.28868, true),
      ([1.0, 1, 1, 1], [0.0, 1, 1, 1], 0.25, 0.25, false),
      ([1.0, 2], [0.5, 2.2], 0.15, 0.35, false),
      // By less than its noise, and taken: a sum of 1.25 over the photos.
      ([2.0, 2, 2, 2], [0.0, 0.5, 4, 2.25], 0.3125, 0.909298, true),
      ([2.0, 2, 2, 2], [0.0, 0.5, 4, 2.75], 0.1875, 0.943039, false),
      ([1.0, 1], [1.5, 1.5], -0.5, 0, false),
      ([3.0], [0.1], 2.9, Double.infinity, false),
    ])
  func gain(
    before: [Double], after: [Double], gain: Double, error: Double, isBetter: Bool
  ) throws {
    let evidence = try #require(Evidence(before: before, after: [before.map { $0 + 9 }, after]))
    #expect(evidence.best == 1)
    #expect(abs(evidence.gain - gain) < 1e-12)
    #expect(evidence.error == error || abs(evidence.error - error) < 1e-5)
    #expect(evidence.isBetter == isBetter)
    let text = evidence.sentence(of: "all stages", photos: before.count)
    #expect(text.contains(isBetter ? ": kept" : "what the phase began with is kept"))
  }

  @Test("is the end where that is better, and only else a part of the way")
  func endFirst() throws {
    let before = [1.0, 1, 1, 1]
    let end = [0.5, 0.5, 0.5, 0.5]
    let byChance = try #require(Evidence(before: before, after: [[0.2, 0.7, 0.2, 0.8], end]))
    #expect(byChance.best == 1)
    let always = try #require(Evidence(before: before, after: [[0.4, 0.4, 0.3, 0.4], end]))
    #expect(always.best == 1 && always.isBetter)
    // An end that is no better leaves the choice to the others.
    let worse = try #require(
      Evidence(before: before, after: [[0.9, 0.9, 0.8, 0.9], [0, 3, 0, 3]]))
    #expect(worse.best == 0 && worse.isBetter)
    // A part of the way has to be better in spite of its noise.
    let noisy = try #require(Evidence(before: before, after: [[0, 1.8, 0.1, 1.8], [0, 3, 0, 3]]))
    #expect(noisy.best == 0 && !noisy.isBetter && noisy.share == 0)
  }

  @Test("is nothing without photos")
  func noPhotos() { #expect(Evidence(before: [], after: [[], []]) == nil) }

  /// The plan that decides by it, small enough for a test.
  static func plan(_ job: TinyJob, rate: Double = 0.01) -> FineTuningPlan {
    job.plan(.adapted) {
      $0.epochs = 5
      $0.minimumSteps = nil
      $0.learningRate = rate
    }
  }

  static func epochs(_ events: [TrainingEvent], phase: Int) -> [TrainingEvent.Epoch] {
    events.compactMap {
      if case .epoch(let epoch) = $0, epoch.phase == phase { epoch } else { nil }
    }
  }

  @Test("is kept at the end alone, repeated on all photos at last, and measured before that")
  func kept() throws {
    var job = try TinyJob(validationFraction: 0.2)
    // A head that leaves something to gain.
    job.options.head.penalties = [0.01]
    let (result, events) = try job.train(Self.plan(job))
    let tuned = Self.epochs(events, phase: 1)
    #expect(tuned.map { $0.validationLogLoss != nil } == [true, false, false, false, false, true])
    #expect(tuned.map(\.isBest) == [true, false, false, false, false, true])
    #expect(result.best.phase == 2)
    #expect(result.trainedOnValidation)
    // What is reported was said by the weights of phase 2, which have not seen the photos.
    #expect(result.best.validation?.logLoss == tuned.last?.validationLogLoss)
    #expect(result.heldOut.map(\.path) == job.photos.all[job.photos.validation].map(\.path))
    let loss = result.heldOut.reduce(0) { $0 - log(Double($1.probabilities[$1.truth])) }
    let reported = try #require(tuned.last?.validationLogLoss)
    #expect(abs(loss / Double(result.heldOut.count) - reported) < 1e-5)
    #expect(try #require(Self.epochs(events, phase: 2).last).isBest)
    #expect(result.tensors["conv1/kernel"] != job.base.tensors["conv1/kernel"])
  }

  @Test("stays what is kept until the repetition on all photos has ended, with the figures it had")
  func interruptedRepetition() throws {
    var job = try TinyJob(validationFraction: 0.2)
    job.options.head.penalties = [0.01]
    var trialAlone = Self.plan(job)
    trialAlone.phases.removeLast()
    let trial = try job.train(trialAlone).result
    let (result, _) = try job.train(Self.plan(job)) {
      if case .step(let step) = $0 { step.phase == 2 && step.epoch == 3 } else { false }
    }
    #expect(result.interrupted && !result.trainedOnValidation)
    #expect(result.tensors.differing(from: trial.tensors).isEmpty)
    #expect(result.best == trial.best && result.heldOut.isEmpty)
    #expect(result.temperature == trial.temperature)
  }

  @Test("has its logits divided by the temperature that the record names")
  func temperature() throws {
    // Photos of the wrong class among others teach a network to be surer than it is right.
    var job = try TinyJob(perClass: [15, 15, 15], validationFraction: 0.4) { label, number in
      TinyJob.draw(number % 4 == 0 ? (label + 1) % 3 : label, number)
    }
    job.options.head.penalties = [0.01]
    let plan = job.plan(.adapted) {
      $0.epochs = 30
      $0.minimumSteps = nil
      $0.learningRate = 0.01
    }
    let (result, events) = try job.train(plan)
    #expect(result.temperature > 1.05)
    #expect(
      events.contains {
        if case .note(let note) = $0 { note.message.contains("a temperature") } else { false }
      })
    let loss = result.heldOut.reduce(0) { $0 - log(Double($1.probabilities[$1.truth])) }
    let best = try #require(result.best.validation)
    #expect(abs(loss / Double(result.heldOut.count) - best.logLoss) < 1e-5)
  }

  @Test("is left for the head, which is solved on all photos, where it is no better")
  func headKept() throws {
    // The same photos in every class: nobody can tell, and steps at this rate only do harm.
    let job = try TinyJob(perClass: [9, 9, 9], validationFraction: 0.2) { _, number in
      TinyJob.draw(number % 3, number)
    }
    let plan = job.plan(.adapted) {
      $0.epochs = 30
      $0.minimumSteps = nil
      $0.learningRate = 0.05
    }
    let (result, events) = try job.train(plan)
    #expect(result.best.phase == 0)
    let head = try job.train(.head).result
    #expect(result.tensors.differing(from: head.tensors).isEmpty, "as '--plan head' leaves it")
    #expect(result.heldOut.map(\.path) == head.heldOut.map(\.path))
    #expect(
      events.contains {
        if case .note(let note) = $0 { note.message.contains("began with is kept") } else { false }
      })
  }

  @Test("is not fitted on photos that were given to validate on")
  func given() throws {
    let job = try TinyJob()
    let plan = FineTuningPlan.adapted.suited(to: job.photos)
    #expect(plan.phases.map(\.photos) == [.training, .training])
    let drawn = FineTuningPlan.adapted.suited(to: try TinyJob(validationFraction: 0.2).photos)
    #expect(drawn.phases.map(\.photos) == [.training, .training, .all])
    // 24 photos are one step: the passes are as many as the steps asked for.
    #expect(drawn.phases.map(\.epochs) == [1, 240, 240])
    #expect(drawn.phases[1].batchSize == 24)
  }

  @Test("comes to the same bytes and events, wherever it was ended", arguments: [2, 5])
  func resumed(steps: Int) throws {
    var job = try TinyJob(perClass: [8, 6, 4], validationFraction: 0.2)
    job.options.checkpointEvery = 2
    try ResumeTests.expectSame(job, Self.plan(job), every: steps)
  }
}
