import Foundation
import TestSupport
import Testing

@Suite("Plans on the command line", .serialized)
struct PlanFileTests {
  private func scratch() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return scratch
  }

  private let command =
    Tiny.options + ["--weights", "tiny.h5", "--data", "photos", "--validation", "0.25"]

  @Test(
    "a plan file that does not fit is bad data, in one line",
    arguments: [
      (#""scope": "from block_7""#, ["mine", "'block_7'", "blocks conv1, conv_dw_1"]),
      (#""scope": "from conv_pw_3""#, ["'conv_pw_3' is a part of 'conv_dw_3'"]),
      (#""scope": "last 9""#, ["the last 9 stages", "has 5"]),
      (#""scope": "last 1", "epochs": 0"#, ["epochs is 0"]),
      (#""scope": "last 1", "learningRate": -0.1"#, ["learningRate is -0.1"]),
      (#""scope": "last 1", "batchSize": 500"#, ["batchSize is 500", "9 photos"]),
      (#""scope": "last 1", "colour": "red""#, ["'colour' is not a setting"]),
      (
        #""scope": "last 1", "epochs": 2, "epochs": 3"#,
        ["has bad JSON: with the key 'epochs' twice"]
      ),
      (#""scope": "some""#, ["'some' is no scope"]),
      (#""scope": "all", "optimizer": "adam""#, ["'adam' is no optimizer"]),
    ])
  func badFiles(_ settings: String, _ words: [String]) throws {
    let scratch = try scratch()
    let text = #"{"name": "mine", "phases": [{"name": "p", "method": "sgd", \#(settings)}]}"#
    try scratch.write("mine.json", Array(text.utf8))
    let outcome = try Finetune.run(
      command + ["--plan", "mine.json", "--output", "run"], in: scratch.url)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.firstLine.hasPrefix("finetune: "))
    for word in words + ["mine"] { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
    #expect(!scratch.has("run"))
  }

  @Test("a plan file's head may have a hidden layer, which options replace, but cannot be solved")
  func headLayers() throws {
    let scratch = try scratch()
    func dryRun(
      _ method: String, _ options: [String] = [],
      head: String = #""head": {"hidden": 24, "dropout": 0.5}, "#
    ) throws -> Finetune.Outcome {
      let text =
        #"{"name": "mine", \#(head)"phases": "#
        + #"[{"name": "p", "method": "\#(method)", "scope": "head", "batchSize": 4}]}"#
      try scratch.write("mine.json", Array(text.utf8))
      return try Finetune.run(
        command + ["--plan", "mine.json", "--dry-run"] + options, in: scratch.url)
    }
    let solved = try dryRun("solve")
    #expect(solved.status == 65)
    #expect(solved.firstLine.contains("method is 'solve', expected 'sgd'"), "\(solved.errors)")
    let given = try dryRun("sgd")
    #expect(given.output.contains("24 units with ReLU, of which a step leaves out 0.5"))
    let replaced = try dryRun("sgd", ["--head-hidden", "16", "--head-dropout", "0.25"])
    #expect(replaced.output.contains("16 units with ReLU, of which a step leaves out 0.25"))
    let changed = try dryRun(
      "solve", ["--head-hidden", "16", "--batch-size", "4"], head: "")
    #expect(changed.output.contains("30 epochs"), "\(changed.errors)")
    let wrong = try dryRun("sgd", ["--head", "solve"])
    #expect(wrong.status == 64)
    #expect(wrong.firstLine.contains("leave out --head solve"), "\(wrong.errors)")
    // Random weights leave no head to be found first, and plan 'head' one that is trained.
    for (plan, steps) in [("last-stage", "6 epochs"), ("head", "30 epochs")] {
      let random = try Finetune.run(
        Tiny.options + [
          "--weights", "none", "--data", "photos", "--plan", plan, "--head-hidden", "16",
          "--dry-run",
        ], in: scratch.url)
      #expect(random.status == 0, "\(random.errors)")
      #expect(random.output.contains(steps) && !random.output.contains("2. "), "\(random.output)")
    }
  }

  @Test("a batch larger than the data is wrong usage as an option, and no matter in a preset")
  func batches() throws {
    let scratch = try scratch()
    let wrong = try Finetune.run(command + ["--batch-size", "10", "--dry-run"], in: scratch.url)
    #expect(wrong.status == 64)
    #expect(wrong.firstLine.contains("batchSize is 10, but there are 9 photos"))
    let preset = try Finetune.run(command + ["--dry-run"], in: scratch.url)
    #expect(preset.status == 0)
    #expect(preset.output.contains("batch 9"))
  }

  @Test("the plan of a run, expanded, repeats it")
  func repeated() throws {
    let scratch = try scratch()
    let first = try Finetune.run(
      command + [
        "--plan", "gradual", "--epochs", "1", "--optimizer", "adamw", "--ema", "0.9", "--balance",
        "weights", "--mixup", "0.2", "--schedule", "one-cycle", "--accumulate", "2", "--batch-size",
        "4", "--output", "one", "--progress", "none",
      ], in: scratch.url)
    #expect(first.status == 0, "\(first.errors)")
    let plan = try String(contentsOfFile: scratch.path("one/plan.json"), encoding: .utf8)
    #expect(plan.contains("unfreezing 5 of 5"))
    #expect(!plan.contains(#""scope" : "gradual""#))
    let second = try Finetune.run(
      command + ["--plan", "one/plan.json", "--output", "two", "--progress", "none"],
      in: scratch.url)
    #expect(second.status == 0, "\(second.errors)")
    for file in ["plan.json", "weights.h5", "head.h5"] {
      let one = try Data(contentsOf: scratch.url.appending(path: "one/\(file)"))
      #expect(try one == Data(contentsOf: scratch.url.appending(path: "two/\(file)")), "\(file)")
    }
  }

  @Test("the rate finder writes a plot beside the run, and no run", arguments: ["lines", "json"])
  func rates(style: String) throws {
    let scratch = try scratch()
    let outcome = try Finetune.run(
      command + ["--find-rate", "--output", "new/run", "--progress", style, "--augment", "none"],
      in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("new/run-rates.svg"))
    #expect(outcome.output.split(separator: "\n").count == (style == "json" ? 1 : 2))
    #expect(scratch.has("new/run-rates.svg") && !scratch.has("new/run"))
    try scratch.write("new/run-rates.svg", "mine".utf8)
    let again = try Finetune.run(
      command + ["--find-rate", "--output", "new/run"], in: scratch.url)
    #expect(again.status == 73, "\(again.errors)")
    #expect(again.errors.contains("'new/run-rates.svg' is there already"), "\(again.errors)")
    let kept = try String(contentsOfFile: scratch.path("new/run-rates.svg"), encoding: .utf8)
    #expect(kept == "mine")
    let none = try Finetune.run(
      command + ["--find-rate", "--plan", "head", "--output", "run"], in: scratch.url)
    #expect(none.status == 64)
    #expect(none.firstLine.contains("--head sgd"))
  }
}
