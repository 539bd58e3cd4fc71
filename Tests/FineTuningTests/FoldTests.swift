import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import Testing

@Suite("A plan on folds")
struct FoldTests {
  static func plan(_ job: TinyJob, _ preset: FineTuningPlan = .adapted) -> FineTuningPlan {
    var plan = job.plan(preset) {
      $0.epochs = 5
      $0.minimumSteps = nil
      $0.learningRate = 0.01
    }
    plan.folds = 3
    return plan.suited(to: job.photos)
  }

  /// Undivided, as folds want them.
  static func job(perClass: [Int] = [8, 8, 8]) throws -> TinyJob {
    var job = try TinyJob(perClass: perClass)
    job.photos = Photos(
      root: job.photos.root, classes: job.photos.classes, splits: [.all: job.photos[.train]]
    ).splitting(validation: 0, seed: 0)
    return job
  }

  @Test("repeats what is judged for each fold, then does it with all photos")
  func phases() throws {
    let plan = Self.plan(try Self.job())
    #expect(
      plan.phases.map(\.photos) == [
        .fold(1, of: 3), .fold(1, of: 3), .fold(2, of: 3), .fold(2, of: 3), .fold(3, of: 3),
        .fold(3, of: 3), .all,
      ])
    #expect(plan.phases.map(\.method) == [.solve, .sgd, .solve, .sgd, .solve, .sgd, .sgd])
    #expect(plan.phases[3].name == "all stages, fold 2 of 3")
    try plan.validate()
    let written = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(FineTuningPlan.self, from: written) == plan)
  }

  @Test("needs as many photos of a class as folds, or takes fewer folds")
  func fewPhotos() throws {
    let job = try Self.job(perClass: [2, 2, 2])
    #expect(Self.plan(job).phases.count == 5)
    let single = try Self.job(perClass: [1, 1])
    #expect(Self.plan(single).phases.map(\.photos) == [.training, .training])
  }

  @Test("is judged on every photo once, by weights that have not seen it")
  func judged() throws {
    let job = try Self.job()
    let (result, events) = try job.train(Self.plan(job))
    #expect(Set(result.heldOut.map(\.path)) == Set(job.photos.all.map(\.path)))
    #expect(result.heldOut.count == job.photos.all.count)
    #expect(result.trainedOnValidation)
    let loss = result.heldOut.reduce(0) { $0 - log(Double($1.probabilities[$1.truth])) }
    let reported = try #require(result.best.validation?.logLoss)
    #expect(abs(loss / Double(result.heldOut.count) - reported) < 1e-5)
    #expect(result.tensors["conv1/kernel"] != job.base.tensors["conv1/kernel"])
    let decisions = events.count {
      if case .note(let note) = $0 {
        note.kind == .selection && note.message.contains("log loss of 24")
      } else {
        false
      }
    }
    #expect(decisions == 1, "all folds decide together")
  }

  @Test("of the head alone ends with a head that is solved on all photos")
  func head() throws {
    let job = try Self.job()
    let result = try job.train(Self.plan(job, .head)).result
    #expect(result.heldOut.count == job.photos.all.count)
    let whole = try job.train(.head).result
    // Another penalty may have been chosen; the base is what it was.
    #expect(result.tensors.differing(from: whole.tensors).allSatisfy { $0.hasPrefix("head/") })
  }

  @Test("comes to the same bytes and events, wherever it was ended", arguments: [3, 7])
  func resumed(steps: Int) throws {
    var job = try Self.job(perClass: [8, 6, 4])
    job.options.checkpointEvery = 2
    try ResumeTests.expectSame(job, Self.plan(job), every: steps)
  }

  @Test("is refused where more than one phase would be judged, or by the best epoch")
  func refused() throws {
    for preset in [FineTuningPlan.gradual, .lastStage] {
      var plan = preset
      plan.folds = 3
      #expect(throws: PlanError.self) { try plan.validate() }
    }
  }

  @Test("has views that are computed once, and the same bytes where there is no room for them")
  func views() throws {
    // Without photos to validate on the last weights are kept, whatever they are.
    var job = try Self.job()
    let plan = job.plan(.full) {
      $0.epochs = 5
      $0.minimumSteps = nil
      $0.scope = .lastStages(1)
      $0.augmentation = .light
      $0.views = 2
    }
    let kept = try job.train(plan).result
    job.options.memoryLimit = 0
    let fresh = try job.train(plan).result
    #expect(fresh.tensors.differing(from: kept.tensors).isEmpty)
    var changed = plan
    for index in changed.phases.indices { changed.phases[index].views = 0 }
    let other = try job.train(changed).result
    #expect(!other.tensors.differing(from: kept.tensors).isEmpty)
  }
}

@Suite("A plan for a time")
struct TimePlanTests {
  /// 600 photos of a size, of which nothing is read.
  static func division(side: Int, count: Int = 600) -> PhotoDivision {
    var photos: [Photo] = []
    for number in 0..<count {
      photos.append(
        Photo(
          path: String(format: "%04d.jpg", number), label: number % 3,
          digest: String(format: "%064d", number)))
    }
    var all = Photos(
      root: URL(filePath: "/nowhere"), classes: ["a", "b", "c"], splits: [.all: photos])
    for photo in photos {
      all.facts[photo.path] = PhotoFacts(
        digest: photo.digest, byteCount: 1000, format: .jpeg, width: side, height: side,
        fingerprint: nil)
    }
    return PhotoDivision(all, validation: 0.2, seed: 0)
  }

  /// Three stages of convolutions that take a while.
  static func base(side: Int, width: Int) throws -> Base {
    var net = Network(input: [side, side, 3])
    for number in 1...3 {
      net.beginStage("stage\(number)")
      try net.add(
        "conv\(number)", Convolution2D(width, kernel: 3, stride: 2, padding: .same), to: net.output)
    }
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    return Base(
      name: "wide", network: net, tensors: net.initialTensors(seed: 0),
      weights: .pretrained(sha256: "d16e57"), preprocessing: .signed)
  }

  private func plan(side: Int = 224, width: Int, photos: Int = 256, count: Int = 600) throws
    -> (TimePlan, reckoned: Double)
  {
    let fitting = try TimePlan(
      .adapted, base: Self.base(side: side, width: width),
      division: Self.division(side: photos, count: count), options: TrainingOptions(),
      seconds: nil, pool: WorkerPool(count: 1)
    ) { try? Self.base(side: $0, width: width) }
    return (fitting, fitting.seconds)
  }

  @Test("is the whole plan where that fits")
  func whole() throws {
    let (fitting, seconds) = try plan(width: 16)
    #expect(fitting.note == nil)
    #expect(fitting.plan == FineTuningPlan.adapted.suited(to: Self.division(side: 256)))
    #expect(seconds < TimePlan.customarySeconds)
  }

  @Test(
    "trains less where it does not, never longer than the time, and says what it left out",
    arguments: [128, 192, 256, 384, 512, 1024])
  func less(width: Int) throws {
    let (fitting, seconds) = try plan(width: width, count: 3000)
    #expect(seconds <= TimePlan.customarySeconds)
    let whole = FineTuningPlan.adapted.suited(to: Self.division(side: 256, count: 3000))
    let note = try #require(fitting.note?.description)
    #expect(note.contains("would take about") && note.contains("a budget of"))
    #expect(fitting.plan != whole)
    try fitting.plan.validate()
    let again = try plan(width: width, count: 3000).0
    #expect(again.plan == fitting.plan)
  }

  @Test("sees photos at their own size before it trains less")
  func small() throws {
    let (fitting, _) = try plan(width: 256, photos: 100, count: 1000)
    #expect(fitting.plan.imageSize == 128)
  }
}
