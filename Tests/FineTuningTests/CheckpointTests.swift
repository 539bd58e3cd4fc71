import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Checkpoints")
struct CheckpointTests {
  /// A run that was ended in its second phase, and its checkpoints, the newest first.
  private func interrupted(_ job: TinyJob, _ plan: FineTuningPlan) throws -> [URL] {
    let url = job.folder.url.appending(path: "run")
    _ = try ResumeTests.part(job, plan, "run", stopAfterSteps: 6)
    return try checkpoints(url)
  }

  private func checkpoints(_ run: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: run.appending(path: "checkpoints"), includingPropertiesForKeys: nil
    ).sorted { $0.lastPathComponent > $1.lastPathComponent }
  }

  private func resume(_ job: TinyJob, _ plan: FineTuningPlan) throws -> FineTuningResult {
    try ResumeTests.part(job, plan, "run").result
  }

  @Test("are the last two, whole, without what the base has anyway, and go when training is over")
  func files() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let files = try interrupted(job, plan)
    #expect(
      files.map(\.lastPathComponent) == [
        "phase2-epoch2-step2.safetensors", "phase2-epoch2-step0.safetensors",
      ])
    let content = try Safetensors(contentsOf: files[0])
    #expect(content.tensors["now/conv3/kernel"] != nil)
    #expect(content.tensors["optimizer/head/kernel/velocity"] != nil)
    #expect(!content.tensors.keys.contains { $0.contains("conv1") })
    _ = try resume(job, plan)
    let run = job.folder.url.appending(path: "run")
    #expect(!FileManager.default.fileExists(atPath: run.appending(path: "checkpoints").path))
  }

  @Test("that are damaged give way to the one before, to the same end")
  func damage() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let whole = try job.train(plan).result
    let files = try interrupted(job, plan)
    var bytes = try Data(contentsOf: files[0])
    bytes[bytes.count - 3] ^= 1
    try bytes.write(to: files[0])
    let resumed = try resume(job, plan)
    #expect(resumed.tensors.differing(from: whole.tensors).isEmpty)
  }

  @Test(
    "are refused, or are what they were, whatever bit has changed and wherever they were cut",
    .tags(.slow), .unlessQuick)
  func everyBit() throws {
    let job = try TinyJob()
    let plan = ResumeTests.plan(job)
    // In the last phase: weights, an optimiser's memory and an epoch's sums are in it.
    _ = try ResumeTests.part(job, plan, "run") { event in
      if case .step(let step) = event { step.phase == 2 && step.epoch == 2 } else { false }
    }
    let file = try #require(try checkpoints(job.folder.url.appending(path: "run")).first)
    let whole = try Data(contentsOf: file)
    let expected = try Checkpoint(contentsOf: file, base: job.base.tensors)
    #expect(try Safetensors(contentsOf: file).tensors.keys.contains { $0.hasPrefix("optimizer/") })
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for round in 0..<1000 {
      var bytes = whole
      let place = Int.random(in: 0..<whole.count, using: &random)
      let bit = UInt8.random(in: 0..<8, using: &random)
      if round % 10 == 0 { bytes = bytes.prefix(place) } else { bytes[place] ^= 1 << bit }
      try bytes.write(to: file)
      do {
        let isSame = try Checkpoint(contentsOf: file, base: job.base.tensors) == expected
        #expect(isSame, "\(round % 10 == 0 ? "cut to \(place)" : "bit \(bit) of byte \(place)")")
      } catch {
        #expect(error.kind == .bad, "\(error)")
        refused += 1
      }
    }
    #expect(refused >= 900, "hardly a bit of it means nothing")
  }

  /// What no training can have written, with a digest that is right, and what is said of it.
  static let impossible: [(String, @Sendable (inout Checkpoint) -> Void, String)] = [
    ("a phase too many", { $0.state.phase = 7 }, "it is of more phases than the 3 of the plan"),
    ("a best phase that is not there", { $0.state.best?.phase = -1 }, "it is of more phases"),
    ("a photo that is not there", { $0.state.failed = [1_000_000] }, "it speaks of more photos"),
    ("a judged photo that is not there", { $0.state.judged = [99] }, "it speaks of more photos"),
    ("more steps than photos", { $0.state.tuning?.stepsPerEpoch = 1 << 30 }, "has no such step"),
    ("a step behind the last", { $0.state.tuning?.step = 1 << 30 }, "has no such step"),
    ("steps in a solved head", { $0.state.phase = 0 }, "phase 1 has no such step"),
    (
      "epochs beyond counting",
      {
        $0.state.tuning?.sinceBest = .max
        // One without epochs would be gone back to.
        if $0.state.tuning == nil { $0.state.seconds = -1 }
      },
      "no training can be where it says"
    ),
    (
      "a share of infinity", { $0.state.share = 7 }, "no training can be where it says"
    ),
    ("a misshapen weight", { $0.tensors.best["conv1/bias"] = Tensor([1], [0]) }, "'conv1/bias'"),
    ("a weight of another", { $0.tensors.best["other"] = Tensor([1], [0]) }, "no such 'other'"),
    (
      "probabilities of nothing",
      {
        $0.state.judged = [0]
        $0.tensors.trial = Tensor([1, 1, 2], [0.5, 0.5])
      }, "what was said of 1 photos is"
    ),
    (
      "probabilities that are none",
      {
        $0.state.judged = [0]
        $0.tensors.trial = Tensor([1, 1, 3], [0.5, 0.5, .nan])
      }, "what was said of 1 photos is"
    ),
  ]

  @Test("that no training can have written are refused, though their digest is right")
  func impossible() throws {
    let job = try TinyJob()
    let plan = ResumeTests.plan(job)
    _ = try ResumeTests.part(job, plan, "run") { event in
      if case .step(let step) = event { step.phase == 2 } else { false }
    }
    let files = try checkpoints(job.folder.url.appending(path: "run"))
    let base = job.base.tensors
    let whole = try files.map { try Checkpoint(contentsOf: $0, base: base) }
    for (what, change, message) in Self.impossible {
      for (file, var checkpoint) in zip(files, whole) {
        change(&checkpoint)
        try checkpoint.write(to: file, base: base)
      }
      let error = #expect(throws: RunError.self, "\(what)") { try resume(job, plan) }
      #expect(error?.kind == .bad, "\(what)")
      #expect(error?.description.contains(message) == true, "\(what): \(error?.description ?? "")")
    }
    for (file, checkpoint) in zip(files, whole) { try checkpoint.write(to: file, base: base) }
    _ = try resume(job, plan)
  }

  @Test("that are cut short, or all damaged, are told apart from none")
  func allDamaged() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    for file in try interrupted(job, plan) {
      try Data(contentsOf: file).dropLast(10).write(to: file)
    }
    let error = #expect(throws: RunError.self) { try resume(job, plan) }
    #expect(error?.kind == .bad)
    #expect(error?.description.contains("cut short") == true)
  }

  @Test(
    "of another training are refused, with the difference named",
    arguments: ["plan", "data", "weights", "network", "seed"])
  func other(what: String) throws {
    var job = try TinyJob()
    var plan = job.plan(.lastStage)
    let files = try interrupted(job, plan)
    let before = try files.map { try Data(contentsOf: $0) }
    var photos = job.photos
    switch what {
    case "plan": plan.phases[1].learningRate = 0.07
    case "data":
      photos = Photos(
        root: photos.root, classes: photos.classes,
        splits: [.train: photos[.train].dropLast(), .validation: photos[.validation]])
    case "weights": job.base.tensors["conv1/kernel"]?.values[0] += 1
    case "network":
      var network = Network(input: [TinyJob.side, TinyJob.side, 3])
      network.beginStage("only")
      try network.add("conv1", Convolution2D(12, kernel: 3, stride: 2), to: network.output)
      try network.add("pool", GlobalAveragePooling2D(), to: network.output)
      job.base.network = network
      job.base.tensors = network.initialTensors(seed: 1)
    default: job.options.seed += 1
    }
    let error = #expect(throws: RunError.self) {
      let run = try RunFolder(resuming: job.folder.url.appending(path: "run"))
      _ = try FineTuner(job.base, plan: plan, options: job.options).train(
        on: photos, pool: job.pool, run: run)
    }
    #expect(error?.kind == .bad)
    let named = ["plan": "phases[1].learningRate is '0.07', expected '0.05'", "data": "photos"]
    #expect(error?.description.contains(named[what] ?? what) == true, "\(error?.description ?? "")")
    #expect(try files.map { try Data(contentsOf: $0) } == before, "nothing was changed")
  }

  @Test("that cannot be written leave the one before, which the error names")
  func unwritable() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let whole = try job.train(plan).result
    // A folder in the place of the third checkpoint, which root cannot replace by a file either.
    let blocked = job.folder.url.appending(
      path: "run/checkpoints/phase2-epoch3-step0.safetensors")
    let error = #expect(throws: RunError.self) {
      try ResumeTests.part(job, plan, "run") { event in
        if case .step = event {
          try? FileManager.default.createDirectory(at: blocked, withIntermediateDirectories: true)
        }
        return false
      }
    }
    #expect(error?.kind == .cannotCreate)
    #expect(error?.description.contains("phase2-epoch2-step0.safetensors' is intact") == true)
    try FileManager.default.removeItem(at: blocked)
    #expect(try resume(job, plan).tensors.differing(from: whole.tensors).isEmpty)
  }

  @Test(
    "on a full disk leave the one before, from which training goes on once there is room",
    .enabled(if: SmallDisk.isAllowed, "may not mount a tmpfs"))
  func fullDisk() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let whole = try job.train(plan).result
    let folder = job.folder.url.appending(path: "disk")
    let disk = try SmallDisk(at: folder)
    defer { disk.unmount() }
    let error = #expect(throws: RunError.self) {
      try ResumeTests.part(job, plan, "disk/run") { event in
        if case .step(let step) = event, step.epoch == 2 { disk.fill() }
        return false
      }
    }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("phase2-epoch2-step0.safetensors' is intact") == true)
    disk.empty()
    let result = try ResumeTests.part(job, plan, "disk/run").result
    #expect(result.tensors.differing(from: whole.tensors).isEmpty)
  }

  @Test("are written by one process at a time")
  func locked() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    let error = #expect(throws: RunError.self) { _ = try RunFolder(resuming: url) }
    #expect(error?.description.contains("another process") == true)
    withExtendedLifetime(run) {}
  }
}
