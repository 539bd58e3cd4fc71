import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Training")
struct TrainerTests {
  private func score(_ events: [TrainingEvent], epoch wanted: Int) -> Double? {
    for case .epoch(let epoch) in events where epoch.epoch == wanted {
      return epoch.validationAccuracy
    }
    return nil
  }

  @Test("solves the head alone and leaves the base as it was, bit for bit")
  func head() throws {
    let job = try TinyJob()
    let (result, events) = try job.train(.head)
    #expect(result.tensors.differing(from: job.base.tensors) == ["head/kernel", "head/bias"])
    #expect((result.best.validation?.accuracy ?? 0) > 0.6)
    #expect(!result.trainedOnValidation)
    #expect(events.contains { if case .head(let head) = $0 { head.converged } else { false } })
    #expect(result.tensors["head/kernel"]?.values.contains { $0 != 0 } == true)
  }

  @Test("judges a penalty on groups that were left out as a whole", arguments: [true, false])
  func groups(areNamed: Bool) throws {
    // Every picture is there four times, and nothing in it tells its class. A corner differs, for files of the same
    // bytes are left out together whatever their groups.
    var job = try TinyJob(perClass: [8, 8, 8]) { label, number in
      var image = TinyJob.draw(number / 4 % 3, label * 1000 + number / 4)
      image.pixels[0] &+= UInt8(number % 4) * 16
      return image
    }
    let grouped = job.photos.all[job.photos.training].map { photo in
      let number = Int(photo.path.split(separator: "/")[2].dropLast(4)) ?? 0
      return Photo(
        path: photo.path, label: photo.label, digest: photo.digest,
        group: areNamed ? "\(photo.label)-\(number / 4)" : nil)
    }
    job.photos = Photos(
      root: job.photos.root, classes: job.photos.classes,
      splits: [.train: grouped, .validation: job.photos[.validation]])
    let heads = try job.train(.head).events.compactMap {
      if case .head(let head) = $0 { head.crossValidatedAccuracy } else { nil }
    }
    let accuracy = try #require(heads.first ?? nil)
    #expect(areNamed ? accuracy < 0.6 : accuracy > 0.8, "\(accuracy)")
  }

  @Test(
    "weights that are finite but too large for the network end it with an error that names where")
  func hugeWeights() throws {
    var job = try TinyJob()
    var tensors = job.base.tensors
    let kernel = try #require(tensors["conv3/kernel"])
    tensors["conv3/kernel"] = Tensor(repeating: 3e37, kernel.shape)
    job.base = Base(
      name: "tiny", alpha: nil, network: job.base.network, tensors: tensors,
      weights: .pretrained(sha256: "b16"), preprocessing: .signed)
    let error = #expect(throws: OverflowError.self) { _ = try job.train(.head) }
    #expect(["conv3", "bn3"].contains(error?.node))
  }

  @Test("fits the final head on all photos only where it split them itself")
  func allPhotos() throws {
    let given = try TinyJob().train(.head).result
    let own = try TinyJob(validationFraction: 0.2).train(.head).result
    #expect(own.trainedOnValidation && !given.trainedOnValidation)
    #expect(own.best == given.best, "the figures are those of the head fitted without them")
    #expect(own.tensors["head/kernel"] != given.tensors["head/kernel"])
    let job = try TinyJob(validationFraction: 0.2)
    #expect(try !job.train(job.plan(.lastStage)).result.trainedOnValidation)
  }

  @Test("trains the last stage, nothing else, and is never worse than the head")
  func lastStage() throws {
    let job = try TinyJob()
    let (result, events) = try job.train(
      job.plan(.lastStage) {
        $0.learningRate = 0.02
        $0.epochs = 8
      })
    let changed = result.tensors.differing(from: job.base.tensors)
    #expect(
      changed.isSubset(of: ["conv3/kernel", "bn3/gamma", "bn3/beta", "head/kernel", "head/bias"]))
    let candidates = events.compactMap { if case .epoch(let epoch) = $0 { epoch } else { nil } }
    #expect(candidates.count == 9)
    let best = try #require(result.best.validation)
    #expect(best.accuracy == candidates.compactMap(\.validationAccuracy).max())
    #expect(best.accuracy >= candidates[0].validationAccuracy ?? 1)
    #expect(candidates.last { $0.isBest }?.epoch == result.best.epoch)
    let losses = candidates.compactMap(\.trainingLoss)
    #expect((losses.last ?? 1) < losses[0], "training makes the loss smaller: \(losses)")
  }

  @Test(
    "the colours that PCA jitter asks for are those of the training photos, and are in the plan")
  func colours() throws {
    let job = try TinyJob()
    let result = try job.train(
      job.plan(.lastStage) {
        $0.augmentation = .alexnet
        $0.augmentation.pcaJitter?.basis = .photos
      }
    ).0
    let bases = result.plan.phases.compactMap(\.augmentation.pcaJitter?.basis)
    #expect(!bases.isEmpty)
    for basis in bases {
      guard case .given(let colours) = basis else {
        Issue.record("\(basis)")
        continue
      }
      try colours.validate()
      #expect(colours != .imageNet)
    }
  }

  @Test(
    "gives the same bytes and events for any number of workers",
    arguments: [Augmentation.none, .standard, .strong], [BackendChoice.oneDNN, .openBLAS])
  func workers(augmentation: Augmentation, backend: BackendChoice) throws {
    try compareWorkers(backend) { $0.augmentation = augmentation }
  }

  @Test(
    "… with mixed photos, accumulated batches, running averages, drawn classes and other optimisers",
    arguments: [OptimizerRule.sgd(), .adamW(), .lars()])
  func workers(optimizer: OptimizerRule) throws {
    try compareWorkers(.oneDNN) { phase in
      phase.optimizer = optimizer
      phase.augmentation = .light
      phase.augmentation.mixup = 0.4
      phase.accumulation = 2
      phase.ema = 0.9
      phase.balance = .sampler
      phase.epochs = 2
    }
  }

  private func compareWorkers(_ backend: BackendChoice, _ change: (inout Phase) -> Void) throws {
    var outcomes: [(FineTuningResult, [TrainingEvent])] = []
    for workers in 1...3 {
      var job = try TinyJob(workers: workers)
      job.options.backend = backend
      outcomes.append(try job.train(job.plan(.full, change)))
    }
    for (result, events) in outcomes.dropFirst() {
      #expect(result.tensors.differing(from: outcomes[0].0.tensors).isEmpty)
      #expect(events.compactMap(\.timeless) == outcomes[0].1.compactMap(\.timeless))
    }
  }

  @Test("does not depend on whether features and maps are kept or computed again")
  func memory() throws {
    var job = try TinyJob()
    let plan = job.plan(.lastStage)
    let (first, firstEvents) = try job.train(plan)
    let (cached, events) = try job.train(plan)
    #expect(cached.tensors.differing(from: first.tensors).isEmpty)
    #expect(events.compactMap(\.timeless) == firstEvents.compactMap(\.timeless))
    let found = events.compactMap { if case .features(let progress) = $0 { progress } else { nil } }
    #expect(found.last?.cached == job.photos.all.count)
    job.options.memoryLimit = 0
    let (unkept, _) = try job.train(plan)
    #expect(unkept.tensors.differing(from: first.tensors).isEmpty)
    job.options.cache = nil
    #expect(try job.train(plan).result.tensors.differing(from: first.tensors).isEmpty)
  }

  @Test("starts again at a lower rate when the loss is no number, then gives up with the best")
  func divergence() throws {
    let job = try TinyJob()
    let (result, events) = try job.train(
      job.plan(.full) {
        $0.learningRate = 1e30
        $0.clip = nil
      })
    let notes = events.compactMap { if case .note(let note) = $0 { note } else { nil } }
    #expect(notes.filter { $0.kind == .diverged }.count == 2)
    #expect(result.best.epoch == 0)
    #expect(result.tensors.differing(from: job.base.tensors) == ["head/kernel", "head/bias"])
    let (saved, _) = try job.train(
      job.plan(.full) {
        $0.learningRate = 0.05
        $0.clip = 1
      })
    #expect(saved.tensors.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
  }

  @Test("trains everything from random weights with the batch's statistics")
  func scratch() throws {
    let job = try TinyJob(perClass: [12, 12], isRandom: true)
    let plan = job.plan(.full) {
      $0.batchNorm = .train
      $0.epochs = 25
      $0.stageDecay = 1
    }
    let (result, events) = try job.train(plan)
    #expect(result.plan.phases.map(\.method) == [.sgd])
    let changed = result.tensors.differing(from: job.base.tensors)
    #expect(changed.contains("conv1/kernel"))
    #expect(changed.contains("bn1/moving_mean"))
    #expect(changed.contains("head/kernel"))
    #expect((result.best.validation?.accuracy ?? 0) > 0.8)
    #expect(!events.contains { if case .head = $0 { true } else { false } })
    #expect(score(events, epoch: 0) == 0.5, "a head of zeros knows nothing")
  }

  @Test("takes as many batches together as the plan says, as if they were one")
  func accumulation() throws {
    let job = try TinyJob(perClass: [8, 8])
    func train(batch: Int, together: Int) throws -> (FineTuningResult, [TrainingEvent]) {
      try job.train(
        job.plan(.full) {
          $0.batchSize = batch
          $0.accumulation = together
          $0.epochs = 2
        })
    }
    let (whole, events) = try train(batch: 8, together: 1)
    let (parts, others) = try train(batch: 2, together: 4)
    func losses(_ events: [TrainingEvent]) -> [Double] {
      events.compactMap { if case .step(let step) = $0 { step.loss } else { nil } }
    }
    #expect(losses(events).count == 4)
    #expect(losses(others).count == 4)
    for (one, other) in zip(losses(events), losses(others)) { #expect(abs(one - other) < 1e-4) }
    for (name, tensor) in whole.tensors {
      let other = try #require(parts.tensors[name])
      #expect(zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
    }
  }

  @Test("validates and keeps the running average of the weights where the plan wants one")
  func average() throws {
    let job = try TinyJob()
    func plan(_ decay: Double?) -> FineTuningPlan {
      job.plan(.lastStage) {
        $0.epochs = 1
        $0.ema = decay
      }
    }
    let (plain, plainEvents) = try job.train(plan(nil))
    let (averaged, events) = try job.train(plan(0.99))
    let steps = events.filter { if case .step = $0 { true } else { false } }.compactMap(\.timeless)
    #expect(
      steps
        == plainEvents.filter { if case .step = $0 { true } else { false } }
        .compactMap(\.timeless), "the average does not change how training goes")
    // Without memory the average is the weights themselves.
    let same = try job.train(plan(0)).result
    #expect(same.tensors.differing(from: plain.tensors).isEmpty)
    if averaged.best.epoch > 0 {
      #expect(averaged.tensors.differing(from: plain.tensors).contains("head/kernel"))
    }
    #expect(
      averaged.best.validation != plain.best.validation || averaged.best.epoch == 0)
  }

  @Test("weighs the loss by class where the plan says so")
  func weights() throws {
    let job = try TinyJob(perClass: [12, 3])
    func first(_ balance: ClassBalance) throws -> Double? {
      let events = try job.train(
        job.plan(.full) {
          $0.balance = balance
          $0.batchSize = 15
          $0.epochs = 1
        }
      ).events
      for case .step(let step) in events { return step.loss }
      return nil
    }
    let plain = try #require(try first(.none))
    let weighted = try #require(try first(.weights))
    #expect(plain != weighted)
    #expect(weighted.isFinite && weighted > 0)
  }

  @Test("works without validation photos, and keeps the last epoch then")
  func noValidation() throws {
    let job = try TinyJob(perClass: [1, 1])
    #expect(job.photos.validation.isEmpty)
    let (result, _) = try job.train(job.plan(.lastStage))
    #expect(result.best == Candidate(phase: 1, epoch: 4, validation: nil))
  }

  @Test("leaves out a photo that vanished after the scan, and says so")
  func vanished() throws {
    let job = try TinyJob()
    try FileManager.default.removeItem(at: job.photos.root.appending(path: "train/class1/3.jpg"))
    let (result, events) = try job.train(job.plan(.lastStage) { $0.augmentation = .light })
    #expect(result.skipped.map(\.path) == ["train/class1/3.jpg"])
    #expect(events.contains { if case .note(let note) = $0 { note.kind == .data } else { false } })
  }

  @Test("never learns from a photo that was replaced after the scan, nor does the cache keep it")
  func replaced() throws {
    let job = try TinyJob()
    let file = job.photos.root.appending(path: "train/class1/3.jpg")
    let original = try Data(contentsOf: file)
    try Data(try JPEG.encode(TinyJob.draw(2, 77), quality: 95)).write(to: file)
    let (result, _) = try job.train(job.plan(.head))
    #expect(result.skipped.map(\.path) == ["train/class1/3.jpg"])
    try original.write(to: file)
    let (second, events) = try job.train(job.plan(.head))
    #expect(second.skipped.isEmpty)
    let cached = events.compactMap { event in
      if case .features(let progress) = event { progress.total - progress.cached } else { nil }
    }
    #expect(cached.first == 1)
    var other = try TinyJob()
    other.options.cache = nil
    let (fresh, _) = try other.train(other.plan(.head))
    #expect(second.tensors.differing(from: fresh.tensors).isEmpty)
  }

  @Test("ends with an error when a class has no photo left to train on", arguments: [false, true])
  func emptyClass(isTuning: Bool) throws {
    let job = try TinyJob()
    try FileManager.default.removeItem(at: job.photos.root.appending(path: "train/class1"))
    let error = #expect(throws: TrainingError.self) {
      try job.train(job.plan(isTuning ? .full : .head) { $0.augmentation = .light })
    }
    guard case .noPhotos(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasPrefix("no training photo of the class 'class1' in "))
  }

  @Test("stops early when nothing gets better")
  func earlyStop() throws {
    let job = try TinyJob()
    let (_, events) = try job.train(
      job.plan(.lastStage) {
        $0.learningRate = 1e-30
        $0.epochs = 50
        $0.earlyStop = 2
      })
    #expect(
      events.contains { if case .note(let note) = $0 { note.kind == .earlyStop } else { false } })
    #expect(events.count { if case .epoch = $0 { true } else { false } } == 3)
  }

  @Test("ends with the task that runs it")
  func cancellation() async throws {
    let job = try TinyJob()
    let tuner = try FineTuner(
      job.base, plan: job.plan(.lastStage) { $0.epochs = 100_000 }, options: job.options)
    let (steps, report) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await onOwnThread { shouldStop in
        try tuner.train(
          on: job.photos, pool: job.pool,
          onEvent: { if case .step = $0 { report.yield() } }, shouldStop: shouldStop)
      }
    }
    for await _ in steps { break }
    task.cancel()
    let result = try await task.value
    #expect(result.interrupted)
  }
}
