import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A base that is a file", .serialized)
struct FileBaseTests {
  /// Photos, a run on them, and the run's model as two Keras files.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--resize", "crop",
        "--output", "run",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    for (format, file) in [("keras-h5", "model.h5"), ("keras", "model.keras")] {
      let export = try Finetune.run(
        ["export", "run", "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0, "\(export.errors)")
    }
    try scratch.write("labels.txt", Array("0 blue\n1 green\n2 red\n".utf8))
    // The same as somebody else's file, which says nothing of labels and scaling.
    let own = try KerasWeightFile(scratch.url.appending(path: "model.h5"))
    let network = try KerasModel(own)
    try writeKerasModel(
      network.network, named: "model", own.load(network.network.parameters, for: "model").tensors,
      metadata: nil, to: scratch.url.appending(path: "foreign.h5"))
    return scratch
  }

  /// The probabilities by class.
  private func predict(_ arguments: [String], in scratch: TemporaryFolder) throws -> [String:
    Double]
  {
    let outcome = try Finetune.run(
      ["predict"] + arguments + ["photos/green/0.jpg", "--json"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let predictions = try #require(try outcome.json()["predictions"] as? [[String: Any]])
    let top = try #require(predictions.first?["top"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: top.compactMap { choice in
        guard let name = choice["class"] as? String, let p = choice["probability"] as? Double
        else { return nil }
        return (name, p)
      })
  }

  @Test(
    "predicts what the run it was exported from does, and is fine-tuned like a zoo model",
    .tags(.slow), .unlessQuick)
  func wholeJob() throws {
    let scratch = try prepare()
    let expected = try predict(["run"], in: scratch)
    for file in ["model.h5", "model.keras", "foreign.h5"] {
      let isForeign = file == "foreign.h5"
      let labels = isForeign ? ["--labels", "labels.txt"] : []
      let found = try predict(["--base", file] + labels, in: scratch)
      #expect(found.keys.sorted() == ["blue", "green", "red"])
      for (name, probability) in found {
        #expect(abs(probability - (expected[name] ?? .nan)) < 1e-5, "\(file), \(name)")
      }
      let table = try Finetune.run(["models", file, "--json"], in: scratch.url).json()
      #expect(table["inputShape"] as? [Int] == [32, 32, 3])
      let shown = try Finetune.run(["weights", "show", file], in: scratch.url)
      #expect(shown.status == 0)

      let run = "run-\(file)"
      let training = try Finetune.run(
        [
          "--base", file, "--data", "photos", "--epochs", "1", "--resize", "crop", "--output", run,
          "--progress", "lines",
        ], in: scratch.url)
      #expect(training.status == 0, "\(training.errors)")
      #expect(
        training.errors.contains("built like mobilenet, so photos are preprocessed") == isForeign)
      // The run needs the file no more.
      try FileManager.default.removeItem(atPath: scratch.path(file))
      let evaluation = try Finetune.run(
        ["evaluate", run, "--data", "photos", "--json"], in: scratch.url)
      #expect(evaluation.status == 0, "\(evaluation.errors)")
      let again = try Finetune.run(
        ["export", run, "--format", "keras", "--output", "again.keras"], in: scratch.url)
      #expect(again.status == 0, "\(again.errors)")
      let tuned = try predict([run], in: scratch)
      for (name, p) in try predict(
        ["--base", "again.keras", "--labels", "labels.txt"], in: scratch)
      {
        #expect(abs(p - (tuned[name] ?? .nan)) < 1e-5, "\(run), \(name)")
      }
      try FileManager.default.removeItem(atPath: scratch.path("again.keras"))
    }
  }

  @Test("a run is a base for the next, and so are its weights", .tags(.slow), .unlessQuick)
  func runAsBase() throws {
    let scratch = try prepare()
    let photo = "photos/green/0.jpg"
    func probabilities(_ arguments: [String]) throws -> String {
      let outcome = try Finetune.run(
        ["predict"] + arguments + [photo, "--json"], in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    let expected = try probabilities(["run"])
    #expect(try probabilities(["--base", "run"]) == expected)

    // The same features, of the run and of its weights in the network that it tuned.
    let resize = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: scratch.url.appending(path: "run/run.json"))) as? [String: Any])
    let view = try #require(resize["resize"] as? String)
    for (file, base) in [
      ("a.h5", ["--base", "run"]),
      ("b.h5", Tiny.options + ["--weights", "run/weights.h5", "--resize", view]),
    ] {
      let outcome = try Finetune.run(
        ["features"] + base + ["--data", "photos", "--output", file], in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let features = try ["a.h5", "b.h5"].map {
      try Data(contentsOf: scratch.url.appending(path: $0))
    }
    #expect(features[0] == features[1])

    for (run, base) in [
      ("next", ["--base", "run"]),
      ("other", ["--base", "model.keras", "--weights", "run/weights.h5"]),
    ] {
      let training = try Finetune.run(
        base + ["--data", "photos", "--plan", "head", "--output", run, "--progress", "lines"],
        in: scratch.url)
      #expect(training.status == 0, "\(training.errors)")
      #expect(training.errors.contains("head/kernel"), "what is left of the weights is named")
      let evaluation = try Finetune.run(
        ["evaluate", run, "--data", "photos", "--json"], in: scratch.url)
      #expect(evaluation.status == 0, "\(evaluation.errors)")
    }
    let again = try Finetune.run(
      ["--base", "next", "--alpha", "0.5", "--data", "photos", "--output", "x"], in: scratch.url)
    #expect(again.status == 64 && again.firstLine.contains("'next' says its own"))
  }

  @Test("a file's photos are squashed unless it says otherwise, and notes say so with the options")
  func views() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    try scratch.write("labels.txt", Array("a\nb\nc\n".utf8))
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "WeightFilesTests/Keras2/functional_in_functional.h5").path
    var outputs: [String: String] = [:]
    for resize in [nil, "squash", "crop"] {
      let outcome = try Finetune.run(
        ["predict", "--base", file, "--labels", "labels.txt", "photos/red/0.jpg", "--json"]
          + (resize.map { ["--resize", $0] } ?? []), in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      outputs[resize ?? ""] = outcome.output
      #expect(outcome.errors.contains("--preprocessing none|unit|signed|caffe|torch"))
      #expect(outcome.errors.contains("--resize crop|squash") == (resize == nil))
    }
    #expect(outputs[""] == outputs["squash"] && outputs[""] != outputs["crop"])
  }

  @Test("what cannot be is said in one line")
  func faults() throws {
    let scratch = try prepare()
    let file = ["predict", "--base", "foreign.h5", "photos/red/0.jpg"]
    try scratch.write("two.txt", Array("a\nb\n".utf8))
    let cases: [(arguments: [String], status: Int32, words: String)] = [
      (file, 64, "give --labels FILE"),
      (file + ["--labels", "two.txt"], 65, "3 classes apart, but there are 2"),
      (file + ["--labels", "labels.txt", "--alpha", "0.5"], 64, "--alpha and --channels"),
      (
        ["predict", "--base", "mobilenet", "--preprocessing", "unit", "photos/red/0.jpg"], 64,
        "--preprocessing is for a base that is a file"
      ),
      (
        ["--base", "tiny.h5", "--data", "photos", "--output", "x"], 65,
        "has weights only and does not say for which network"
      ),
      (["--base", "absent.keras", "--data", "photos", "--output", "x"], 66, "absent.keras"),
      (
        ["--base", "alphago", "--weights", "none", "--data", "photos", "--output", "x"], 64,
        "reads [19, 19, 48], not photos"
      ),
      (
        [
          "features", "--base", "sequence1d", "--weights", "none", "--data", "photos", "--output",
          "x",
        ],
        64, "not photos"
      ),
    ]
    for (arguments, status, words) in cases {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.firstLine.contains(words), "\(outcome.errors)")
      #expect(!scratch.has("x"))
    }
  }
}
