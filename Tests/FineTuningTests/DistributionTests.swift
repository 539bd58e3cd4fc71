import FineTuning
import Foundation
import ImagePipeline
import TensorKernels
import Testing

@Suite("Several ranks")
struct DistributionTests {
  struct Outcome: Sendable {
    var tensors: [String: Tensor]
    var losses: [Double]
    var validation: [Double]
    var skipped: [SkippedPhoto]
    var interrupted: Bool
    var heldOut: [Float]
  }

  /// Trains a job on so many ranks; what each of them has in the end. Only rank 0 has events and the run.
  private func train(
    _ job: TinyJob, _ plan: FineTuningPlan, ranks: Int,
    stop: (rank: Int, afterSteps: Int)? = nil,
    run: @escaping @Sendable () throws -> RunFolder? = { nil }
  ) throws -> [Outcome] {
    try LocalRanks.run(ranks) { communicator in
      var options = job.options
      options.communicator = communicator
      options.checkpointEvery = 3
      // Every rank has a cache of its own, as machines do.
      options.cache = FeatureCache(
        folder: job.folder.url.appending(path: "cache\(communicator.rank)"))
      let flag = StopFlag()
      let log = EventCollector()
      let result = try FineTuner(job.base, plan: plan, options: options).train(
        on: job.photos, pool: WorkerPool(count: 1),
        run: communicator.isFirst ? try run() : nil,
        onEvent: { event in
          log.events.append(event)
          if case .step = event {
            log.steps += 1
            if let stop, stop.rank == communicator.rank, log.steps >= stop.afterSteps { flag.set() }
          }
        }, shouldStop: { flag.isSet })
      return Outcome(
        tensors: result.tensors,
        losses: log.events.compactMap { if case .step(let step) = $0 { step.loss } else { nil } },
        validation: log.events.compactMap {
          if case .epoch(let epoch) = $0 { epoch.validationLogLoss } else { nil }
        }, skipped: result.skipped, interrupted: result.interrupted,
        heldOut: result.heldOut.flatMap(\.probabilities))
    }
  }

  private func expectSame(_ found: [Double], _ expected: [Double], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    for (step, (own, other)) in zip(found, expected).enumerated() {
      #expect(abs(own - other) <= 1e-5 * max(1, abs(other)), "\(what), \(step): \(own), \(other)")
    }
  }

  private func plan(_ job: TinyJob, _ preset: FineTuningPlan, _ augmentation: Augmentation)
    -> FineTuningPlan
  {
    job.plan(preset) {
      $0.augmentation = augmentation
      $0.learningRate = $0.optimizer == .adamW() ? 0.001 : 0.01
      $0.epochs = 2
      $0.minimumSteps = nil
    }
  }

  @Test(
    "take the steps of one, all with the same bytes, and the same again",
    arguments: [FineTuningPlan.lastStage, .full, .adapted], [2, 3])
  func sameSteps(preset: FineTuningPlan, ranks: Int) throws {
    let job = try TinyJob(validationFraction: preset == .adapted ? 0.2 : nil)
    var mixed = Augmentation.standard
    mixed.mixup = 0.3
    for augmentation in [Augmentation.none, mixed] {
      let plan = plan(job, preset, augmentation)
      let one = try train(job, plan, ranks: 1)[0]
      let several = try train(job, plan, ranks: ranks)
      expectSame(several[0].losses, one.losses, "losses")
      expectSame(several[0].validation, one.validation, "validation")
      for rank in several {
        #expect(rank.tensors.differing(from: several[0].tensors).isEmpty)
      }
      let again = try train(job, plan, ranks: ranks)
      #expect(again[0].tensors.differing(from: several[0].tensors).isEmpty)
      #expect(again[0].losses == several[0].losses)
    }
  }

  @Test("with more ranks than photos in a batch some compute nothing")
  func emptyShards() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage) {
      $0.batchSize = 2
      $0.epochs = 1
      $0.learningRate = 0.01
      $0.accumulation = 2
    }
    let one = try train(job, plan, ranks: 1)[0]
    expectSame(try train(job, plan, ranks: 3)[0].losses, one.losses, "losses")
  }

  @Test("leave out everywhere what one of them cannot read")
  func failures() throws {
    let job = try TinyJob()
    let lost = [job.photos[.train][3].path, job.photos[.validation][1].path]
    for path in lost {
      try FileManager.default.removeItem(at: job.photos.root.appending(path: path))
    }
    let plan = plan(job, .full, .light)
    let one = try train(job, plan, ranks: 1)[0]
    let several = try train(job, plan, ranks: 2)
    #expect(Set(several[0].skipped.map(\.path)) == Set(lost))
    #expect(several[0].skipped == several[1].skipped)
    expectSame(several[0].losses, one.losses, "losses")
    expectSame(several[0].validation, one.validation, "validation")
  }

  @Test("stop together when one of them is to stop", arguments: [0, 1])
  func interruption(rank: Int) throws {
    let job = try TinyJob()
    let outcomes = try train(
      job, plan(job, .full, .none), ranks: 2, stop: (rank: rank, afterSteps: 3))
    #expect(outcomes.map(\.interrupted) == [true, true])
    // The step that runs when it is to stop says so, and is the last.
    #expect(outcomes.map(\.losses.count) == [4, 4])
  }

  @Test("continue what another number of them has begun", arguments: [(2, 1), (1, 3), (2, 3)])
  func resume(before: Int, after: Int) throws {
    let job = try TinyJob()
    let plan = plan(job, .lastStage, .standard)
    let whole = try train(job, plan, ranks: 1)[0]
    let url = job.folder.url.appending(path: "run")
    let first = try train(
      job, plan, ranks: before, stop: (rank: 0, afterSteps: 5),
      run: { try RunFolder(creating: url, context: RunContext(data: "photos")) })
    #expect(first[0].interrupted)
    let second = try train(job, plan, ranks: after, run: { try RunFolder(resuming: url) })
    expectSame(first[0].losses + second[0].losses, whole.losses, "losses")
    #expect(second.allSatisfy { $0.tensors.differing(from: second[0].tensors).isEmpty })
  }

  @Test("keep what was said of photos before they train, through an interruption too")
  func heldOut() throws {
    let job = try TinyJob(validationFraction: 0.2)
    var plan = plan(job, .adapted, .none)
    plan.phases.removeFirst()  // steps only, so that the last phase takes some
    let whole = try train(job, plan, ranks: 2)[0]
    #expect(whole.heldOut.count == 12 * 3)
    let one = try train(job, plan, ranks: 1)[0]
    expectSame(whole.heldOut.map(Double.init), one.heldOut.map(Double.init), "probabilities")
    let url = job.folder.url.appending(path: "run")
    // 8 steps on the training photos, 12 on all.
    let first = try train(
      job, plan, ranks: 2, stop: (rank: 0, afterSteps: 11),
      run: { try RunFolder(creating: url, context: RunContext(data: "photos")) })
    #expect(first[0].interrupted)
    let second = try train(job, plan, ranks: 2, run: { try RunFolder(resuming: url) })
    #expect(second[0].heldOut == whole.heldOut)
    #expect(second[0].tensors.differing(from: whole.tensors).isEmpty)
  }

  @Test("must have the same photos")
  func otherPhotos() throws {
    let job = try TinyJob()
    let other = try TinyJob(perClass: [8, 8, 7])
    let plan = plan(job, .head, .none)
    let error = #expect(throws: RunError.self) {
      _ = try LocalRanks.run(2) { communicator in
        var options = job.options
        options.communicator = communicator
        let own = communicator.isFirst ? job : other
        return try FineTuner(job.base, plan: plan, options: options).train(
          on: own.photos, pool: WorkerPool(count: 1)
        ).interrupted
      }
    }
    #expect(error?.description.hasPrefix("rank 1 carries out another training") == true)
  }
}
