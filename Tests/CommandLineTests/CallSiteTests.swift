import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("The library's call site", .serialized)
struct CallSiteTests {
  /// Photos of three colours, and a small base with weights of its own.
  private func prepare(in scratch: TemporaryFolder) throws -> Base.Source {
    try scratch.photos("photos", count: 8)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    var source = Base.Source("mobilenet")
    (source.alpha, source.imageSize) = (0.05, 32)
    source.weights = .file(scratch.path("tiny.h5"))
    return source
  }

  @Test(
    "and the command train to the same bytes", arguments: ["head", "last-stage"])
  func sameBytes(plan: String) async throws {
    let scratch = try TemporaryFolder()
    let source = try prepare(in: scratch)
    let events = Events()
    let run = try await FineTuning(
      Base(source), Photos(scratch.path("photos")),
      plan: try #require(FineTuningPlan.named(plan))
    ).run(in: scratch.path("library")) { events.add("\($0)") }
    let command = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", plan, "--output", "command",
        "--progress", "none",
      ], in: scratch.url)
    #expect(command.status == 0, "\(command.errors)")
    for file in ["weights.h5", "head.h5", "predictions.jsonl", "labels.json", "plan.json"] {
      #expect(
        try Data(contentsOf: scratch.url.appending(path: "library/\(file)"))
          == Data(contentsOf: scratch.url.appending(path: "command/\(file)")), "\(file)")
    }
    #expect(run.record.trainedOnValidation == (plan == "head"))
    #expect(events.all.contains { $0.hasPrefix("head: solved in") })
    #expect(events.all.last?.hasPrefix("kept: ") == true)
  }

  @Test("and the command extend a run to the same bytes; a tuned run is refused by both")
  func extend() async throws {
    let scratch = try TemporaryFolder()
    let source = try prepare(in: scratch)
    for number in 0..<8 {
      try scratch.photo("more/grey/\(number).jpg", class: 3, variant: number)
    }
    let (base, photos) = try await (Base(source), Photos(scratch.path("photos")))
    _ = try await FineTuning(base, photos, plan: .head).run(in: scratch.path("run"))
    let events = Events()
    let run = try await Run.extend(
      scratch.path("run"), with: scratch.path("more"), in: scratch.path("library")
    ) { events.add("\($0)") }
    #expect(run.labels == ["blue", "green", "grey", "red"])
    #expect(events.all.contains { $0.hasPrefix("head: solved in") })
    let command = try Finetune.run(
      ["extend", "run", "--data", "more", "--output", "command", "--progress", "none"],
      in: scratch.url)
    #expect(command.status == 0, "\(command.errors)")
    for file in ["weights.h5", "head.h5", "labels.json", "plan.json"] {
      #expect(
        try Data(contentsOf: scratch.url.appending(path: "library/\(file)"))
          == Data(contentsOf: scratch.url.appending(path: "command/\(file)")), "\(file)")
    }

    var plan = FineTuningPlan.full
    plan.phases[1].epochs = 1
    _ = try await FineTuning(base, photos, plan: plan, validation: 0).run(
      in: scratch.path("tuned"))
    let error = await #expect(throws: RunError.self) {
      _ = try await Run.extend(
        scratch.path("tuned"), with: scratch.path("more"), in: scratch.path("none"))
    }
    #expect(error?.kind == .bad)
    #expect(!scratch.has("none"))
  }

  @Test("a classifier answers with labels, for a path, bytes and an image, as the report does")
  func classifier() async throws {
    let scratch = try TemporaryFolder()
    let source = try prepare(in: scratch)
    let run = try await FineTuning(Base(source), Photos(scratch.path("photos")), plan: .head)
      .run(in: scratch.path("run"))
    let classifier = try Classifier(scratch.path("run"))
    #expect(classifier.labels == ["blue", "green", "red"])
    for photo in run.photos.all {
      let path = scratch.path("photos/\(photo.path)")
      let answer = try classifier(path)
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      #expect(try classifier(bytes) == answer)
      #expect(try classifier(decodeImage(bytes)) == answer)
      let listed = try classifier.predict([path], pool: WorkerPool())
      #expect(try listed[0].get() == answer)
      #expect(answer.best.probability == answer.probabilities.max())
      #expect(answer.best.label == classifier.labels[answer.best.index])
      #expect(abs(answer.probabilities.reduce(0, +) - 1) < 1e-5)
    }
    let missing = #expect(throws: ImageError.self) { try classifier(scratch.path("nowhere.jpg")) }
    #expect(missing?.kind == .unreadable)
  }

  @Test("a training whose task is cancelled keeps what it has, and is resumed")
  func cancelled() async throws {
    let scratch = try TemporaryFolder()
    let source = try prepare(in: scratch)
    let plan = FineTuningPlan.lastStage
    let training = try await FineTuning(Base(source), Photos(scratch.path("photos")), plan: plan)
    // The first step waits until the task has been cancelled, however busy the machine is.
    let (steps, report) = AsyncStream.makeStream(of: Void.self)
    let isCancelled = DispatchSemaphore(value: 0)
    let folder = scratch.path("run")
    let task = Task {
      try await training.run(in: folder) { event in
        guard case .step(let step) = event, step.epoch == 1, step.step == 1 else { return }
        report.yield()
        isCancelled.wait()
      }
    }
    for await _ in steps { break }
    task.cancel()
    isCancelled.signal()
    #expect(try await task.value.record.interrupted)
    let whole = try await training.run(in: scratch.path("whole"))
    let resumed = try await Run.resume(scratch.path("run"))
    #expect(!resumed.record.interrupted)
    #expect(resumed.record.weightsDigest == whole.record.weightsDigest)
  }

  @Test("photos choose a base, and the run knows how")
  func choosing() async throws {
    let scratch = try TemporaryFolder()
    let source = try prepare(in: scratch)
    let photos = try await Photos(scratch.path("photos"))
    for (name, size) in [("small", 32), ("large", 64)] {
      var source = source
      source.imageSize = ImageSize(side: size)
      _ = try await FineTuning(Base(source), photos, plan: .head).run(in: scratch.path(name))
    }
    let names = ["large", "small"].map { scratch.path($0) }
    let found = try await BaseSearch(candidates: names).run(on: photos)
    #expect(Set(found.comparison.entries.map(\.base)) == Set(names))
    #expect(found.comparison.entries.map(\.imageSize).contains([64, 64]))
    #expect(found.base.name == found.comparison.chosen.base)
    let run = try await FineTuning(Base(found), photos, plan: .head).run(in: scratch.path("run"))
    #expect(run.record.baseComparison == found.comparison)
    // All photos measured, those that the base was chosen by, too.
    let report = try String(contentsOfFile: scratch.path("run/report.json"), encoding: .utf8)
    #expect(
      report.contains("\"usedForSelection\" : \(run.plan.isOnFolds)"), "\(report.prefix(400))")
  }

  @Test("a job is a value that survives JSON")
  func codable() throws {
    var job = FineTuningJob(base: Base.Source("mobilenetv2"), data: "photos")
    job.base.weights = .file("w.h5")
    job.plan = .full
    job.seed = 9
    let data = try JSONEncoder().encode(job)
    #expect(try JSONDecoder().decode(FineTuningJob.self, from: data) == job)
  }

  @Test("the most probable classes come first, equal ones in their order")
  func top() {
    func prediction(_ values: [Float]) -> Prediction {
      Prediction(labels: values.indices.map(String.init), probabilities: values)
    }
    #expect(prediction([0.1, 0.4, 0.1, 0.4]).top(3).map(\.index) == [1, 3, 0])
    #expect(prediction([0.5, 0.5]).top(9).map(\.label) == ["0", "1"])
    #expect(prediction([0.2, 0.8]).best.probability == 0.8)
  }
}

/// Sentences from a training's thread.
///
/// `@unchecked Sendable`: the array is touched only while the lock is held.
private final class Events: @unchecked Sendable {
  private let lock = NSLock()
  private var sentences: [String] = []

  var all: [String] { lock.withLock { sentences } }

  func add(_ sentence: String) { lock.withLock { sentences.append(sentence) } }
}
