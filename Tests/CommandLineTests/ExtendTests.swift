import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("finetune extend", .serialized)
struct ExtendTests {
  /// A photo of patches in the class's colour, each photo with patches of its own.
  private func photo(_ path: String, class name: String, number: Int, _ scratch: TemporaryFolder)
    throws
  {
    let side = 48
    let hue = ["ash", "birch", "cedar", "oak"].firstIndex(of: name) ?? 0
    let pixels = (0..<side * side).flatMap { pixel -> [UInt8] in
      let patch = pixel / side / 8 * 6 + pixel % side / 8
      var random = CounterRandom(
        seed: UInt64(hue), epoch: UInt64(number), index: UInt64(patch))
      let shade = random.next() % 160
      return (0..<3).map { channel in
        UInt8(min(255, shade + (channel == hue % 3 ? 60 : 0) + (hue == 3 ? 40 : 0)))
      }
    }
    try scratch.write(
      path, JPEG.encode(Image(width: side, height: side, pixels: pixels), quality: 90))
  }

  /// Photos `numbers` of a class, in its folder.
  private func write(
    _ folder: String, _ name: String, _ numbers: Range<Int>, _ scratch: TemporaryFolder
  ) throws {
    for number in numbers {
      try photo("\(folder)/\(name)/\(number).jpg", class: name, number: number, scratch)
    }
  }

  /// Runs the program with a cache that stays.
  private func run(_ arguments: [String], _ scratch: TemporaryFolder) throws -> Finetune.Outcome {
    try Finetune.run(
      arguments, in: scratch.url, through: "export FINETUNE_CACHE='\(scratch.path("cache"))'")
  }

  private func train(
    _ data: String, _ output: String, _ options: [String] = [], _ scratch: TemporaryFolder
  ) throws {
    let outcome = try run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", data, "--output", output, "--progress", "none",
      ] + (options.contains("--plan") ? [] : ["--plan", "head"]) + options, scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func extend(
    _ data: String = "more", _ options: [String] = [], _ scratch: TemporaryFolder
  ) throws -> Finetune.Outcome {
    try run(
      ["extend", "run", "--data", data, "--output", "extended", "--progress", "lines"] + options,
      scratch)
  }

  private func remove(_ path: String, _ scratch: TemporaryFolder) throws {
    try FileManager.default.removeItem(at: scratch.url.appending(path: path))
  }

  /// What a head's penalty was chosen to be, and what was reported of it.
  private struct Finding: Equatable {
    var penalties: [Double]
    var accuracy: Double
    var logLoss: Double
    var images: Int

    init(_ run: String, _ scratch: TemporaryFolder) throws {
      func object(_ data: Data) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      }
      let events = try String(
        contentsOf: scratch.url.appending(path: "\(run)/events.jsonl"), encoding: .utf8)
      penalties = try events.split(separator: "\n").compactMap {
        let event = try object(Data($0.utf8))
        return event["event"] as? String == "head" ? event["penalty"] as? Double : nil
      }
      let report = try object(
        Data(contentsOf: scratch.url.appending(path: "\(run)/report.json")))
      accuracy = try #require(report["accuracy"] as? Double)
      logLoss = try #require(report["logLoss"] as? Double)
      images = try #require(report["images"] as? Int)
    }
  }

  /// Compares the head of an extended run with that of a fresh one.
  private func expectEqual(
    _ extended: String, _ fresh: String, _ scratch: TemporaryFolder,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let heads = try [extended, fresh].map {
      try readHead(scratch.url.appending(path: "\($0)/head.h5"))
    }
    #expect(
      heads[0].metadata.labels == heads[1].metadata.labels, sourceLocation: sourceLocation)
    let kernels = heads.map { $0.layers[0].kernel.values + $0.layers[0].bias.values }
    try #require(kernels[0].count == kernels[1].count, sourceLocation: sourceLocation)
    let largest = kernels[1].map { abs($0) }.max() ?? 0
    let worst = zip(kernels[0], kernels[1]).map { abs($0 - $1) }.max() ?? 0
    #expect(largest > 0 && worst <= 1e-5 * largest, sourceLocation: sourceLocation)
    let found = try Finding(extended, scratch)
    let expected = try Finding(fresh, scratch)
    #expect(!expected.penalties.isEmpty && found.penalties == expected.penalties)
    #expect(found.images == expected.images && found.accuracy == expected.accuracy)
    #expect(abs(found.logLoss - expected.logLoss) < 1e-5, sourceLocation: sourceLocation)
  }

  /// How the earlier and the later photos are arranged: each a list of folder, class and numbers.
  enum Arrangement: String, CaseIterable {
    case flat, oneNewClass, morePhotosOfAClass, given, laterGiven, tested

    typealias Part = (folder: String, name: String, numbers: Range<Int>)

    var earlier: [Part] {
      switch self {
      case .flat, .oneNewClass, .morePhotosOfAClass, .laterGiven:
        [("", "birch", 0..<12), ("", "oak", 0..<15)]
      case .given, .tested:
        [
          ("train", "birch", 0..<12), ("train", "oak", 0..<15),
          (self == .given ? "val" : "test", "birch", 20..<24),
          (self == .given ? "val" : "test", "oak", 20..<24),
        ]
      }
    }

    var later: [Part] {
      switch self {
      case .flat: [("", "ash", 0..<10), ("", "cedar", 0..<14)]
      case .oneNewClass: [("", "cedar", 0..<14)]
      case .morePhotosOfAClass: [("", "birch", 30..<41)]
      case .given, .tested: [("train", "cedar", 0..<14), ("val", "cedar", 20..<25)]
      case .laterGiven: [("train", "ash", 0..<14), ("val", "ash", 20..<25)]
      }
    }

    /// Where the photos of a part are in a folder of all.
    func together(_ part: Part) -> String {
      let isDivided = (earlier + later).contains { !$0.folder.isEmpty }
      return isDivided && part.folder.isEmpty ? "train" : part.folder
    }
  }

  @Test(
    "gives the head of a training on both, without the earlier photos or the base's weight file",
    arguments: Arrangement.allCases)
  func equalsFresh(_ arrangement: Arrangement) throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for (root, parts) in [("old", arrangement.earlier), ("more", arrangement.later)] {
      for part in parts {
        try write("\(root)/\(part.folder)", part.name, part.numbers, scratch)
        try write("both/\(arrangement.together(part))", part.name, part.numbers, scratch)
      }
    }
    try train("old", "run", [], scratch)
    try train("both", "fresh", [], scratch)
    if arrangement != .tested { try remove("old", scratch) }
    try remove("tiny.h5", scratch)
    let outcome = try extend("more", [], scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("report: extended/report.html"))
    try expectEqual("extended", "fresh", scratch)
    // It is a run like any other.
    let photo = "more/\(arrangement.later[0].folder)/\(arrangement.later[0].name)"
    let prediction = try run(
      ["predict", "extended", "\(photo)/\(arrangement.later[0].numbers.lowerBound).jpg"], scratch)
    #expect(prediction.status == 0, "\(prediction.errors)")
  }

  @Test(
    "can be repeated, resumed for its report, and takes a list; a photo that comes again counts once"
  )
  func again() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    try write("old", "birch", 0..<12, scratch)
    try write("old", "oak", 0..<12, scratch)
    try write("both", "ash", 0..<10, scratch)
    try write("both", "birch", 0..<12, scratch)
    try write("both", "cedar", 0..<10, scratch)
    try write("both", "oak", 0..<12, scratch)
    try write("more", "ash", 0..<10, scratch)
    // Under another name, but the same bytes.
    try photo("more/oak/again.jpg", class: "oak", number: 3, scratch)
    try train("old", "run", [], scratch)
    try train("both", "fresh", [], scratch)
    try remove("old", scratch)
    let first = try extend("more", [], scratch)
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      first.errors.contains("note: 1 photo is known already, by bytes and class; each counts once"))
    #expect(try Run(scratch.url.appending(path: "extended")).labels == ["ash", "birch", "oak"])

    let names = (0..<10).map { "later/cedar/\($0).jpg,cedar" }
    try write("later", "cedar", 0..<10, scratch)
    try scratch.write("later.csv", Data((["path,label"] + names).joined(separator: "\n").utf8))
    let second = try run(
      ["extend", "extended", "--data", "later.csv", "--progress", "none"], scratch)
    #expect(second.status == 0, "\(second.errors)")
    try expectEqual("runs/extended-extended", "fresh", scratch)

    let report = scratch.url.appending(path: "extended/report.json")
    let before = try Data(contentsOf: report)
    for name in ["report.json", "report.html", "predictions.jsonl"] {
      try remove("extended/\(name)", scratch)
    }
    let resumed = try run(["--output", "extended", "--resume"], scratch)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try Data(contentsOf: report) == before)
    let other = try run(["--output", "extended", "--resume", "--seed", "3"], scratch)
    #expect(other.status == 64)
    #expect(other.firstLine.contains("which 'extend' made of 'run'"), "\(other.errors)")
  }

  @Test(
    "reads the photos again where the cache is empty, and says what is missing where they are gone")
  func emptyCache() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for (folder, name, count) in [
      ("old", "birch", 12), ("old", "oak", 12), ("more", "ash", 10), ("both", "birch", 12),
      ("both", "oak", 12), ("both", "ash", 10),
    ] {
      try write(folder, name, 0..<count, scratch)
    }
    try train("old", "run", [], scratch)
    try train("both", "fresh", [], scratch)
    try remove("cache", scratch)
    let outcome = try extend("more", [], scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    try expectEqual("extended", "fresh", scratch)
    try remove("extended", scratch)

    try remove("cache", scratch)
    let bytes = try Data(contentsOf: scratch.url.appending(path: "old/oak/7.jpg"))
    try photo("old/oak/7.jpg", class: "oak", number: 99, scratch)
    let changed = try extend("more", [], scratch)
    #expect(changed.status == 66)
    #expect(changed.firstLine.contains("features of 24 photos of 'run' are not in '"))
    #expect(changed.firstLine.contains("1 of these photos are not there as they were"))
    #expect(changed.firstLine.contains("old/oak/7.jpg"))
    #expect(changed.firstLine.contains("FINETUNE_CACHE"))
    #expect(changed.errors.split(separator: "\n").count == 1, "\(changed.errors)")
    #expect(!scratch.has("extended"))
    try bytes.write(to: scratch.url.appending(path: "old/oak/7.jpg"))
    #expect(try extend("more", [], scratch).status == 0)
  }

  @Test("reads the photos again for a head that has learnt from augmented views of them")
  func views() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for (folder, name) in [("old", "birch"), ("old", "oak"), ("more", "ash")] {
      try write(folder, name, 0..<10, scratch)
    }
    try train("old", "run", ["--head-views", "2", "--augment", "light"], scratch)
    let outcome = try extend("more", ["--output", "whole"], scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    try remove("old/oak/7.jpg", scratch)
    let gone = try extend("more", [], scratch)
    #expect(gone.status == 66)
    for words in [
      "the head of 'run' has learnt from augmented views of its 20 photos, too, of which no features",
      "1 of these photos are not there as they were",
    ] { #expect(gone.firstLine.contains(words), "\(gone.errors)") }
    #expect(!gone.errors.contains("FINETUNE_CACHE") && !scratch.has("extended"))
  }

  @Test(
    "needs a solved head",
    arguments: [
      (
        ["--plan", "full", "--epochs", "1"],
        "'run' has tuned layers, which need the photos themselves, not features of them"
      ),
      (
        ["--head", "sgd", "--head-epochs", "2"],
        "'run' has a head that was trained in steps, which need the photos themselves"
      ),
      (
        ["--head-hidden", "6", "--head-epochs", "2"],
        "'run' has a head that was trained in steps, which need the photos themselves"
      ),
    ])
  func tuned(_ options: [String], _ text: String) throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for (folder, name) in [("old", "birch"), ("old", "oak"), ("more", "ash")] {
      try write(folder, name, 0..<8, scratch)
    }
    // Without photos to validate on, the later weights are kept.
    try train("old", "run", options + ["--validation", "0"], scratch)
    let outcome = try extend("more", [], scratch)
    #expect(outcome.status == 65)
    #expect(outcome.firstLine.contains(text), "\(outcome.errors)")
    #expect(
      outcome.firstLine.contains("holds the 16 photos that it was trained on and the new ones"))
    #expect(!scratch.has("extended"))
  }

  @Test("takes a run whose plan tuned all of it and then kept the head")
  func keptHead() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for name in ["birch", "oak", "ash"] {
      for folder in name == "ash" ? ["more", "both"] : ["old", "both"] {
        try write(folder, name, 0..<10, scratch)
      }
    }
    // So much too fast that the head is better than anything behind it.
    func phase(_ photos: String) -> String {
      #"{"name": "\#(photos)", "scope": "all", "method": "sgd", "epochs": 2, "batchSize": 4, "#
        + #""learningRate": 3, "keep": "end", "photos": "\#(photos)"}"#
    }
    let plan =
      #"{"name": "mine", "folds": 2, "phases": [{"name": "head", "scope": "head", "method": "solve"}, "#
      + "\(phase("training")), \(phase("all"))]}"
    try scratch.write("mine.json", Array(plan.utf8))
    try train("old", "run", ["--plan", "mine.json"], scratch)
    try train("both", "fresh", ["--plan", "head", "--folds", "2"], scratch)
    let useless = try extend("more", ["--validation", "0.3"], scratch)
    #expect(useless.status == 64)
    #expect(useless.firstLine.contains("judged on 2 folds"), "\(useless.errors)")
    let outcome = try extend("more", [], scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    try expectEqual("extended", "fresh", scratch)
  }

  @Test("refuses what cannot be, with nothing written")
  func refusals() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    try write("old", "birch", 0..<8, scratch)
    try write("old", "oak", 0..<8, scratch)
    try write("more", "ash", 0..<8, scratch)
    try write("same", "oak", 2..<5, scratch)
    try scratch.write("broken/ash/0.jpg", Data("no photo".utf8))
    try write("tests/test", "ash", 0..<3, scratch)
    try train("old", "run", [], scratch)
    let cases: [([String], Int32, String)] = [
      (["none", "--data", "more"], 66, "there is no run 'none'"),
      (["old", "--data", "more"], 65, "'old' is not a run of this program"),
      (["run", "--data", "none"], 66, "there is no folder"),
      (["run", "--data", "same"], 65, "has no photo that is not known already"),
      (["run", "--data", "broken"], 65, "holds no readable image ('ash/0.jpg'"),
      (["run", "--data", "tests"], 65, "the class 'ash' has no readable training photo"),
      (["run", "--data", "more", "--output", "old"], 73, "exists already"),
      (
        ["run", "--data", "more", "--validation", "1"], 64,
        "--validation is 1.0, expected 0 to below 1"
      ),
      (["run"], 64, "Missing expected argument '--data"),
    ]
    for (arguments, status, text) in cases {
      let outcome = try run(["extend"] + arguments, scratch)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
      #expect(!scratch.has("runs"), "\(arguments)")
    }
  }

  @Test(
    "on eight species and then four more, gives the head of a training on twelve",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"), .tags(.slow), .unlessQuick)
  func flowers() throws {
    let scratch = try TemporaryFolder()
    let flowers = try TestData.url("datasets/flowers12/train")
    let species = try FileManager.default.contentsOfDirectory(atPath: flowers.path).sorted()
    try #require(species.count == 12)
    for (index, name) in species.enumerated() {
      // Not the last four: new classes come between the others.
      let folder = index % 3 == 1 ? "more" : "old"
      let source = flowers.appending(path: name)
      for data in [folder, "both"] {
        let target = scratch.url.appending(path: data)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source, to: target.appending(path: name))
      }
    }
    let options = [
      "--base", "mobilenet", "--alpha", "0.25", "--plan", "head", "--progress", "none", "--weights",
      try TestData.url("weights/mobilenet_2_5_224_tf_no_top.h5").path,
    ]
    for (data, output) in [("old", "run"), ("both", "fresh")] {
      let outcome = try run(options + ["--data", data, "--output", output], scratch)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    try remove("old", scratch)
    let outcome = try extend("more", [], scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    try expectEqual("extended", "fresh", scratch)
    #expect(try Finding("extended", scratch).accuracy > 0.7)
  }
}
