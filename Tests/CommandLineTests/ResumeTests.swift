import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("--resume", .serialized)
struct ResumeTests {
  private let command =
    Tiny.options
    + [
      "--weights", "tiny.h5", "--data", "photos", "--epochs", "3", "--early-stop", "0",
      "--progress",
      "none",
    ]

  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 8)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return scratch
  }

  /// Starts a training and ends it by a signal once something is in its log.
  private func end(
    _ arguments: [String], by number: Int32, in scratch: TemporaryFolder, run: String,
    after text: String
  ) throws -> Finetune.Outcome {
    try Finetune.run(arguments, in: scratch.url) { process in
      let events = scratch.url.appending(path: "\(run)/events.jsonl")
      for _ in 0..<6000 {
        let log = (try? String(contentsOf: events, encoding: .utf8)) ?? ""
        if log.contains(text) || !process.isRunning { break }
        usleep(5000)
      }
      kill(process.processIdentifier, number)
    }
  }

  @Test(
    "continues to the same bytes after a signal",
    .tags(.slow), .unlessQuick,
    arguments: [
      (SIGINT, []), (SIGTERM, []), (SIGKILL, []),
      (SIGKILL, ["--head-hidden", "8", "--head-dropout", "0.3"]),
    ])
  func signals(_ number: Int32, _ options: [String]) throws {
    let scratch = try prepare()
    let long =
      command + options + ["--epochs", "40", "--batch-size", "4", "--checkpoint-every", "3"]
    let whole = try Finetune.run(long + ["--output", "whole"], in: scratch.url)
    #expect(whole.status == 0, "\(whole.errors)")
    let ended = try end(
      long + ["--output", "run"], by: number, in: scratch, run: "run",
      after: "\"epoch\":2,\"event\":\"step\"")
    #expect(ended.status == (number == SIGKILL ? -9 : 130), "\(ended.errors)")
    if number != SIGKILL {
      #expect(ended.errors.contains("continue with 'finetune --output run --resume'"))
    }
    #expect(!scratch.has("run/report.html"))
    let resumed = try Finetune.run(
      ["--output", "run", "--resume", "--progress", "none", "--threads", "1"], in: scratch.url)
    #expect(resumed.status == 0, "\(resumed.errors)")
    for file in ["weights.h5", "head.h5", "plan.json", "report.json"] {
      #expect(
        try Data(contentsOf: scratch.url.appending(path: "run/\(file)"))
          == Data(contentsOf: scratch.url.appending(path: "whole/\(file)")), "\(file)")
    }
    #expect(!scratch.has("run/checkpoints"))
    let again = try Finetune.run(["--output", "run", "--resume"], in: scratch.url)
    #expect(again.status == 0)
    #expect(again.firstLine == "'run' is finished; there is nothing to continue")
  }

  @Test("refuses what is no run, what says otherwise, and photos that have changed")
  func refusals() throws {
    let scratch = try prepare()
    let ended = try end(
      command + ["--epochs", "2000", "--output", "run"], by: SIGTERM, in: scratch, run: "run",
      after: "\"event\":\"step\"")
    #expect(ended.status == 130, "\(ended.errors)")
    func resume(_ arguments: [String]) throws -> Finetune.Outcome {
      try Finetune.run(arguments + ["--resume"], in: scratch.url)
    }
    let cases: [([String], Int32, String)] = [
      ([], 64, "--resume needs --output RUN"),
      (["--output", "none"], 66, "there is no run 'none'"),
      (["--output", "photos"], 65, "'photos' is not a run of this program"),
      (["--output", "run", "--seed", "7"], 64, "make seed 7, where the run has 0"),
      (
        ["--output", "run", "--epochs", "9"], 64, "plan.phases[1].epochs 9, where the run has 2000"
      ),
      (["--output", "run", "--data", "."], 64, "make data ., where the run has photos"),
      (["--output", "run", "--head-hidden", "9"], 64, #"make plan.head {"dropout":0,"hidden":9}"#),
    ]
    for (arguments, status, text) in cases {
      let outcome = try resume(arguments)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
    }
    let existing = try Finetune.run(command + ["--output", "run"], in: scratch.url)
    #expect(existing.status == 73)
    #expect(existing.firstLine.contains("exists already"))

    let photo = scratch.url.appending(path: "photos/red/3.jpg")
    let bytes = try Data(contentsOf: photo)
    try FileManager.default.removeItem(at: photo)
    let missing = try resume(["--output", "run"])
    #expect(missing.status == 65)
    #expect(missing.firstLine.contains("'red/3.jpg', a photo to"), "\(missing.errors)")
    try bytes.write(to: photo)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), seed: 2)
    let other = try resume(["--output", "run"])
    #expect(other.status == 65)
    #expect(other.errors.contains("base weights with the digest"), "\(other.errors)")
  }

  @Test("evaluating a training that was killed says how to continue it")
  func unfinished() throws {
    let scratch = try prepare()
    _ = try end(
      command + ["--epochs", "2000", "--output", "run"], by: SIGKILL, in: scratch, run: "run",
      after: "\"event\":\"step\"")
    let outcome = try Finetune.run(["evaluate", "run", "--data", "photos"], in: scratch.url)
    #expect(outcome.status == 65)
    #expect(outcome.firstLine.contains("has not ended"))
    #expect(outcome.firstLine.contains("continue it with 'finetune --output run --resume'"))
  }

  @Test("a plan that a run saved repeats it")
  func repetition() throws {
    let scratch = try prepare()
    let first = try Finetune.run(command + ["--output", "first"], in: scratch.url)
    #expect(first.status == 0, "\(first.errors)")
    let second = try Finetune.run(
      Tiny.options
        + [
          "--weights", "tiny.h5", "--data", "photos", "--progress", "none", "--plan",
          "first/plan.json", "--output", "second",
        ], in: scratch.url)
    #expect(second.status == 0, "\(second.errors)")
    for file in ["weights.h5", "head.h5", "plan.json"] {
      #expect(
        try Data(contentsOf: scratch.url.appending(path: "first/\(file)"))
          == Data(contentsOf: scratch.url.appending(path: "second/\(file)")), "\(file)")
    }
  }
}
