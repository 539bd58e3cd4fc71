import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("What this program wrote and something has damaged", .serialized)
struct DamageTests {
  /// A file, and what is read of it.
  struct Reading: Sendable, CustomStringConvertible {
    let description: String
    /// Relative to the folder of the run and its exports.
    let path: String
    /// Damages that are tried: fewer where reading builds a network.
    var rounds = 1000
    let read: @Sendable (URL) throws -> Content
  }

  /// All that somebody could go on with.
  struct Content: Equatable {
    var tensors: [String: Tensor] = [:]
    var head: HeadFile?
    var record: RunRecord?
    var labels: [String]?
    var photos: [Photo] = []
    var rows: [PredictionRow] = []
    var metadata: ModelMetadata?
  }

  private static func model(_ file: String) -> Reading {
    Reading(description: file, path: file, rounds: 300) { folder in
      var source = Base.Source(folder.appending(path: file).path)
      source.isOffline = true
      let loaded = try Classifier(source)
      return Content(tensors: loaded.tensors, labels: loaded.labels)
    }
  }

  private static func run(_ file: String) -> Reading {
    Reading(description: file, path: "run/\(file)", rounds: 300) { folder in
      let run = try Run(folder.appending(path: "run"))
      let classifier = try Classifier(run)
      // Where the digest's own name is damaged, all else is what it was.
      var record = run.record
      record.digest = nil
      return Content(
        tensors: classifier.tensors, record: record, labels: run.labels,
        photos: run.photos.all)
    }
  }

  private static func head(_ file: String) -> Reading {
    Reading(description: file, path: file) { folder in
      Content(head: try readHead(folder.appending(path: file)))
    }
  }

  static let readings: [Reading] = [
    head("head.h5"), head("head.safetensors"), model("model.h5"), model("model.keras"),
    Reading(description: "model.safetensors", path: "model.safetensors") { folder in
      let file = try KerasWeightFile(folder.appending(path: "model.safetensors"))
      let network = try Run(folder.appending(path: "run")).network(base: Tiny.model().network)
      return Content(tensors: try file.load(network.parameters, for: "it").tensors)
    },
    Reading(description: "predictions.jsonl", path: "run/predictions.jsonl", rounds: 300) {
      Content(rows: try Run($0.appending(path: "run")).predictions)
    },
    run("run.json"), run("split.json"), run("labels.json"), run("plan.json"), run("weights.h5"),
  ]

  private static let folder = Result { try prepare() }

  private static func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4, resize: "crop")
    var commands: [[String]] = []
    for file in ["model.h5", "model.keras", "model.safetensors"] {
      commands.append(["export", "run", "--output", file])
    }
    for file in ["head.h5", "head.safetensors"] {
      commands.append(["export", "run", "--format", "head", "--output", file])
    }
    for command in commands {
      let outcome = try Finetune.run(command, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    return scratch
  }

  @Test(
    "is refused, or is what it was: no bit and no missing end goes unnoticed and changes numbers",
    .tags(.slow), .unlessQuick, arguments: readings)
  func damage(_ reading: Reading) throws {
    let folder = try Self.folder.get()
    let url = folder.url.appending(path: reading.path)
    let whole = try Data(contentsOf: url)
    defer { try? whole.write(to: url) }
    let expected = try reading.read(folder.url)
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for round in 0..<reading.rounds {
      var bytes = whole
      let place = Int.random(in: 0..<whole.count, using: &random)
      let bit = UInt8.random(in: 0..<8, using: &random)
      if round % 10 == 0 { bytes = bytes.prefix(place) } else { bytes[place] ^= 1 << bit }
      try bytes.write(to: url)
      do {
        let found = try reading.read(folder.url)
        // Not the contents themselves, which a failure would print.
        let isSame = found == expected
        #expect(
          isSame,
          "\(reading), \(round % 10 == 0 ? "cut to \(place)" : "bit \(bit) of byte \(place)")")
      } catch {
        refused += 1
      }
    }
    #expect(refused >= reading.rounds / 10, "cut files are never whole")
  }

  @Test(
    "weights that are finite and far too large are an error, and no answer",
    arguments: [
      ["predict", "photos/red/0.jpg"], ["features", "--data", "photos", "--csv"],
      ["evaluate", "--data", "photos", "--labels", "labels.txt"],
    ])
  func overflow(_ command: [String]) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    try scratch.write("labels.txt", "blue\ngreen\nred".utf8)
    var network = Network(input: [32, 32, 3])
    for name in ["first", "second", "third", "fourth"] {
      try network.add(name, Convolution2D(4, kernel: 3, activation: .relu), to: network.output)
    }
    try network.add("pool", GlobalAveragePooling2D(), to: network.output)
    try network.add("answer", Dense(3, activation: .softmax), to: network.output)
    let tensors = network.initialTensors(seed: 1).mapValues { Tensor(repeating: 1e9, $0.shape) }
    try writeKerasArchive(
      network, named: "huge", tensors, metadata: nil,
      to: scratch.url.appending(path: "huge.keras"))
    let outcome = try Finetune.run(
      [command[0], "--base", "huge.keras", "--preprocessing", "none"] + command.dropFirst(),
      in: scratch.url)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.errors.contains("are not finite though all weights are"))
  }

  @Test("a pipe in place of any file of a run is never waited for")
  func pipes() throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    let run = scratch.url.appending(path: "run")
    let files = try FileManager.default.contentsOfDirectory(atPath: run.path)
      .map { run.appending(path: $0) }.filter {
        (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
      }
    let names = files.map(\.lastPathComponent)
    #expect(Set(names).isSuperset(of: ["events.jsonl", "inspection.json", "report.json"]))
    for file in files {
      let aside = scratch.url.appending(path: "aside")
      try FileManager.default.moveItem(at: file, to: aside)
      try #require(mkfifo(file.path, 0o600) == 0)
      let listed = try Finetune.run(["runs", "."], in: scratch.url)
      #expect(listed.status == 0, "\(file.lastPathComponent): \(listed.errors)")
      let evaluated = try Finetune.run(
        ["evaluate", "run", "--data", "photos", "--report", "page.html"], in: scratch.url)
      let isNeeded = [
        "run.json", "labels.json", "split.json", "plan.json", "weights.h5", "head.h5",
      ]
      .contains(file.lastPathComponent)
      #expect(
        evaluated.status == 0 || isNeeded && [65, 66, 74].contains(evaluated.status),
        "\(file.lastPathComponent): \(evaluated.errors)")
      try FileManager.default.removeItem(at: file)
      try FileManager.default.moveItem(at: aside, to: file)
    }
  }
}
