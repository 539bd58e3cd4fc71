import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A model that was exported and is given back", .serialized)
struct ExportedModelTests {
  /// The probabilities of all photos, in order.
  private func predict(_ arguments: [String], in scratch: TemporaryFolder) throws -> [[Double]] {
    let photos = ["blue", "green", "red"].flatMap { name in
      (0..<2).map { "photos/\(name)/\($0).jpg" }
    }
    let outcome = try Finetune.run(["predict"] + arguments + photos + ["--json"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("note:"), "\(outcome.errors)")
    let predictions = try #require(try outcome.json()["predictions"] as? [[String: Any]])
    return try predictions.map { prediction in
      let top = try #require(prediction["top"] as? [[String: Any]])
      let byName = Dictionary(
        uniqueKeysWithValues: top.map { ($0["class"] as? String, $0["probability"] as? Double) })
      return ["blue", "green", "red"].map { (byName[$0] ?? nil) ?? .nan }
    }
  }

  private func evaluate(_ arguments: [String], in scratch: TemporaryFolder) throws -> [String: Any]
  {
    let outcome = try Finetune.run(
      ["evaluate"] + arguments + ["--data", "photos", "--json"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  /// Random weights with norms that keep features from vanishing on their way.
  private func lively(_ network: Network) -> [String: Tensor] {
    var tensors = network.initialTensors(seed: 1)
    for (name, tensor) in tensors where name.hasSuffix("/gamma") {
      tensors[name] = Tensor(repeating: 3, tensor.shape)
    }
    return tensors
  }

  /// A run on a base that scales photos in some way, and shows all of them.
  private func train(_ scaling: PreprocessingName, _ base: String, in scratch: TemporaryFolder)
    throws
  {
    let training = try Finetune.run(
      [
        "--base", base, "--preprocessing", scaling.rawValue, "--data", "photos", "--plan", "head",
        "--resize", "squash", "--output", "run",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
  }

  @Test(
    "answers as the run does, with nothing said again, whatever its scaling",
    .tags(.slow), .unlessQuick, arguments: PreprocessingName.allCases)
  func roundTrip(_ scaling: PreprocessingName) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    let network = try Tiny.model(.imageNet).network
    try writeKerasArchive(
      network, named: "base", lively(network), metadata: nil,
      to: scratch.url.appending(path: "base.keras"))
    try train(scaling, "base.keras", in: scratch)
    let expected = try predict(["run"], in: scratch)
    #expect(
      Set(expected.map(\.description)).count > 1, "photos that nothing tells apart prove nothing")
    let figures = try evaluate(["run"], in: scratch)
    for file in ["model.keras", "model.h5"] {
      let format = file == "model.h5" ? "keras-h5" : "keras"
      let export = try Finetune.run(
        ["export", "run", "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0, "\(export.errors)")
      let found = try predict(["--base", file], in: scratch)
      for (found, expected) in zip(found.joined(), expected.joined()) {
        // The file scales in another order, which rounds otherwise.
        #expect(abs(found - expected) < 5e-6, "\(file): \(found), expected \(expected)")
      }
      let plain = "plain-\(file)"
      let same = try Finetune.run(
        ["export", "run", "--format", format, "--preprocessing", "none", "--output", plain],
        in: scratch.url)
      #expect(same.status == 0, "\(same.errors)")
      for (found, expected) in zip(
        try predict(["--base", plain], in: scratch).joined(), expected.joined())
      {
        #expect(abs(found - expected) < 1e-6, "\(plain): \(found), expected \(expected)")
      }
      let measured = try evaluate(["--base", file], in: scratch)
      for key in ["logLoss", "accuracy", "images"] {
        let (found, expected) = (measured[key] as? Double, figures[key] as? Double)
        #expect(abs((found ?? .nan) - (expected ?? .nan)) < 5e-6, "\(file), \(key)")
      }
      let training = try Finetune.run(
        ["--base", file, "--data", "photos", "--plan", "head", "--output", "again-\(format)"],
        in: scratch.url)
      #expect(training.status == 0, "\(training.errors)")
      #expect(!training.errors.contains("preprocess"), "\(training.errors)")
      let again = try Run(scratch.url.appending(path: "again-\(format)"))
      // Scaling is inside the file, which reads pixels.
      #expect(again.record.preprocessing == .none)
    }
  }

  @Test("what a file says is overruled by what the user says, and refused where it is damaged")
  func overruled() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    let model = try Tiny.model(.features)
    let network = try model.network.addingHead(
      named: "head", classes: 3, activation: .softmax)
    func write(_ preprocessing: String, labels: [String]) throws {
      let metadata = ModelMetadata(
        labels: labels, preprocessing: preprocessing, baseName: "x", baseDigest: "x",
        imageSize: 32, resize: "squash")
      try writeKerasArchive(
        network, named: "m", lively(network), metadata: metadata,
        to: scratch.url.appending(path: "m.keras"))
    }
    func predict(_ options: [String] = []) throws -> Finetune.Outcome {
      try Finetune.run(
        ["predict", "--base", "m.keras"] + options + ["photos/red/0.jpg"], in: scratch.url)
    }
    let unit = String(decoding: try JSONEncoder().encode(Preprocessing.unit), as: UTF8.self)
    try write(unit, labels: ["a", "b", "c"])
    let plain = try predict()
    #expect(plain.status == 0 && plain.output.contains("  a"), "\(plain.errors)")
    #expect(try predict(["--preprocessing", "unit", "--resize", "squash"]).output == plain.output)
    #expect(try predict(["--preprocessing", "none"]).output != plain.output)
    try scratch.write("labels.txt", "x\ny\nz".utf8)
    #expect(try predict(["--labels", "labels.txt"]).output.contains("  x"))

    try write(unit, labels: ["a", "b"])
    let few = try predict()
    #expect(few.status == 65 && few.firstLine.contains("3 classes apart, but there are 2"))
    let gray = String(decoding: try JSONEncoder().encode(Preprocessing.unit.gray), as: UTF8.self)
    for damaged in ["{}", "no JSON", gray, unit.replacing("[1,1,1]", with: "[1,1]")] {
      try write(damaged, labels: ["a", "b", "c"])
      let outcome = try predict()
      #expect(
        outcome.status == 65 && outcome.firstLine.contains("says how photos are preprocessed"))
      #expect(try predict(["--preprocessing", "unit"]).status == 0)
    }
  }

  @Test("a run and a model exclude each other, and one of them has to be there")
  func usage() throws {
    for arguments in [
      ["evaluate", "--data", "x"], ["evaluate", "run", "--base", "m.keras", "--data", "x"],
    ] {
      let outcome = try Finetune.run(arguments)
      #expect(outcome.status == 64 && outcome.firstLine.contains("--base"), "\(outcome.errors)")
    }
  }
}
