import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Settings as options", .serialized)
struct SettingOptionTests {
  /// A setting out of its range, as an option and in a plan file.
  struct Fault: CustomTestStringConvertible {
    /// Of the list of settings.
    let key: String
    let option: [String]
    /// What is in the phase, or in the head.
    let json: String
    let message: String
    var testDescription: String { key }

    init(_ key: String, _ option: [String], _ json: String, _ message: String) {
      self.key = key
      self.option = option
      self.json = json
      self.message = message
    }
  }

  private static let faults = [
    Fault("epochs", ["--epochs", "0"], #""epochs": 0"#, "epochs is 0, expected 1 to 100000"),
    Fault(
      "batchSize", ["--batch-size", "5000"], #""batchSize": 5000"#,
      "batchSize is 5000, expected 1 to 4096"),
    Fault(
      "accumulation", ["--accumulate", "0"], #""accumulation": 0"#,
      "accumulation is 0, expected 1 to 4096"),
    Fault(
      "learningRate", ["--learning-rate", "-1"], #""learningRate": -1"#,
      "learningRate is -1.0, expected more than 0"),
    Fault(
      "stageDecay", ["--stage-decay", "0.5"], #""stageDecay": 0.5"#,
      "stageDecay is 0.5, expected at least 1"),
    Fault("warmUp", ["--warm-up", "2"], #""warmUp": 2"#, "warmUp is 2.0, expected 0 to 1"),
    Fault(
      "weightDecay", ["--weight-decay", "-1"], #""weightDecay": -1"#,
      "weightDecay is -1.0, expected at least 0"),
    Fault(
      "labelSmoothing", ["--label-smoothing", "1"], #""labelSmoothing": 1"#,
      "labelSmoothing is 1.0, expected 0 to below 1"),
    Fault("clip", ["--clip", "-1"], #""clip": -1"#, "clip is -1.0, expected more than 0"),
    Fault(
      "earlyStop", ["--early-stop", "-1"], #""earlyStop": -1"#,
      "earlyStop is -1, expected at least 1"),
    Fault("ema", ["--ema", "1"], #""ema": 1"#, "ema is 1.0, expected 0 to below 1"),
    Fault(
      "views", ["--head-views", "65"],
      #""method": "solve", "views": 65, "augmentation": "light""#,
      "views is 65, expected 0 to 64"),
    Fault(
      "momentum", ["--momentum", "1.5"], #""optimizer": {"name": "sgd", "momentum": 1.5}"#,
      "momentum is 1.5, expected 0 to below 1"),
    Fault(
      "pcaJitter", ["--pca-jitter", "2"], #""augmentation": {"pcaJitter": {"sigma": 2}}"#,
      "augmentation: pcaJitter.sigma is 2.0, expected 0 to 1"),
    Fault(
      "mixup", ["--mixup", "-1"], #""augmentation": {"mixup": -1}"#,
      "augmentation: mixup is -1.0, expected 0 to 10"),
    Fault(
      "cutmix", ["--cutmix", "11"], #""augmentation": {"cutmix": 11}"#,
      "augmentation: cutmix is 11.0, expected 0 to 10"),
    Fault("hidden", ["--head-hidden", "0"], #""hidden": 0"#, "hidden is 0, expected 1 to 65536"),
    Fault(
      "dropout", ["--head-hidden", "8", "--head-dropout", "1"], #""hidden": 8, "dropout": 1"#,
      "dropout is 1.0, expected 0 to below 1"),
  ]

  /// Which have no range but a few values, of which the parser says what it expects.
  private static let choices = [
    "method", "optimizer", "schedule", "batchNorm", "augmentation", "balance", "keep",
  ]

  @Test("every setting that has a range is tested here")
  func complete() {
    let offered =
      Phase.settings.filter { $0.option != nil }.map(\.key) + HeadLayers.settings.map(\.key)
    #expect(Set(offered) == Set(Self.faults.map(\.key) + Self.choices))
  }

  @Test("one that is out of its range is refused in the same words as in a file", arguments: faults)
  func ranges(_ fault: Fault) throws {
    let scratch = try TemporaryFolder()
    let isOfHead = HeadLayers.settings.contains { $0.key == fault.key }
    let head = isOfHead ? #""head": {\#(fault.json)}, "# : ""
    let method = fault.json.contains("method") ? "" : #", "method": "sgd""#
    let own = isOfHead ? "" : ", " + fault.json
    let text =
      #"{"name": "mine", \#(head)"phases": [{"name": "p", "scope": "head"\#(method)\#(own)}]}"#
    let file = try scratch.write("mine.json", Array(text.utf8))
    let error = #expect(throws: PlanError.self) { _ = try FineTuningPlan(contentsOf: file) }
    #expect(error?.description.hasSuffix(fault.message) == true, "\(String(describing: error))")

    let outcome = try Finetune.run(
      ["--base", "mobilenet", "--data", "x", "--plan", "last-stage"] + fault.option)
    #expect(outcome.status == 64)
    #expect(outcome.firstLine.hasSuffix(fault.message), "\(outcome.errors)")
  }

  @Test("a run is continued with the options that it was begun with, and refuses others")
  func resuming() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let begun = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--head", "sgd", "--epochs",
        "2",
        "--learning-rate", "0.01", "--clip", "0", "--optimizer", "lars", "--mixup", "0.2", "--seed",
        "3",
        "--allow-missing", "a*", "--allow-missing", "b", "--output", "run", "--progress", "none",
      ], in: scratch.url)
    #expect(begun.status == 0, "\(begun.errors)")
    func resume(_ options: [String]) throws -> Finetune.Outcome {
      try Finetune.run(["--output", "run", "--resume"] + options, in: scratch.url)
    }
    let same = [
      [], ["--learning-rate", "0.01"], ["--seed=3", "--clip", "0"], ["--optimizer", "lars"],
      ["--allow-missing", "b"],
      ["--threads", "1", "--offline", "--progress=none", "--histograms", "2"],
    ]
    for options in same {
      let outcome = try resume(options)
      #expect(outcome.status == 0, "\(options): \(outcome.errors)")
      #expect(outcome.firstLine == "'run' is finished; there is nothing to continue")
    }
    let others = [
      (
        ["--learning-rate", "0.02"], "make plan.phases[0].learningRate 0.02, where the run has 0.01"
      ),
      (["--seed", "0"], "make seed 0, where the run has 3"),
      (["--clip", "1"], "make plan.phases[0].clip 1, where the run has not set"),
      (["--mixup", "0"], "make plan.phases[0].augmentation none, where the run has"),
      (["--allow-missing", "c"], #"make base.allowMissing ["a*","b","c"], where the run has"#),
      (["--resize", "squash"], "make resize squash, where the run has not set"),
    ]
    for (options, message) in others {
      let outcome = try resume(options)
      #expect(outcome.status == 64, "\(options)")
      #expect(outcome.firstLine.contains(message), "\(outcome.errors)")
    }

    // Of a version that recorded no choices.
    let file = scratch.url.appending(path: "run/job.json")
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    var former = try #require(record as? [String: Any])
    #expect(former.removeValue(forKey: "choices") != nil)
    try JSONSerialization.data(withJSONObject: former).write(to: file)
    #expect(try resume(["--threads", "1"]).status == 0)
    let refused = try resume(["--seed", "3"])
    #expect(refused.status == 64)
    #expect(refused.firstLine.contains("which a former version began"), "\(refused.errors)")
  }
}
