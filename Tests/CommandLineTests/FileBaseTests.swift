import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A base that is a file", .serialized)
struct FileBaseTests {
  /// Photos, a run on them, and the run's model as two Keras files.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 6, resize: "crop")
    for (format, file) in [("keras-h5", "model.h5"), ("keras", "model.keras")] {
      let export = try Finetune.run(
        ["export", "run", "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0, "\(export.errors)")
    }
    try scratch.write("labels.txt", Array("0 blue\n1 green\n2 red\n".utf8))
    // The same as somebody else's file, which says nothing of labels and scaling.
    let plain = try Finetune.run(
      ["export", "run", "--output", "plain.h5", "--preprocessing", "none"], in: scratch.url)
    #expect(plain.status == 0, "\(plain.errors)")
    let own = try KerasWeightFile(scratch.url.appending(path: "plain.h5"))
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
      for line in [
        "  labels: blue, green, red\n", "  photos: 32 × 32 pixels, 'crop', scaled as 'none'",
      ] {
        #expect(shown.output.contains(line) != isForeign, "\(file): \(shown.output)")
      }

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
    let file = Self.foreign
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

  /// A functional model of somebody else's, with three classes.
  private static let foreign = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "WeightFilesTests/Keras2/functional_in_functional.h5").path

  @Test("a photo of a file's own size is the same however it is resized")
  func ownSize() throws {
    let scratch = try TemporaryFolder()
    let table = try Finetune.run(["models", Self.foreign, "--json"], in: scratch.url).json()
    let shape = try #require(table["inputShape"] as? [Int])
    let pixels = (0..<shape[0] * shape[1] * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    try scratch.write(
      "own.jpg", JPEG.encode(Image(width: shape[1], height: shape[0], pixels: pixels), quality: 90))
    func output(_ arguments: [String]) throws -> String {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    let views = ["crop", "squash", "fit", "cover"]
    #expect(
      try Set(
        views.map {
          try output(["predict", "--base", Self.foreign, "--resize", $0, "--json", "own.jpg"])
        }
      ).count == 1)
    try FileManager.default.createDirectory(
      at: scratch.url.appending(path: "flat"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      at: scratch.url.appending(path: "own.jpg"), to: scratch.url.appending(path: "flat/own.jpg"))
    #expect(
      try Set(
        views.map {
          try output(
            ["features", "--base", Self.foreign, "--resize", $0, "--data", "flat", "--csv"])
        }
      ).count == 1)
  }

  @Test("a file that does not name its classes answers with numbers, and is not measured by them")
  func numbers() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    let found = try Finetune.run(
      ["predict", "--base", Self.foreign, "photos/red/0.jpg", "--json"], in: scratch.url)
    #expect(found.status == 0, "\(found.errors)")
    #expect(
      found.errors.contains(
        "does not say what its 3 classes are, so they are numbered from 0 in the order of its outputs; for "
          + "names give --labels FILE"))
    try scratch.write("labels.txt", Array("0\n1\n2\n".utf8))
    let named = try Finetune.run(
      ["predict", "--base", Self.foreign, "--labels", "labels.txt", "photos/red/0.jpg", "--json"],
      in: scratch.url)
    #expect(named.output == found.output && !named.errors.contains("numbered"))
    let measured = try Finetune.run(
      ["evaluate", "--base", Self.foreign, "--data", "photos"], in: scratch.url)
    #expect(measured.status == 64 && measured.firstLine.contains("3 classes apart"))
    #expect(measured.firstLine.contains("give --labels FILE"), "\(measured.errors)")
    // A single output tells two classes apart.
    let network = try Tiny.model(.features).network.addingHead(
      named: "head", classes: 1, activation: .sigmoid)
    try writeKerasModel(
      network, named: "m", network.initialTensors(seed: 1), metadata: nil,
      to: scratch.url.appending(path: "binary.h5"))
    let binary = try Finetune.run(
      ["predict", "--base", "binary.h5", "photos/red/0.jpg", "--csv"], in: scratch.url)
    #expect(binary.status == 0, "\(binary.errors)")
    let row = try #require(binary.output.split(separator: "\n").last).split(
      separator: ",", omittingEmptySubsequences: false)
    #expect(Set([row[2], row[4]]) == ["0", "1"] && row[6].isEmpty)
  }

  @Test("what cannot be is said in one line")
  func faults() throws {
    let scratch = try prepare()
    let file = ["predict", "--base", "foreign.h5", "photos/red/0.jpg"]
    try scratch.write("two.txt", Array("a\nb\n".utf8))
    let cases: [(arguments: [String], status: Int32, words: String)] = [
      (["evaluate", "--base", "foreign.h5", "--data", "photos"], 64, "give --labels FILE"),
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
