import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Commands for runs", .serialized)
struct RunCommandTests {
  /// A run whose photos of noise nobody can tell apart, so that its report has mistakes.
  private func train(in scratch: TemporaryFolder, _ output: String = "run") throws {
    for label in ["a", "b"] {
      for number in 0..<20 {
        var random = CounterRandom(seed: label == "a" ? 1 : 2, epoch: 0, index: UInt64(number))
        let pixels = (0..<32 * 32 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try scratch.write(
          "photos/\(label)/\(number).jpg",
          JPEG.encode(Image(width: 32, height: 32, pixels: pixels), quality: 95))
      }
    }
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--validation", "0.4",
        "--output", output,
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
  }

  private func copy(_ from: String, to: String, in scratch: TemporaryFolder) throws {
    try FileManager.default.copyItem(
      at: scratch.url.appending(path: from), to: scratch.url.appending(path: to))
  }

  private func remove(_ path: String, in scratch: TemporaryFolder) throws {
    try FileManager.default.removeItem(at: scratch.url.appending(path: path))
  }

  private func data(_ path: String, in scratch: TemporaryFolder) throws -> Data {
    try Data(contentsOf: scratch.url.appending(path: path))
  }

  private func replace(_ old: String, by new: String, in path: String, of scratch: TemporaryFolder)
    throws
  {
    let text = String(decoding: try data(path, in: scratch), as: UTF8.self)
    #expect(text.contains(old))
    try scratch.write(path, Array(text.replacing(old, with: new).utf8))
    try unseal(path.replacing(/\/[^\/]*$/, with: ""), in: scratch)
  }

  /// Makes a run one of a version that wrote no digests, so that its files can be changed.
  private func unseal(_ run: String, in scratch: TemporaryFolder) throws {
    let record = try JSONSerialization.jsonObject(with: data("\(run)/run.json", in: scratch))
    var values = try #require(record as? [String: Any])
    (values["digest"], values["files"]) = (nil, nil)
    try scratch.write(
      "\(run)/run.json", Array(JSONSerialization.data(withJSONObject: values)))
  }

  /// Gives a run other predictions of its validation photos: by their number whether they are right, and how sure.
  private func setPredictions(
    of run: String, in scratch: TemporaryFolder, dropping: Int = 0,
    _ answer: (Int) -> (isRight: Bool, confidence: Float)
  ) throws {
    let saved = try Run(scratch.url.appending(path: run)).heldOut
    let rows = saved.enumerated().map { number, row in
      let (isRight, confidence) = answer(number)
      var probabilities: [Float] = [1 - confidence, 1 - confidence]
      probabilities[isRight ? row.truth : 1 - row.truth] = confidence
      return PredictionRow(path: row.path, truth: row.truth, probabilities: probabilities)
    }
    let lines = Array(try PredictionRow.jsonLines(Array(rows.dropFirst(dropping))).utf8)
    try scratch.write("\(run)/held-out.jsonl", lines)
    try scratch.write("\(run)/predictions.jsonl", lines)
    try unseal(run, in: scratch)
  }

  @Test(
    "a report made again has the same bytes, wherever it is made, and figures need neither network nor photos"
  )
  func reportAgain() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let files = ["run/report.html", "run/report.json"]
    let before = try files.map { try data($0, in: scratch) }
    let predictions = try data("run/predictions.jsonl", in: scratch)
    #expect(String(decoding: before[0], as: UTF8.self).contains("data:image/jpeg"))
    for file in files { try remove(file, in: scratch) }
    try scratch.write("elsewhere/empty", [])
    let again = try Finetune.run(
      ["report", "../run"], in: scratch.url.appending(path: "elsewhere"))
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      again.output.contains("accuracy") && again.output.contains("report: ../run/report.html"))
    #expect(try files.map { try data($0, in: scratch) } == before)

    // Without weights there is nobody to ask what speaks for a class.
    try copy("run/weights.h5", to: "weights.h5", in: scratch)
    try remove("run/weights.h5", in: scratch)
    let silent = try Finetune.run(["report", "run", "--output", "page.html"], in: scratch.url)
    #expect(silent.status == 0, "\(silent.errors)")
    let figures = String(decoding: try data("page.html", in: scratch), as: UTF8.self)
    #expect(figures.contains("The network could not be asked for pictures: "))
    #expect(figures.contains("data:image/jpeg") && !figures.contains("speaks for"))
    try copy("weights.h5", to: "run/weights.h5", in: scratch)

    // Without predictions.jsonl what was held out tells the same; without the photos pictures are missing.
    try remove("run/predictions.jsonl", in: scratch)
    try remove("photos", in: scratch)
    let held = try Finetune.run(["report", "run", "--output", "page.html"], in: scratch.url)
    #expect(held.status == 0, "\(held.errors)")
    let page = String(decoding: try data("page.html", in: scratch), as: UTF8.self)
    #expect(page.contains("<h1>") && !page.contains("data:image/jpeg"))
    #expect(
      page.contains("None of the 40 photos that the weights have learnt from is where it was"))
    #expect(try data("run/report.json", in: scratch) == before[1])

    try remove("run/held-out.jsonl", in: scratch)
    let none = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(none.status == 66)
    #expect(none.firstLine.contains("predictions.jsonl"))
    #expect(none.firstLine.contains("'finetune evaluate run --data DIR --report FILE.html'"))
    #expect(try data("run/report.html", in: scratch) == before[0])

    try scratch.write("run/predictions.jsonl", Array(predictions.dropLast(40)))
    let damaged = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(damaged.status == 65 && damaged.firstLine.contains("damaged"))
  }

  @Test("mistakes stand beside what speaks for them and the nearest photos that were learnt from")
  func looks() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let report = try #require(
      try JSONSerialization.jsonObject(with: data("run/report.json", in: scratch))
        as? [String: Any])
    let neighbours = try #require(report["neighbours"] as? [String: Any])
    // The head was fitted on all photos in the end.
    #expect(neighbours["among"] as? Int == 40 && neighbours["learnt"] as? Int == 40)
    let photos = try #require(neighbours["photos"] as? [[String: Any]])
    let mistakes = try #require(report["mistakes"] as? [[String: Any]])
    let wrong = Set(mistakes.compactMap { $0["path"] as? String })
    #expect(!wrong.isEmpty && wrong.isSubset(of: photos.compactMap { $0["path"] as? String }))
    for photo in photos {
      let path = try #require(photo["path"] as? String)
      let nearest = try #require(photo["nearest"] as? [[String: Any]])
      #expect(nearest.count == (wrong.contains(path) ? 4 : 0))
      let byClass = try #require(photo["byClass"] as? [[String: Any]])
      for group in byClass {
        let own = try #require(group["nearest"] as? [[String: Any]])
        let label = try #require(group["class"] as? Int)
        #expect(own.count == 2 && own.allSatisfy { $0["class"] as? String == ["a", "b"][label] })
      }
      for found in [nearest] + byClass.compactMap({ $0["nearest"] as? [[String: Any]] }) {
        let distances = found.compactMap { $0["distance"] as? Double }
        #expect(distances == distances.sorted() && distances.allSatisfy { $0 > 0 })
        #expect(found.allSatisfy { $0["path"] as? String != path }, "a photo is not its own")
      }
    }
    let page = String(decoding: try data("run/report.html", in: scratch), as: UTF8.self)
    for text in ["speaks for", "most alike of those it learnt from", "(Grad-CAM)", "shown, too."] {
      #expect(page.contains(text), "\(text)")
    }

    // Only a page has pictures; of photos that were trained on there are no suspects.
    let evaluate = ["evaluate", "run", "--data", "photos", "--json"]
    let plain = try Finetune.run(evaluate, in: scratch.url).json()
    #expect(plain["neighbours"] == nil && plain["curves"] != nil)
    let shown = try Finetune.run(evaluate + ["--report", "page.html"], in: scratch.url).json()
    #expect(
      (shown["neighbours"] != nil)
        == !(try #require(shown["mistakes"] as? [Any]).isEmpty))
  }

  @Test("a run on folds tells how its rounds differ")
  func folds() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--folds", "4", "--output",
        "folds",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: data("folds/report.json", in: scratch))
        as? [String: Any])
    let scores = try #require(report["folds"] as? [String: Any])
    let rounds = try #require(scores["folds"] as? [[String: Any]])
    #expect(rounds.compactMap { $0["number"] as? Int } == [1, 2, 3, 4])
    #expect(rounds.compactMap { $0["images"] as? Int } == [10, 10, 10, 10])
    let right = rounds.compactMap { $0["correct"] as? Int }.reduce(0, +)
    #expect(right == report["correct"] as? Int)
    let page = String(decoding: try data("folds/report.html", in: scratch), as: UTF8.self)
    #expect(page.contains("Rounds of the cross-validation"))
    #expect(try Run(scratch.url.appending(path: "folds")).heldOut.allSatisfy { $0.fold != nil })
  }

  @Test(
    "the ending says how a report is written, by report and by evaluate; never among the photos")
  func reportForms() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let summary = try Finetune.run(["report", "run", "--output", "run.md"], in: scratch.url)
    #expect(summary.status == 0, "\(summary.errors)")
    let text = String(decoding: try data("run.md", in: scratch), as: UTF8.self)
    #expect(text.hasPrefix("## mobilenet 0.05") && text.contains("### Classes"))
    let evaluated = try Finetune.run(
      ["evaluate", "run", "--data", "photos", "--report", "all.md"], in: scratch.url)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let all = String(decoding: try data("all.md", in: scratch), as: UTF8.self)
    #expect(all.contains("> **Caution:** 40 of these 40 photos were trained on"))
    for (arguments, message) in [
      (["report", "run", "--output", "page.pdf"], ".html"),
      (["evaluate", "run", "--data", "photos", "--report", "page"], ".md"),
      (["report", "run", "--output", "photos/page.html"], "never written"),
    ] {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == 64 && outcome.firstLine.contains(message), "\(outcome.errors)")
    }
    #expect(try Finetune.run(["report", "nowhere"], in: scratch.url).status == 66)
    #expect(
      try Finetune.run(["report", "run", "--output", "no/page.html"], in: scratch.url).status == 73)
  }

  @Test("runs are listed, the newest first, in 80 columns, and what is no run is said")
  func list() throws {
    let scratch = try TemporaryFolder()
    let none = try Finetune.run(["runs"], in: scratch.url)
    #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("no folder 'runs'"))
    #expect(try Finetune.run(["runs", "nowhere"], in: scratch.url).status == 66)
    try train(in: scratch, "runs/older")
    let long = "a-name-that-is-longer-than-its-column-has-room-for"
    try copy("runs/older", to: "runs/\(long)", in: scratch)
    let date = try Run(scratch.url.appending(path: "runs/older")).record.date
    try replace(date, by: "2020-01-02T03:04:05Z", in: "runs/older/run.json", of: scratch)
    try copy("runs/older", to: "runs/begun", in: scratch)
    try remove("runs/begun/run.json", in: scratch)
    try scratch.write("runs/notes/x.txt", [0])

    let listed = try Finetune.run(["runs"], in: scratch.url)
    #expect(listed.status == 0)
    let lines = listed.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 80 }, "\(listed.output)")
    #expect(lines[1] == "runs/\(long)" && lines[3].hasPrefix("runs/older  "))
    #expect(lines[3].contains("mobilenet 0.05") && lines[3].contains("2020-01-02"))
    #expect(listed.errors.contains("'runs/begun' has not ended"))
    #expect(listed.errors.contains("'finetune --output runs/begun --resume'"))
    #expect(listed.errors.contains("no run is in 'runs/notes'"))

    let json = try Finetune.run(["runs", "--json"], in: scratch.url).json()
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(runs.map { $0["path"] as? String } == ["runs/\(long)", "runs/older"])
    let report = try #require(
      try JSONSerialization.jsonObject(with: data("runs/older/report.json", in: scratch))
        as? [String: Any])
    #expect(runs[1]["accuracy"] as? Double == report["accuracy"] as? Double)
    #expect(runs[1]["split"] as? String == "validation" && runs[1]["plan"] as? String == "head")
    #expect(try #require(runs[1]["bytes"] as? Int) > 10_000)
    #expect((runs[1]["trainingSeconds"] as? Double ?? -1) >= 0)
    #expect((json["incomplete"] as? [Any])?.count == 1)
    #expect(json["others"] as? [String] == ["runs/notes"])
  }

  @Test("runs beside one another: who is right more often, by photos that only one has right")
  func compare() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch, "first")
    try copy("first", to: "second", in: scratch)
    try setPredictions(of: "first", in: scratch) { _ in (true, 0.9) }
    func compared(wrong: Int, dropping: Int = 0) throws -> ([String: Any], Finetune.Outcome) {
      try copy("first", to: "next", in: scratch)
      try setPredictions(of: "next", in: scratch, dropping: dropping) { ($0 >= wrong, 0.9) }
      try remove("second", in: scratch)
      try FileManager.default.moveItem(
        at: scratch.url.appending(path: "next"), to: scratch.url.appending(path: "second"))
      return (
        try Finetune.run(["compare", "first", "second", "--json"], in: scratch.url).json(),
        try Finetune.run(["compare", "first", "second"], in: scratch.url)
      )
    }
    for (wrong, p, verdict) in [
      (0, 1.0, "cannot be told apart by 16 photos"),
      (5, 0.0625, "the probabilities of 'first' are better than those of 'second'"),
      (6, 0.03125, "'first' is right more often than 'second'"),
    ] {
      let (json, text) = try compared(wrong: wrong)
      #expect(json["photos"] as? Int == 16)
      let pair = try #require((json["comparisons"] as? [[String: Any]])?.first)
      let test = try #require(pair["test"] as? [String: Any])
      #expect(test["onlyFirst"] as? Int == wrong && test["onlySecond"] as? Int == 0)
      #expect(abs(try #require(test["probability"] as? Double) - p) < 1e-12)
      #expect("\(pair["verdict"] ?? "")".contains(verdict), "\(pair["verdict"] ?? "")")
      #expect((pair["flipped"] as? [Any])?.count == wrong)
      let difference = try #require(
        (pair["accuracy"] as? [String: Any])?["difference"] as? Double)
      #expect(abs(difference + Double(wrong) / 16) < 1e-12)
      #expect(text.status == 0, "\(text.errors)")
      let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains(verdict), "\(text.output)")
      #expect(text.output.contains("flipped") == (wrong > 0))
    }

    let (fewer, said) = try compared(wrong: 6, dropping: 4)
    #expect(fewer["photos"] as? Int == 12)
    #expect(said.errors.contains("measured on different photos"))
  }

  @Test("runs that cannot be compared are refused; on given photos all are measured now")
  func compareRefused() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch, "first")
    try copy("first", to: "second", in: scratch)
    let now = try Finetune.run(
      ["compare", "first", "second", "--data", "photos", "--json"], in: scratch.url)
    #expect(now.status == 0, "\(now.errors)")
    #expect(try now.json()["photos"] as? Int == 40)
    #expect(now.errors.contains("'second' was trained on 40 of its 40 photos"))

    try copy("first", to: "third", in: scratch)
    for file in ["third/labels.json", "third/split.json"] {
      try replace("\"b\"", by: "\"c\"", in: file, of: scratch)
    }
    let differing = try Finetune.run(["compare", "first", "third"], in: scratch.url)
    #expect(differing.status == 65)
    #expect(differing.firstLine.contains("only 'first' knows 'b', only 'third' knows 'c'"))

    // Other photos: of other bytes, as the split says.
    let digests = try Run(scratch.url.appending(path: "second")).photos.all.map(\.digest)
    for digest in digests {
      let other = String(digest.reversed())
      try replace(digest, by: other, in: "second/split.json", of: scratch)
    }
    let apart = try Finetune.run(["compare", "first", "second"], in: scratch.url)
    #expect(apart.status == 65 && apart.firstLine.contains("--data DIR"), "\(apart.errors)")

    for (arguments, status, message) in [
      (["compare", "first"], 64, "at least two"), (["compare"], 64, "at least two"),
      (["compare", "first", "./first"], 64, "twice"),
      (["compare", "first", "nowhere"], 66, "nowhere"),
    ] as [([String], Int32, String)] {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == status && outcome.firstLine.contains(message), "\(outcome.errors)")
    }
  }

  @Test("a run answers 'unsure' where it would not be right as often as wanted")
  func abstain() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    // Right from 0.98 on, one in two below.
    try setPredictions(of: "run", in: scratch) {
      $0 < 12 ? (true, 0.98) : ($0 % 2 == 0, 0.6)
    }
    let predict = ["predict", "run", "photos/a", "photos/b", "--abstain", "0.95"]
    let json = try Finetune.run(predict + ["--json"], in: scratch.url)
    #expect(json.status == 0, "\(json.errors)")
    #expect(json.errors.contains("less than 98.0% sure are left out"), "\(json.errors)")
    let predictions = try #require(try json.json()["predictions"] as? [[String: Any]])
    var unsure = 0
    for prediction in predictions {
      let top = try #require((prediction["top"] as? [[String: Any]])?.first)
      let isUnsure = try #require(top["probability"] as? Double) < 0.98
      #expect(prediction["abstained"] as? Bool == isUnsure)
      unsure += isUnsure ? 1 : 0
    }
    #expect(unsure > 0)
    let text = try Finetune.run(predict, in: scratch.url).output
    #expect(text.split(separator: "\n").count { $0 == "  unsure" } == unsure)
    let csv = try Finetune.run(predict + ["--csv", "--sheet", "page.html"], in: scratch.url).output
    #expect(csv.hasPrefix("path,error,abstained,class1"))
    #expect(csv.split(separator: "\n").count { $0.contains(",true,") } == unsure)
    #expect(String(decoding: try data("page.html", in: scratch), as: UTF8.self).contains("unsure"))

    for (right, message) in [(0, "not even the surest"), (9, "for 9 only, expected 10 or more")] {
      try setPredictions(of: "run", in: scratch) {
        $0 < right ? (true, 0.98) : ($0 % 2 == 0, 0.9)
      }
      let refused = try Finetune.run(predict, in: scratch.url)
      #expect(refused.status == 65 && refused.output.isEmpty)
      #expect(refused.firstLine.contains("cannot promise that 95.0% of its answers"))
      #expect(refused.firstLine.contains(message), "\(refused.errors)")
    }
    let usual = try Finetune.run(["predict", "run", "photos/a", "--json"], in: scratch.url)
    #expect(!usual.output.contains("abstained"))
  }

  @Test("a run names the classes that a photo may be of, so that one is right as often as wanted")
  func sets() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    // Of 16 photos, 12 are right beyond doubt; the true class of the others has 0.4.
    try setPredictions(of: "run", in: scratch) { $0 < 12 ? (true, 0.9) : (false, 0.6) }
    let predict = ["predict", "run", "photos/a", "photos/b", "--sets", "0.75"]
    let json = try Finetune.run(predict + ["--json"], in: scratch.url)
    #expect(json.status == 0, "\(json.errors)")
    #expect(json.errors.contains("holds the right one for 75.0% of photos"), "\(json.errors)")
    #expect(json.errors.contains("of 16 photos"))
    let predictions = try #require(try json.json()["predictions"] as? [[String: Any]])
    var sizes: Set<Int> = []
    for prediction in predictions {
      let top = try #require(prediction["top"] as? [[String: Any]])
      let possible = top.filter { ($0["probability"] as? Double ?? 0) >= 0.4 }
        .compactMap { $0["class"] as? String }
      #expect(prediction["set"] as? [String] == possible)
      sizes.insert(possible.count)
    }
    #expect(sizes == [1, 2])
    let text = try Finetune.run(predict, in: scratch.url).output
    #expect(text.contains("  one of 2: ") && text.contains("  is: "))
    let csv = try Finetune.run(predict + ["--csv"], in: scratch.url).output
    #expect(csv.hasPrefix("path,error,set,class1"))
    #expect(csv.contains(",a|b,a,") || csv.contains(",b|a,b,"))

    let refused = try Finetune.run(
      ["predict", "run", "photos/a", "--sets", "0.99"], in: scratch.url)
    #expect(refused.status == 65 && refused.output.isEmpty)
    #expect(refused.firstLine.contains("of 16 photos that it did not learn from"))
    #expect(refused.firstLine.contains("expected about 124 or more"), "\(refused.errors)")
  }
}
