import Evaluation
import Files
import Foundation
import Testing

@Suite struct Reports {
  private static func report(
    classes: [String], count: Int = 60, usedForSelection: Bool = false, skipped: [SkippedFile] = []
  ) throws -> EvaluationReport {
    // Every third photo is taken for the next class.
    let rows = (0..<count).map { index in
      let truth = index % classes.count
      var probabilities = [Float](repeating: 0.3 / Float(classes.count - 1), count: classes.count)
      probabilities[(truth + (index % 3 == 0 ? 1 : 0)) % classes.count] = 0.7
      return PredictionRow(path: "photo \(index).jpg", truth: truth, probabilities: probabilities)
    }
    let metrics = try ClassificationMetrics(
      split: usedForSelection ? "val" : "test", usedForSelection: usedForSelection,
      classes: classes, rows: rows, skipped: skipped)
    return EvaluationReport(
      metrics, rows: rows,
      provenance: .init(
        base: "mobilenetv2", baseDigest: "sha256:0123", plan: "last-stage", seed: 7,
        versions: ["oneDNN": "2.7.3"]))
  }

  private static func names(_ count: Int) -> [String] { (0..<count).map { "class \($0)" } }

  @Test("the JSON has the keys that scripts rely on")
  func keys() throws {
    let json = try Self.report(
      classes: ["a", "b"], skipped: [SkippedFile(path: "a/x.jpg", reason: "truncated")]
    ).json()
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let promised: Set = [
      "split", "usedForSelection", "images", "skipped", "accuracy", "top5Accuracy",
      "balancedAccuracy", "macroF1", "logLoss", "expectedCalibrationError", "classes",
      "confusionMatrix", "perClass",
    ]
    #expect(promised.subtracting(object.keys).isEmpty)
    let row = try #require((object["perClass"] as? [[String: Any]])?.first)
    #expect(Set(row.keys) == ["class", "precision", "recall", "f1", "support"])
    let skipped = try #require((object["skipped"] as? [[String: Any]])?.first)
    #expect(Set(skipped.keys) == ["path", "reason"])
    #expect(object["images"] as? Int == 60)
    #expect(object["usedForSelection"] as? Bool == false)
    #expect(json.hasSuffix("}\n"))
  }

  @Test("metrics read back from their JSON are the same")
  func roundTrip() throws {
    let metrics = try Self.report(classes: Self.names(7)).metrics
    let json = try EvaluationReport.encode(metrics)
    #expect(try JSONDecoder().decode(ClassificationMetrics.self, from: Data(json.utf8)) == metrics)
  }

  @Test("the same values give the same bytes", arguments: [2, 100])
  func deterministic(count: Int) throws {
    #expect(
      try Self.report(classes: Self.names(count)).html()
        == Self.report(classes: Self.names(count)).html())
    #expect(
      try Self.report(classes: Self.names(count)).json()
        == Self.report(classes: Self.names(count)).json())
  }

  @Test("the page says whether the split was used for a choice", arguments: [true, false])
  func honesty(usedForSelection: Bool) throws {
    let html = try Self.report(classes: ["a", "b"], usedForSelection: usedForSelection).html()
    #expect(html.contains("chose among its weights by this split") == usedForSelection)
    #expect(html.contains("honest estimate") == !usedForSelection)
  }

  @Test("names and paths are shown as text, never as markup")
  func escaping() throws {
    let evil = "<script>\"&'</script>"
    let html = try Self.report(
      classes: [evil, "b", "c"], skipped: [SkippedFile(path: evil, reason: evil)]
    ).html()
    #expect(html.ranges(of: "<script").count == 1, "the page's own")
    #expect(html.contains("&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;"))
  }

  @Test("nothing is loaded from elsewhere", arguments: [2, 100])
  func selfContained(count: Int) throws {
    let html = try Self.report(classes: Self.names(count)).html()
    for reference in ["http:", "https:", "<script src", "<link", "@import", "url("] {
      #expect(!html.contains(reference), "\(reference)")
    }
  }

  @Test("no script but the page's own may run, and that only as it is")
  func scriptPolicy() throws {
    let html = try Self.report(classes: ["a", "b"]).html()
    let policy = try #require(html.firstMatch(of: /Content-Security-Policy" content="([^"]*)"/)?.1)
    let script = try #require(html.firstMatch(of: /<script>((?s:.*?))<\/script>/)?.1)
    let digest = Data(ContentDigest(Array(script.utf8)).bytes).base64EncodedString()
    #expect(
      policy.contains("default-src 'none'") && policy.hasSuffix("script-src 'sha256-\(digest)'"))
  }

  @Test(
    "all photos of a mistake stand under it, the commonest mistake first, and counts lead to them")
  func photosOfMistakes() throws {
    let rows = [
      PredictionRow(path: "x/1.jpg", truth: 0, probabilities: [0.4, 0.6]),
      PredictionRow(path: "y/2.jpg", truth: 1, probabilities: [0.8, 0.2]),
      PredictionRow(path: "y/3.jpg", truth: 1, probabilities: [0.9, 0.1]),
    ]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["x", "y"], rows: rows)
    let report = EvaluationReport(metrics, rows: rows, provenance: .init(base: "b"))
    #expect(report.confusions.map(\.truth) == [1, 0])
    #expect(report.confusions[0].photos.map(\.path) == ["y/3.jpg", "y/2.jpg"])
    let html = try report.html()
    for anchor in ["pair-1-0", "pair-0-1"] {
      #expect(html.contains("<details id=\"\(anchor)\"") && html.contains("href=\"#\(anchor)\""))
    }
  }

  @Test("the JSON has every figure of the page", arguments: [2, 30])
  func scores(count: Int) throws {
    let report = try Self.report(classes: Self.names(count))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    let scores = try #require(object["scores"] as? [String: Any])
    #expect(
      Set(scores.keys) == [
        "macro", "micro", "weighted", "agreement", "brier", "debiasedCalibrationError",
        "topAccuracies", "intervals", "perClass", "meanRocArea", "meanAveragePrecision", "answered",
        "sets", "suspects",
      ])
    #expect((scores["perClass"] as? [Any])?.count == count)
  }

  @Test("labels are no suspects where their photos were trained on")
  func noSuspects() throws {
    let rows = [
      PredictionRow(path: "a", truth: 0, probabilities: [0.1, 0.9]),
      PredictionRow(path: "b", truth: 1, probabilities: [0.1, 0.9]),
    ]
    for trainedOn in [0, 1] {
      let metrics = try ClassificationMetrics(
        split: "train", usedForSelection: true, trainedOn: trainedOn, classes: ["x", "y"],
        rows: rows)
      let report = EvaluationReport(metrics, rows: rows, provenance: .init(base: "b"))
      #expect((report.scores?.suspects != nil) == (trainedOn == 0))
      #expect(try report.html().contains("Labels to look at") == (trainedOn == 0))
    }
  }

  @Test(
    "few classes are a table of counts, many a heat map",
    arguments: [(2, true), (20, true), (21, false), (100, false)])
  func matrix(count: Int, isTable: Bool) throws {
    let html = try Self.report(classes: Self.names(count), count: 300).html()
    #expect(html.contains("<table class=\"confusion\">") == isTable)
    #expect(html.contains("<svg class=\"map\"") == !isTable)
  }

  @Test("mistakes come most confident first, ties by path, at most as many as asked for")
  func mistakes() throws {
    let rows = [
      PredictionRow(path: "c", truth: 0, probabilities: [0.4, 0.6]),
      PredictionRow(path: "b", truth: 0, probabilities: [0.1, 0.9]),
      PredictionRow(path: "a", truth: 1, probabilities: [0.9, 0.1]),
      PredictionRow(path: "d", truth: 1, probabilities: [0.2, 0.8]),
    ]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["x", "y"], rows: rows)
    let report = EvaluationReport(
      metrics, rows: rows, provenance: .init(base: "b"), mistakeLimit: 2)
    #expect(report.mistakes.map(\.path) == ["a", "b"])
    #expect(report.mistakes[0].predicted == 0 && report.mistakes[0].truth == 1)
  }

  @Test("a thumbnail is embedded, and a mistake without one says so")
  func thumbnails() throws {
    var report = try Self.report(classes: ["a", "b"])
    report.mistakes[0].thumbnail = [0xFF, 0xD8, 0xFF]
    let html = try report.html()
    #expect(html.contains("data:image/jpeg;base64,/9j/"))
    #expect(html.contains("no picture"))
    #expect(try !report.json().contains("thumbnail"))
  }

  @Test("a flawless result is said to be one")
  func flawless() throws {
    let rows = [PredictionRow(path: "a", truth: 0, probabilities: [1, 0])]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["x", "y"], rows: rows)
    let html = try EvaluationReport(metrics, rows: rows, provenance: .init(base: "b")).html()
    #expect(
      html.contains("<span class=\"number\">100%</span></h1>") && html.contains("There is none"))
  }
}
