import FineTuning
import Foundation
import TestSupport
import Testing

@Suite("Training events")
struct TrainingEventTests {
  static let events: [TrainingEvent] = [
    .phase(
      .init(
        phase: 0, phases: 2, name: "head", method: .solve, epochs: 1, stepsPerEpoch: 0,
        parameters: 12)),
    .features(.init(images: 5, total: 9, cached: 1, seconds: 1, imagesPerSecond: 5)),
    .step(
      .init(
        phase: 1, epoch: 2, step: 3, steps: 8, loss: 0.5, learningRate: 0.01, seconds: 3,
        imagesPerSecond: 90)),
    .epoch(
      .init(
        phase: 1, epoch: 2, epochs: 8, trainingLoss: 1, trainingAccuracy: 0.5,
        validationAccuracy: nil, validationLogLoss: nil, isBest: true, seconds: 2)),
    .gradients(
      .init(
        phase: 1, epoch: 1, step: 1,
        parameters: [.init(name: "head/bias", histogram: Histogram([0.5, -1, 0]))])),
    .views(.init(phase: 1, width: 4, height: 2, jpeg: Data([1, 2, 250]))),
    .checkpoint(.init(phase: 1, epoch: 2, path: "runs/a")),
    .note(.init(kind: .diverged, message: "the loss\nis \"nan\"")),
    .note(.init(kind: .diagnosis, sentence: "take \(.lowerRate) or \(.base("vgg16")); or not")),
    .done(
      .init(
        phase: 1, epoch: 4, validationAccuracy: 0.9, validationLogLoss: 0.1, interrupted: false,
        seconds: 9)),
  ]

  @Test("are one line of JSON with their name, and read back", arguments: events)
  func lines(event: TrainingEvent) throws {
    let line = event.jsonLine
    #expect(!line.contains("\n"))
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["event"] is String)
    #expect(try TrainingEvent(jsonLine: line.utf8) == event)
  }

  @Test("can carry a loss that is no number")
  func notANumber() throws {
    let line = TrainingEvent.step(
      .init(
        phase: 0, epoch: 1, step: 1, steps: 1, loss: .nan, learningRate: 1, seconds: 0,
        imagesPerSecond: .infinity)
    ).jsonLine
    #expect(line.contains(#""loss":"nan""#))
    guard case .step(let step) = try TrainingEvent(jsonLine: line.utf8) else {
      Issue.record("another event was read back")
      return
    }
    #expect(step.loss.isNaN && step.imagesPerSecond == .infinity)
  }

  @Test("are appended to a file line by line")
  func log() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "events.jsonl")
    let log = try EventLog(file)
    for event in Self.events { log.receive(event) }
    try log.check()
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let logged = Self.events.filter { event in
      if case .features = event { return false }
      return !event.isForBoardOnly
    }
    #expect(logged.count == Self.events.count - 3)
    #expect(lines.map(String.init) == logged.map(\.jsonLine))
    let error = #expect(throws: RunError.self) {
      _ = try EventLog(folder.url.appending(path: "none/events.jsonl"))
    }
    #expect(error?.kind == .cannotCreate)
  }
}
