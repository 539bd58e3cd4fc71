import Evaluation
import Testing

@Suite("The summary in Markdown")
struct ReportSummaryTests {
  private static func report(_ classes: [String], photos: Int = 60) throws -> EvaluationReport {
    // Every third photo is taken for the next class.
    let rows = (0..<photos).map { index in
      let truth = index % classes.count
      var probabilities = [Float](repeating: 0.3 / Float(classes.count - 1), count: classes.count)
      probabilities[(truth + (index % 3 == 0 ? 1 : 0)) % classes.count] = 0.7
      return PredictionRow(path: "\(index).jpg", truth: truth, probabilities: probabilities)
    }
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, trainedOn: 3, classes: classes, rows: rows,
      skipped: [SkippedFile(path: "x.jpg", reason: "truncated")])
    return EvaluationReport(
      metrics, rows: rows, provenance: .init(base: "mobilenetv2", plan: "last-stage"))
  }

  /// Cells are divided by bars that nothing escapes, and a blank line ends a table.
  private static func requireTables(_ text: String) {
    var columns: Int?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        columns = nil
        #expect(!line.contains("|"), "\(line)")
        continue
      }
      let bars = line.count { $0 == "|" }
      #expect(columns ?? bars == bars && line.hasSuffix("|"), "\(line)")
      columns = bars
    }
  }

  @Test("has the headline with its interval, what to beware of, classes, mistakes and calibration")
  func parts() throws {
    let text = try Self.report(["ant", "bee", "cat"]).markdown()
    Self.requireTables(text)
    for part in [
      "## mobilenetv2\\: 66.7% on test", "**Accuracy 66.7%** on test, 95% interval 54.1% to 77.3%",
      "> **Caution:** 3 of these 60 photos were trained on",
      "### Most confused", "### Calibration", "the calibration error is", "1 file skipped",
      "| Plan | last-stage |",
      // All ants are taken for bees, so that no answer is an ant, and half of the bees are.
      "| ant | 20 | 0% | 0% | 0% |", "| bee | 20 | 50.0% | 100% | 66.7% |",
      "| ant | bee | 20 photos | 100% |",
    ] {
      #expect(text.contains(part), "\(part)\n\(text)")
    }
    #expect(!text.contains("\n\n\n"), "\(text)")
    #expect(!text.contains("{{"))
  }

  @Test(
    "shows names as they are, whatever Markdown or HTML they hold",
    arguments: [
      ("a|b", "a&#124;b"), ("<b>x</b>", "&#60;b&#62;x&#60;/b&#62;"), ("*x*_y_", "\\*x\\*\\_y\\_"),
      ("`code`", "\\`code\\`"), ("[x](http://y)", "\\[x\\](http\\://y)"),
      ("two\nlines", "two lines"),
      ("\u{600}<i>", "\u{600}&#60;i&#62;"), ("a\\|b", "a\\\\&#124;b"), ("&lt;", "&#38;lt;"),
      ("<\u{301}b>", "&#60;\u{301}b&#62;"),
    ])
  func escaping(name: String, shown: String) throws {
    let text = try Self.report([name, "other"]).markdown()
    Self.requireTables(text)
    let rows = text.unicodeScalars.split(separator: "\n").map { String($0) }
    #expect(rows.contains { $0.hasPrefix("| \(shown) | 30 |") }, "\(text)")
  }

  @Test("of very many classes with very long names is bounded, the worst classes first")
  func bounded() throws {
    let long = String(repeating: "x", count: 5000)
    let text = try Self.report((0..<1000).map { "\($0)\(long)" }, photos: 3000).markdown()
    Self.requireTables(text)
    #expect(text.utf8.count < 20_000)
    #expect(text.contains("The 50 classes with the lowest F1 of 1000."))
    #expect(text.split(separator: "\n").count < 120)
  }

  @Test("of photos with any number of classes has mAP and no pairs")
  func multiLabel() throws {
    let rows = (0..<20).map { index in
      PredictionRow(
        path: "\(index).jpg", truths: index % 2 == 0 ? [0] : [0, 1],
        probabilities: [0.9, index % 3 == 0 ? 0.8 : 0.1])
    }
    let thresholds = [ClassThresholds([0.5, 0.5])]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["cat", "dog"], rows: rows,
      thresholds: thresholds)
    let text = try EvaluationReport(
      metrics, rows: rows, thresholds: thresholds, provenance: .init(base: "x")
    ).markdown()
    Self.requireTables(text)
    #expect(text.contains("mAP") && text.contains("Photos with exactly their labels"))
    #expect(!text.contains("### Most confused"))
  }

  @Test("pictures that were trained on in other files are counted, and the others measured")
  func copies() throws {
    var report = try Self.report(["a", "b"])
    let assurance = "the figure is an honest estimate"
    #expect(try report.markdown().contains(assurance) && report.copiesSentence == nil)
    let rows = [
      PredictionRow(path: "1", truth: 0, probabilities: [0.9, 0.1]),
      PredictionRow(path: "2", truth: 0, probabilities: [0.2, 0.8]),
      PredictionRow(path: "3", truth: 1, probabilities: [0.1, 0.9]),
    ]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["a", "b"], rows: rows)
    #expect(EvaluationReport.Copies(rows, metrics, copies: ["4"]) == nil)
    report.copies = EvaluationReport.Copies(rows, metrics, copies: ["1", "4"])
    #expect(report.copies?.photos == 1 && report.copies?.accuracyOfOthers == 0.5)
    let sentence = try #require(report.copiesSentence)
    #expect(sentence.contains("1 of these 60 photos shows the same picture"))
    #expect(sentence.hasSuffix("of the other 2 50.0% are right"))
    for text in try [report.markdown(), report.html()] {
      #expect(text.contains(sentence) && !text.contains(assurance))
    }
    #expect(try report.json().contains("\"copies\""))
    let all = EvaluationReport.Copies(rows, metrics, copies: ["1", "2", "3"])
    #expect(all?.others == 0 && all?.accuracyOfOthers == nil)
  }
}
