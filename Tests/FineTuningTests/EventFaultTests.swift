import Files
import FineTuning
import Foundation
import TestSupport
import Testing

@Suite("Events that no training can have written")
struct EventFaultTests {
  /// A kind of event, a number of it, and what is put in its place.
  static let changes: [(kind: String, key: String, value: String)] = [
    ("plan", "epochs", "-1"), ("plan", "steps", "9223372036854775807"),
    ("plan", "parameters", "9223372036854775807"), ("plan", "training", "-9223372036854775808"),
    ("plan", "batchSize", "1099511627777"), ("phase", "phase", "-1"),
    ("phase", "phase", "99999999999"), ("phase", "phase", "9223372036854775807"),
    ("phase", "phases", "10001"), ("phase", "stepsPerEpoch", "9223372036854775807"),
    ("phase", "epochs", "9223372036854775807"), ("phase", "parameters", "-1"),
    ("features", "total", "9223372036854775807"), ("head", "iterations", "-1"),
    ("head", "seconds", "1e11"), ("step", "phase", "-1"), ("step", "epoch", "1048577"),
    ("step", "step", "9223372036854775807"), ("step", "steps", "-9223372036854775808"),
    ("step", "seconds", "1e300"), ("epoch", "phase", "-1"), ("epoch", "epoch", "-1"),
    ("epoch", "epochs", "9223372036854775807"), ("epoch", "seconds", "-1"),
    ("gradients", "step", "9223372036854775807"), ("gradients", "epoch", "-1"),
    ("views", "phase", "-1"), ("views", "width", "-1"), ("checkpoint", "phase", "-1"),
    ("done", "phase", "9223372036854775807"), ("done", "epoch", "-1"), ("done", "seconds", "1e300"),
    ("done", "seconds", "-1e300"), ("done", "seconds", #""nan""#), ("done", "seconds", #""inf""#),
  ]

  private func changing(_ text: String, _ key: String, to value: String) throws -> String {
    let number = try Regex(#""\#(key)":-?[0-9][0-9.e+-]*"#)
    return text.replacing(number, with: #""\#(key)":\#(value)"#, maxReplacements: 1)
  }

  @Test("are refused, whatever would be computed from their numbers")
  func numbers() throws {
    let events = BoardTests.events(try BoardTests.plan(TinyJob())) + TrainingEventTests.events
    for event in events { _ = try TrainingEvent(jsonLine: event.jsonLine.utf8) }
    for (kind, key, value) in Self.changes {
      let line = try #require(
        events.map(\.jsonLine).first { $0.contains(#""event":"\#(kind)""#) })
      let changed = try changing(line, key, to: value)
      #expect(changed != line, "\(kind) has no \(key)")
      #expect(throws: DecodingError.self, "\(kind) \(key) \(value)") {
        try TrainingEvent(jsonLine: changed.utf8)
      }
    }
  }

  @Test("are damage where a training is to go on, and the line is named")
  func resuming() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    #expect(try ResumeTests.part(job, plan, "run", stopAfterSteps: 5).result.interrupted)
    let file = job.folder.url.appending(path: "run/events.jsonl")
    let whole = try String(contentsOf: file, encoding: .utf8)
    let lines = whole.split(separator: "\n")
    let place = try #require(lines.firstIndex { $0.contains(#""event":"phase""#) })
    for value in ["-1", "99999999999", "9223372036854775807"] {
      var changed = lines.map(String.init)
      changed[place] = try changing(changed[place], "phase", to: value)
      try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: file)
      let error = #expect(throws: RunError.self) { try ResumeTests.part(job, plan, "run") }
      #expect(error?.kind == .bad)
      #expect(error?.description.contains("line \(place + 1) of '") == true, "\(value)")
    }
    try Data(whole.utf8).write(to: file)
    #expect(try !ResumeTests.part(job, plan, "run").result.interrupted)
  }

  @Test(
    "… while those of the largest numbers overflow nothing, and many notes are taken up at once")
  func largest() throws {
    let scratch = try TemporaryFolder()
    let log = TensorBoardLog(scratch.url.appending(path: "tensorboard"))
    let (epochs, steps) = (1 << 20, 1 << 40)
    var events: [TrainingEvent] = []
    for phase in stride(from: 0, through: 10_000, by: 200) {
      let others: [TrainingEvent] = [
        .phase(
          .init(
            phase: phase, phases: 10_000, name: "", method: .sgd, epochs: epochs,
            stepsPerEpoch: steps, parameters: steps)),
        .step(
          .init(
            phase: phase, epoch: epochs, step: steps, steps: steps, loss: 1, learningRate: 1,
            seconds: 1e10, imagesPerSecond: 1)),
        .epoch(.init(phase: phase, epoch: epochs, epochs: epochs, isBest: true, seconds: 0)),
      ]
      events += others
    }
    for event in events {
      #expect(try TrainingEvent(jsonLine: event.jsonLine.utf8) == event)
      #expect(!event.description.isEmpty)
    }
    let notes = (0..<20_000).map {
      TrainingEvent.note(.init(kind: .data, message: "note \($0)"))
    }
    log.resume(after: events + notes)
    for event in events { log.receive(event) }
    try log.check()
  }
}
