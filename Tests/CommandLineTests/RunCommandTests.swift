import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Commands for runs", .serialized)
struct RunCommandTests {
  @Test(
    "a report made again has the same bytes, wherever it is made, and figures need neither network nor photos"
  )
  func reportAgain() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise()
    let files = ["run/report.html", "run/report.json"]
    let before = try files.map { try scratch.data($0) }
    let predictions = try scratch.data("run/predictions.jsonl")
    #expect(String(decoding: before[0], as: UTF8.self).contains("data:image/jpeg"))
    for file in files { try scratch.remove(file) }
    try scratch.write("elsewhere/empty", [])
    let again = try Finetune.run(
      ["report", "../run"], in: scratch.url.appending(path: "elsewhere"))
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      again.output.contains("accuracy") && again.output.contains("report: ../run/report.html"))
    #expect(try files.map { try scratch.data($0) } == before)

    // Without weights there is nobody to ask what speaks for a class.
    try scratch.copy("run/weights.h5", to: "weights.h5")
    try scratch.remove("run/weights.h5")
    let silent = try Finetune.run(["report", "run", "--output", "page.html"], in: scratch.url)
    #expect(silent.status == 0, "\(silent.errors)")
    let figures = String(decoding: try scratch.data("page.html"), as: UTF8.self)
    #expect(figures.contains("The network could not be asked for pictures: "))
    #expect(figures.contains("data:image/jpeg") && !figures.contains("speaks for"))
    try scratch.copy("weights.h5", to: "run/weights.h5")

    // Without predictions.jsonl what was held out tells the same; without the photos pictures are missing.
    try scratch.remove("run/predictions.jsonl")
    try scratch.remove("photos")
    let held = try Finetune.run(["report", "run", "--output", "page.html"], in: scratch.url)
    #expect(held.status == 0, "\(held.errors)")
    let page = String(decoding: try scratch.data("page.html"), as: UTF8.self)
    #expect(page.contains("<h1>") && !page.contains("data:image/jpeg"))
    #expect(
      page.contains("None of the 40 photos that the weights have learnt from is where it was"))
    #expect(try scratch.data("run/report.json") == before[1])

    try scratch.remove("run/held-out.jsonl")
    let none = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(none.status == 66)
    #expect(none.firstLine.contains("predictions.jsonl"))
    #expect(none.firstLine.contains("'finetune evaluate run --data DIR --report FILE.html'"))
    #expect(try scratch.data("run/report.html") == before[0])

    try scratch.write("run/predictions.jsonl", Array(predictions.dropLast(40)))
    let damaged = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(damaged.status == 65 && damaged.firstLine.contains("damaged"))
  }

  @Test("mistakes stand beside what speaks for them and the nearest photos that were learnt from")
  func looks() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise()
    let report = try #require(
      try JSONSerialization.jsonObject(with: scratch.data("run/report.json"))
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
    let page = String(decoding: try scratch.data("run/report.html"), as: UTF8.self)
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
    try scratch.trainOnNoise()
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--folds", "4", "--output",
        "folds",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: scratch.data("folds/report.json"))
        as? [String: Any])
    let scores = try #require(report["folds"] as? [String: Any])
    let rounds = try #require(scores["folds"] as? [[String: Any]])
    #expect(rounds.compactMap { $0["number"] as? Int } == [1, 2, 3, 4])
    #expect(rounds.compactMap { $0["images"] as? Int } == [10, 10, 10, 10])
    let right = rounds.compactMap { $0["correct"] as? Int }.reduce(0, +)
    #expect(right == report["correct"] as? Int)
    let page = String(decoding: try scratch.data("folds/report.html"), as: UTF8.self)
    #expect(page.contains("Rounds of the cross-validation"))
    #expect(try Run(scratch.url.appending(path: "folds")).heldOut.allSatisfy { $0.fold != nil })
  }

  @Test(
    "the ending says how a report is written, by report and by evaluate; never among the photos")
  func reportForms() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise()
    let summary = try Finetune.run(["report", "run", "--output", "run.md"], in: scratch.url)
    #expect(summary.status == 0, "\(summary.errors)")
    let text = String(decoding: try scratch.data("run.md"), as: UTF8.self)
    #expect(text.hasPrefix("## mobilenet 0.05") && text.contains("### Classes"))
    let evaluated = try Finetune.run(
      ["evaluate", "run", "--data", "photos", "--report", "all.md"], in: scratch.url)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let all = String(decoding: try scratch.data("all.md"), as: UTF8.self)
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

  @Test("a run answers 'unsure' where it would not be right as often as wanted")
  func abstain() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise()
    // Right from 0.98 on, one in two below.
    try scratch.setPredictions(of: "run") {
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
    #expect(String(decoding: try scratch.data("page.html"), as: UTF8.self).contains("unsure"))

    for (right, message) in [(0, "not even the surest"), (9, "for 9 only, expected 10 or more")] {
      try scratch.setPredictions(of: "run") {
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
    try scratch.trainOnNoise()
    // Of 16 photos, 12 are right beyond doubt; the true class of the others has 0.4.
    try scratch.setPredictions(of: "run") { $0 < 12 ? (true, 0.9) : (false, 0.6) }
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
