import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("A training that is ended and continued")
struct ResumeTests {
  /// What must not depend on how often a training was ended.
  struct Outcome: Equatable {
    var weights: Data
    var head: Data
    var events: [TrainingEvent]

    init(_ url: URL) throws {
      weights = try Data(contentsOf: url.appending(path: "weights.h5"))
      head = try Data(contentsOf: url.appending(path: "head.h5"))
      events = try String(contentsOf: url.appending(path: "events.jsonl"), encoding: .utf8)
        .split(separator: "\n")
        .compactMap { line in
          let event = try JSONDecoder().decode(TrainingEvent.self, from: Data(line.utf8))
          return event.timeless
        }
    }
  }

  static func create(_ job: TinyJob, _ name: String) throws -> RunFolder {
    try RunFolder(
      creating: job.folder.url.appending(path: name), context: RunContext(data: "photos"))
  }

  /// Three phases with everything that a checkpoint has to hold.
  static func plan(_ job: TinyJob) -> FineTuningPlan {
    var plan = job.plan(FineTuningPlan(name: "three", phases: FineTuningPlan.full.phases))
    var last = plan.phases[1]
    last.name = "last stage"
    last.scope = .lastStages(1)
    last.epochs = 2
    last.accumulation = 2
    last.ema = 0.9
    var all = plan.phases[1]
    all.epochs = 2
    all.batchNorm = .train
    all.optimizer = .adamW()
    all.learningRate = 0.003
    all.balance = .sampler
    all.augmentation = .light
    all.augmentation.mixup = 0.2
    plan.phases = [plan.phases[0], last, all]
    return plan
  }

  /// Runs a job, or what is left of it; the folder is free again afterwards, as when a process ends.
  static func part(
    _ job: TinyJob, _ plan: FineTuningPlan, _ name: String, stopAfterSteps: Int = .max,
    stopAt wanted: @escaping (TrainingEvent) -> Bool = { _ in false }
  ) throws -> (result: FineTuningResult, events: [TrainingEvent]) {
    let url = job.folder.url.appending(path: name)
    let run =
      FileManager.default.fileExists(atPath: url.path)
      ? try RunFolder(resuming: url) : try create(job, name)
    return try job.train(plan, run: run, stopAfterSteps: stopAfterSteps, stopAt: wanted)
  }

  /// Runs a job, ending it after so many steps, until it is done.
  static func run(_ job: TinyJob, _ plan: FineTuningPlan, _ name: String, every steps: Int) throws
    -> (outcome: Outcome, parts: Int)
  {
    for number in 1...200 {
      if try !part(job, plan, name, stopAfterSteps: steps).result.interrupted {
        return (try Outcome(job.folder.url.appending(path: name)), number)
      }
    }
    throw TrainingError.broken("never done")
  }

  @Test(
    "comes to the same bytes and events, wherever it was ended", .tags(.slow), .unlessQuick,
    arguments: [1, 2, 3, 5, 7])
  func anyStep(steps: Int) throws {
    var job = try TinyJob(perClass: [8, 6, 4], validationFraction: 0.2)
    job.options.checkpointEvery = 2
    try Self.expectSame(job, Self.plan(job), every: steps)
  }

  /// Expects a training that is ended after so many steps, again and again, to be one that never was.
  static func expectSame(_ job: TinyJob, _ plan: FineTuningPlan, every steps: Int) throws {
    let (whole, parts) = try run(job, plan, "whole", every: .max)
    #expect(parts == 1)
    let (pieces, count) = try run(job, plan, "pieces", every: steps)
    #expect(count > 1)
    #expect(pieces == whole)
  }

  @Test("… also with a hidden layer in the head, some of which each step leaves out")
  func hiddenLayer() throws {
    let job = try TinyJob(perClass: [8, 6, 4], validationFraction: 0.2)
    let plan = Self.plan(job).withHead(HeadLayers(hidden: 8, dropout: 0.5))
    var short = plan
    short.phases[0].epochs = 3
    short.phases[0].batchSize = 7
    let (whole, _) = try Self.run(job, short, "whole", every: .max)
    #expect(try Self.run(job, short, "pieces", every: 2).outcome == whole)
  }

  @Test(
    "goes on from the last checkpoint when it was killed", .tags(.slow), .unlessQuick,
    arguments: [1, 2, 3])
  func killed(every: Int) throws {
    var job = try TinyJob()
    job.options.checkpointEvery = every
    let plan = Self.plan(job)
    let (whole, _) = try Self.run(job, plan, "whole", every: .max)
    // What a kill leaves: the folder as it was at some moment.
    let run = try Self.create(job, "run")
    let copies = CopyCollector()
    let tuner = try FineTuner(job.base, plan: plan, options: job.options)
    _ = try tuner.train(
      on: job.photos, pool: job.pool, run: run,
      onEvent: { event in
        let url = job.folder.url.appending(path: "copy\(copies.urls.count)")
        if (try? FileManager.default.copyItem(at: run.url, to: url)) != nil {
          copies.urls.append(url)
        }
      })
    #expect(copies.urls.count > 20)
    for (number, url) in copies.urls.enumerated() where number % 5 == every {
      let run = try RunFolder(resuming: url)
      if try run.isFinished { continue }
      _ = try job.train(plan, run: run)
      #expect(try Outcome(url) == whole, "killed at event \(number)")
    }
  }

  @Test("has the events that it had before once, and says that it continues")
  func told() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    _ = try Self.part(job, plan, "run", stopAfterSteps: 5)
    let events = try Self.part(job, plan, "run").events
    let notes = events.compactMap { if case .note(let note) = $0 { note } else { nil } }
    #expect(notes.first?.kind == .resumed)
    #expect(notes.first?.message.contains("phase 2, epoch 2, after step 1 of 4") == true)
    #expect(events.contains { if case .plan = $0 { true } else { false } })
    #expect(!events.contains { if case .head = $0 { true } else { false } })
  }

  @Test("needs no photo again whose features are cached when it was ended in the head phase")
  func head() throws {
    let job = try TinyJob()
    #expect(throws: TrainingError.interrupted) {
      try Self.part(job, .head, "run") { if case .features = $0 { true } else { false } }
    }
    let (result, events) = try Self.part(job, .head, "run")
    #expect(!result.interrupted)
    let found = events.compactMap { if case .features(let progress) = $0 { progress } else { nil } }
    #expect(found.last?.cached == 32, "the first batch")
  }

  @Test(
    "seals what it was trained by, whatever has become of that meanwhile",
    arguments: [
      (.plan, "", ""), (.plan, #""epochs" : 4"#, #""epochs" : 9"#), (.plan, "{", "["),
      (.labels, "", ""), (.labels, "class0", "class9"), (.labels, "[", "{"),
      (.split, "", ""), (.split, #""root" : ""#, #""root" : "/elsewhere"#),
      (.split, #""seed" : 1"#, #""seed" : 2"#),
      (.split, #""fingerprints" : {"#, #""fingerprints" : 7, "others" : {"#),
    ] as [(RunFolder.File, String, String)])
  func sealed(_ name: RunFolder.File, _ text: String, _ other: String) throws {
    let job = try TinyJob(validationFraction: 0.2)
    let plan = job.plan(.lastStage)
    let (whole, _) = try Self.run(job, plan, "whole", every: .max)
    #expect(try Self.part(job, plan, "run", stopAfterSteps: 5).result.interrupted)
    let url = job.folder.url.appending(path: "run")
    let file = url.appending(path: name.rawValue)
    if text.isEmpty {
      try FileManager.default.removeItem(at: file)
    } else {
      let before = try String(contentsOf: file, encoding: .utf8)
      let after = before.replacing(text, with: other)
      #expect(after != before)
      try Data(after.utf8).write(to: file)
    }
    #expect(throws: RunError.self) { try Run(url) }
    #expect(try !Self.part(job, plan, "run").result.interrupted)
    #expect(try Outcome(url) == whole)
    for name in [RunFolder.File.plan, .labels, .split] {
      #expect(
        try Data(contentsOf: url.appending(path: name.rawValue))
          == Data(contentsOf: job.folder.url.appending(path: "whole/\(name.rawValue)")))
    }
    #expect(try Run(url).plan == plan)
  }

  @Test(
    "is refused before its first step where the file that its plan is from has changed, by name")
  func changedPlan() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    _ = try Self.part(job, plan, "run", stopAfterSteps: 5)
    let url = job.folder.url.appending(path: "run")
    let file = url.appending(path: "plan.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let changed = Data(text.replacing(#""epochs" : 4"#, with: #""epochs" : 9"#).utf8)
    try changed.write(to: file)
    // As a training with a budget goes on: by what the file says.
    let other = try JSONDecoder().decode(FineTuningPlan.self, from: changed)
    let altered = #expect(throws: RunError.self) { try Self.part(job, other, "run") }
    #expect(altered?.kind == .bad)
    let words = ["/run/plan.json' is not the plan that", "epochs is '9', expected '4'"]
    for word in words {
      #expect(altered?.message.contains(word) == true, "\(altered?.message ?? "")")
    }
    #expect(try Data(contentsOf: file) == changed)
    try FileManager.default.removeItem(at: file)
    let missing = #expect(throws: RunError.self) { try Self.part(job, other, "run") }
    #expect(missing?.kind == .bad)
    #expect(missing?.message.contains("/run/plan.json', which would say") == true)
    #expect(!FileManager.default.fileExists(atPath: file.path))
    #expect(try !Self.part(job, plan, "run").result.interrupted)
    #expect(try Run(url).plan == plan)
  }

  @Test("keeps the running state of a phase that diverged")
  func diverged() throws {
    let job = try TinyJob()
    let plan = job.plan(.full) {
      $0.learningRate = 1e30
      $0.clip = nil
    }
    let (whole, _) = try Self.run(job, plan, "whole", every: .max)
    #expect(try Self.run(job, plan, "pieces", every: 1).outcome == whole)
  }
}

/// Used by one thread.
final class CopyCollector {
  var urls: [URL] = []
}
