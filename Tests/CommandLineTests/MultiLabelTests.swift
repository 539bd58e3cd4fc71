import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Photos with any number of labels", .serialized)
struct MultiLabelTests {
  private static let classes = ["green", "red"]
  /// The base that comes with the program.
  private static let weights = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../\(Remedy.shippedBasePath)").standardizedFileURL.path
  private static let head = [
    "--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--weights", weights, "--plan",
    "head", "--progress", "none",
  ]

  /// Photos whose colours are their labels: red, green, both or none.
  private func prepare(_ count: Int = 40) throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for number in 0..<count {
      let (red, green) = (number % 2 == 0, number / 2 % 2 == 0)
      let pixels = (0..<48 * 40).flatMap { pixel -> [UInt8] in
        let shade = UInt8((pixel * 7 + number * 31) % 40)
        return [red ? 200 : shade, green ? 200 : shade, shade]
      }
      try scratch.write(
        "p/\(number).jpg", JPEG.encode(Image(width: 48, height: 40, pixels: pixels), quality: 90))
    }
    return scratch
  }

  private func label(_ number: Int) -> String {
    [number / 2 % 2 == 0 ? "green" : nil, number % 2 == 0 ? "red" : nil].compactMap { $0 }
      .joined(separator: "|")
  }

  /// Writes a list of some of the photos.
  private func write(
    _ scratch: TemporaryFolder, _ name: String, _ numbers: some Sequence<Int>,
    split: (Int) -> String = { _ in "" }
  ) throws {
    let lines = numbers.map { "p/\($0).jpg,\(label($0)),\(split($0))" }
    let text = (["path,label,split"] + lines).joined(separator: "\n") + "\n"
    try scratch.write(name, Array(text.utf8))
  }

  /// A run on 30 photos, of which ten more test.
  private func train(_ scratch: TemporaryFolder, _ options: [String] = []) throws {
    try write(scratch, "list.csv", 0..<40) { $0 < 30 ? "train" : "test" }
    let training = try Finetune.run(
      Self.head + ["--data", "list.csv", "--output", "run"] + options, in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
  }

  private func object(_ scratch: TemporaryFolder, _ file: String) throws -> [String: Any] {
    let data = try Data(contentsOf: scratch.url.appending(path: file))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("are inspected: how many have each label, none, and which together")
  func inspect() throws {
    let scratch = try prepare()
    try write(scratch, "list.csv", 0..<40)
    let outcome = try Finetune.run(
      ["inspect", "--data", "list.csv"] + Tiny.options, in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let first = outcome.output.split(separator: "\n").first
    #expect(
      first
        == "photos read as: a list of 40 photos with any number of labels each, not divided into splits"
    )
    #expect(
      outcome.output.contains(
        "labels of a photo: 10 photos with none, 20 photos with 1, 10 photos with 2; 4 different sets"
      ))
    #expect(outcome.output.contains("  10  green + red"))
    let json = try Finetune.run(
      ["inspect", "--data", "list.csv", "--json"] + Tiny.options, in: scratch.url
    ).json()
    let classes = try #require(json["classes"] as? [[String: Any]])
    #expect(classes.map { $0["images"] as? Int } == [20, 20])
    #expect(json["labels"] is [String: Any])
  }

  @Test("train a head whose figures, thresholds and page are of photos that it has not seen")
  func trainAndMeasure() throws {
    let scratch = try prepare()
    try train(scratch)
    let record = try object(scratch, "run/run.json")
    let thresholds = try #require(record["thresholds"] as? [Double])
    #expect(thresholds.count == 2 && thresholds.allSatisfy { 0...1 ~= $0 })
    let report = try object(scratch, "run/report.json")
    #expect(report["split"] as? String == "test" && report["images"] as? Int == 10)
    let multiLabel = try #require(report["multiLabel"] as? [String: Any])
    #expect(multiLabel["thresholdsAreCrossFitted"] as? Bool == false)
    #expect(try #require(multiLabel["meanAveragePrecision"] as? Double) > 0.9)
    let perClass = try #require(report["perClass"] as? [[String: Any]])
    #expect(perClass.map { $0["threshold"] as? Double } == thresholds)
    // The photos, not the sum of their labels.
    let events = try String(
      contentsOf: scratch.url.appending(path: "run/events.jsonl"), encoding: .utf8)
    #expect(events.contains("\"photos\":{\"training\":24,\"validation\":6}"))
    #expect(perClass.map { $0["support"] as? Int } == [4, 5])
    let page = try String(
      contentsOf: scratch.url.appending(path: "run/report.html"), encoding: .utf8)
    #expect(page.contains("<dt>mAP</dt>") && page.contains("from its threshold on, which is"))
    #expect(page.contains("always answering the commonest set of labels: "))

    let evaluation = try Finetune.run(
      ["evaluate", "run", "--data", "list.csv", "--json"], in: scratch.url
    ).json()
    for key in ["accuracy", "logLoss", "macroF1"] {
      #expect(evaluation[key] as? Double == report[key] as? Double, "\(key)")
    }
    let text = try Finetune.run(["evaluate", "run", "--data", "list.csv"], in: scratch.url)
    #expect(text.output.hasPrefix("all labels right ") && text.output.contains("\nmAP "))
  }

  @Test("without test photos each fifth is measured with thresholds that the others chose")
  func crossFitted() throws {
    let scratch = try prepare()
    try write(scratch, "list.csv", 0..<40)
    let training = try Finetune.run(
      Self.head + ["--data", "list.csv", "--validation", "0.4", "--output", "run"], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    #expect(
      training.output.contains(
        "thresholds for each fifth of the photos are chosen by the other four"))
    let report = try object(scratch, "run/report.json")
    #expect((report["multiLabel"] as? [String: Any])?["thresholdsAreCrossFitted"] as? Bool == true)
    #expect(report["trainedOn"] as? Int == 0)
    let held = try String(
      contentsOf: scratch.url.appending(path: "run/held-out.jsonl"), encoding: .utf8)
    #expect(held.contains("\"truths\":[0,1]") || held.contains("\"truths\":[0]"))
  }

  @Test("are predicted: every label above its threshold, as text, JSON and CSV")
  func predict() throws {
    let scratch = try prepare()
    try train(scratch)
    let photos = ["p/32.jpg", "p/33.jpg", "p/34.jpg", "p/35.jpg"]
    let text = try Finetune.run(["predict", "run"] + photos, in: scratch.url)
    #expect(text.status == 0, "\(text.errors)")
    let thresholds = try #require(try object(scratch, "run/run.json")["thresholds"] as? [Double])
    let json = try Finetune.run(["predict", "run", "--json"] + photos, in: scratch.url).json()
    let predictions = try #require(json["predictions"] as? [[String: Any]])
    var names: [[String]] = []
    for prediction in predictions {
      let top = try #require(prediction["top"] as? [[String: Any]])
      let expected = try top.filter {
        let index = try #require($0["index"] as? Int)
        return try #require($0["probability"] as? Double) >= thresholds[index]
      }.compactMap { $0["class"] as? String }
      let labels = try #require(prediction["labels"] as? [String])
      #expect(labels == expected)
      names.append(labels)
      let path = try #require(prediction["path"] as? String)
      #expect(
        text.output.contains(
          "\(path)\n  labels: \(labels.isEmpty ? "none" : labels.joined(separator: ", "))\n"))
    }
    #expect(names.map { $0.sorted() } == [["green", "red"], ["green"], ["red"], []])
    let csv = try Finetune.run(["predict", "run", "--csv", "--top", "1"] + photos, in: scratch.url)
    let rows = csv.output.split(separator: "\n")
    #expect(rows.first == "path,error,labels,class1,probability1")
    #expect(
      rows.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false)[2] }
        == names.map { Substring($0.joined(separator: "|")) })
    let many = try Finetune.run(
      ["predict", "run", "--jsonl", "--output", "out.jsonl", "--sheet", "out.html"] + photos,
      in: scratch.url)
    #expect(many.status == 0 && many.output.isEmpty, "\(many.errors)")
    let lines = try String(
      contentsOf: scratch.url.appending(path: "out.jsonl"), encoding: .utf8
    ).split(separator: "\n")
    #expect(lines.count == photos.count)
    for (line, names) in zip(lines, names) {
      let list = names.map { "\"\($0)\"" }.joined(separator: ",")
      #expect(line.contains("\"labels\":[\(list)]"))
    }
    let page = try String(contentsOf: scratch.url.appending(path: "out.html"), encoding: .utf8)
    for title in ["green", "red", "none of the classes"] {
      #expect(page.contains("<h3>\(title) <small>"), "\(title)")
    }
  }

  @Test("of a model that says neither labels nor thresholds are numbers, from one half on")
  func foreignModel() throws {
    let scratch = try prepare(4)
    let network = try Tiny.model(.features).network.addingHead(
      named: "head", classes: 3, activation: .sigmoid)
    try writeKerasModel(
      network, named: "m", network.initialTensors(seed: 1), metadata: nil,
      to: scratch.url.appending(path: "m.h5"))
    let predict = ["predict", "--base", "m.h5", "--json"]
    let outcome = try Finetune.run(predict + ["p/0.jpg", "p/1.jpg"], in: scratch.url)
    #expect(outcome.status == 0 && outcome.errors.contains("numbered from 0"), "\(outcome.errors)")
    let predictions = try #require(try outcome.json()["predictions"] as? [[String: Any]])
    #expect(predictions.count == 2)
    for prediction in predictions {
      let top = try #require(prediction["top"] as? [[String: Any]])
      let expected = try top.filter { try #require($0["probability"] as? Double) >= 0.5 }
      #expect(prediction["labels"] as? [String] == expected.compactMap { $0["class"] as? String })
      #expect(Set(top.compactMap { $0["class"] as? String }) == ["0", "1", "2"])
    }
  }

  @Test(
    "are told by exports as by the run, with the same labels", arguments: ["keras", "keras-h5"])
  func exports(format: String) throws {
    let scratch = try prepare()
    try train(scratch)
    let file = format == "keras" ? "x.keras" : "x.h5"
    let export = try Finetune.run(
      ["export", "run", "--format", format, "--output", file], in: scratch.url)
    #expect(export.status == 0, "\(export.errors)")
    let photos = (30..<40).map { "p/\($0).jpg" }
    func answers(_ source: [String]) throws -> [([String], [Double])] {
      let outcome = try Finetune.run(["predict"] + source + ["--json"] + photos, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let predictions = try #require(try outcome.json()["predictions"] as? [[String: Any]])
      return try predictions.map {
        let top = try #require($0["top"] as? [[String: Any]])
        return (
          try #require($0["labels"] as? [String]), top.compactMap { $0["probability"] as? Double }
        )
      }
    }
    let own = try answers(["run"])
    for (first, second) in zip(own, try answers(["--base", file])) {
      #expect(first.0 == second.0)
      #expect(zip(first.1, second.1).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    func figures(_ source: [String]) throws -> [String: Any] {
      try Finetune.run(
        ["evaluate"] + source + ["--data", "list.csv", "--json"], in: scratch.url
      ).json()
    }
    let (run, model) = (try figures(["run"]), try figures(["--base", file]))
    #expect(
      abs(try #require(run["logLoss"] as? Double) - #require(model["logLoss"] as? Double)) < 1e-5)
    #expect(run["macroF1"] as? Double == model["macroF1"] as? Double)
  }

  @Test("are added to a head: the result is that of a training on both")
  func extend() throws {
    let scratch = try prepare()
    let cache = ["--validation", "0"]
    try write(scratch, "first.csv", 0..<20) { _ in "train" }
    try write(scratch, "more.csv", 20..<40) { _ in "train" }
    try write(scratch, "both.csv", 0..<40) { _ in "train" }
    for (list, run) in [("first.csv", "first"), ("both.csv", "both")] {
      let outcome = try Finetune.run(
        Self.head + ["--data", list, "--output", run] + cache, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let outcome = try Finetune.run(
      ["extend", "first", "--data", "more.csv", "--output", "extended"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (extended, both) = (
      try readHead(scratch.url.appending(path: "extended/head.h5")),
      try readHead(scratch.url.appending(path: "both/head.h5"))
    )
    #expect(extended.metadata.labels == Self.classes)
    for (own, other) in zip(extended.layers[0].kernel.values, both.layers[0].kernel.values) {
      #expect(abs(own - other) <= 1e-3 * max(1, abs(other)))
    }
    let refused = try Finetune.run(["extend", "first", "--data", "p"], in: scratch.url)
    #expect(refused.status == 65 && refused.firstLine.contains("give a list"), "\(refused.errors)")
  }

  @Test("what cannot be done with them is refused, saying what can")
  func refusals() throws {
    let scratch = try prepare()
    try train(scratch)
    try scratch.photos("folders", count: 4)
    let cases: [([String], Int32, String)] = [
      (
        Self.head + ["--data", "list.csv", "--balance", "weights", "--output", "x"], 64,
        "balance is weights"
      ),
      (["evaluate", "run", "--data", "folders"], 65, "give a list"),
    ]
    for (arguments, status, words) in cases {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == status && outcome.firstLine.contains(words), "\(outcome.errors)")
      #expect(!scratch.has("x"))
    }
    let single = try Finetune.run(
      Self.head + ["--data", "folders", "--output", "single"], in: scratch.url)
    #expect(single.status == 0, "\(single.errors)")
    let outcome = try Finetune.run(["evaluate", "single", "--data", "list.csv"], in: scratch.url)
    #expect(
      outcome.status == 65 && outcome.firstLine.contains("several labels"), "\(outcome.errors)")
  }

  @Test("become features with a column for each class")
  func features() throws {
    let scratch = try prepare()
    try write(scratch, "list.csv", 0..<40)
    let base = Tiny.options + ["--weights", "tiny.h5"]
    let csv = try Finetune.run(
      ["features"] + base + ["--data", "list.csv", "--csv"], in: scratch.url)
    #expect(csv.status == 0, "\(csv.errors)")
    let labels = csv.output.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)[1]
    }
    #expect(Set(labels) == ["green|red", "green", "red", ""])
    let file = try Finetune.run(
      ["features"] + base + ["--data", "list.csv", "--output", "f.h5"], in: scratch.url)
    #expect(file.status == 0, "\(file.errors)")
  }

  @Test(
    "have reports that are made again to the byte, comparisons by all labels, and no '--abstain'")
  func runCommands() throws {
    let scratch = try prepare()
    try train(scratch)
    let files = ["run/report.html", "run/report.json"].map { scratch.url.appending(path: $0) }
    let before = try files.map { try Data(contentsOf: $0) }
    for file in files { try FileManager.default.removeItem(at: file) }
    let again = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try files.map { try Data(contentsOf: $0) } == before)
    #expect(
      try Finetune.run(["report", "run", "--output", "p/run.md"], in: scratch.url).status == 64)

    try FileManager.default.copyItem(
      at: scratch.url.appending(path: "run"), to: scratch.url.appending(path: "other"))
    let kept = try Data(contentsOf: scratch.url.appending(path: "other/predictions.jsonl"))
    var rows = try PredictionRow.rows(jsonLines: kept)
    let wrong = rows.indices.prefix(3)
    for place in wrong { rows[place].probabilities = rows[place].probabilities.map { 1 - $0 } }
    try scratch.write(
      "other/predictions.jsonl", Array(try PredictionRow.jsonLines(rows).utf8))
    let json = try Finetune.run(["compare", "run", "other", "--json"], in: scratch.url).json()
    #expect(json["photos"] as? Int == 10)
    let runs = try #require(json["runs"] as? [[String: Any]])
    let report = try object(scratch, "run/report.json")
    for key in ["accuracy", "logLoss", "macroF1"] {
      #expect(runs[0][key] as? Double == report[key] as? Double)
    }
    let pair = try #require((json["comparisons"] as? [[String: Any]])?.first)
    #expect((pair["flipped"] as? [Any])?.count == wrong.count)

    let unsure = try Finetune.run(
      ["predict", "run", "p/0.jpg", "--abstain", "0.9"], in: scratch.url)
    #expect(unsure.status == 64 && unsure.firstLine.contains("any number of labels"))
    let sets = try Finetune.run(["predict", "run", "p/0.jpg", "--sets", "0.9"], in: scratch.url)
    let kind = try Finetune.run(["predict", "run", "p/0.jpg", "--unknown", "0.9"], in: scratch.url)
    #expect(kind.status == 64 && kind.firstLine.contains("any number of labels"))
    #expect(sets.status == 64 && sets.firstLine.contains("names all that are there already"))
  }
}
