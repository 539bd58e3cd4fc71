import Evaluation
import Foundation
import Testing

@Suite("A comparison of bases")
struct BaseComparisonTests {
  private static func entry(
    _ name: String, _ outcome: BaseComparison.Outcome, loss: Double = 0.5, behind: Double = 0.1,
    photos: Int = 100
  ) -> BaseComparison.Entry {
    var entry = BaseComparison.Entry(
      base: name, imageSize: [224, 224], parameters: 2_300_000, multiplyAdds: 300_000_000,
      outcome: outcome, reason: outcome == .leftOut ? "no <time>" : nil)
    guard outcome != .leftOut else { return entry }
    entry.secondsPerImage = 0.0123
    entry.scores = BaseComparison.Scores(
      photos: photos, accuracy: 0.9,
      accuracyInterval: AccuracyInterval(successes: 90, trials: 100), logLoss: loss,
      behindBest: behind, error: 0.05)
    return entry
  }

  private static func comparison(_ entries: [BaseComparison.Entry]) -> BaseComparison {
    BaseComparison(
      entries: entries, sampled: 100, available: 250, seed: 7, seconds: 12, budget: 120)
  }

  @Test(
    "says in a sentence what is taken and why",
    arguments: [
      (
        [entry("a", .chosen, behind: 0.1), entry("b", .alike, behind: 0)],
        "a is taken: the fastest of the 2 that cannot be told from the best, b, on 100 of 250 photos to train on"
      ),
      (
        [entry("a", .chosen, behind: 0), entry("b", .alike), entry("c", .worse)],
        "a is taken: the best, and the fastest of the 2 that cannot be told apart on 100 of 250 photos to train on"
      ),
      (
        [entry("a", .chosen, behind: 0), entry("b", .worse), entry("c", .halved)],
        "a is taken: better than the 1 other base by more than chance, the last time on 100 of 250 photos to train on;"
          + " 1 base was dropped on a smaller sample"
      ),
      (
        [entry("a", .chosen, behind: 0), entry("b", .leftOut), entry("c", .leftOut)],
        "a is taken: no other base was compared with it to the end; 2 bases were left out"
      ),
    ])
  func sentence(_ entries: [BaseComparison.Entry], _ expected: String) {
    #expect(Self.comparison(entries).sentence == expected)
  }

  @Test("lists those first that saw the most photos, then the better ones")
  func order() {
    let comparison = Self.comparison([
      Self.entry("out", .leftOut), Self.entry("early", .worse, loss: 0.1, photos: 50),
      Self.entry("second", .alike, loss: 0.6), Self.entry("first", .chosen, loss: 0.4),
    ])
    #expect(comparison.entries.map(\.base) == ["first", "second", "early", "out"])
    #expect(comparison.chosen.base == "first")
  }

  @Test("is the same when it is read back, and is in the report's JSON and on its page")
  func report() throws {
    let comparison = Self.comparison([
      Self.entry("a <b>", .chosen, behind: 0), Self.entry("slow", .leftOut),
    ])
    let json = try EvaluationReport.encode(comparison)
    #expect(try JSONDecoder().decode(BaseComparison.self, from: Data(json.utf8)) == comparison)
    let rows = [PredictionRow(path: "x.jpg", truth: 0, probabilities: [0.7, 0.3])]
    var provenance = EvaluationReport.Provenance(base: "a")
    func report() throws -> EvaluationReport {
      EvaluationReport(
        try ClassificationMetrics(
          split: "test", usedForSelection: false, classes: ["p", "q"], rows: rows),
        rows: rows, provenance: provenance)
    }
    #expect(try !report().html().contains("Choice of the base"))
    provenance.baseComparison = comparison
    let page = try report().html()
    for text in [
      "Choice of the base", "a &lt;b&gt;", "12.3 ms", "82.6% to 94.5%", "left out: no &lt;time&gt;",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("<b>a <b>") && !page.contains("<time>"))
    #expect(try report().json().contains("\"baseComparison\""))
  }

  @Test("has intervals of shares that are those of whole numbers")
  func interval() {
    let whole = AccuracyInterval(successes: 90, trials: 100)
    #expect(AccuracyInterval(share: 0.9, trials: 100) == whole)
    let fewer = AccuracyInterval(share: 0.9, trials: 25.5)
    #expect(fewer.lower < whole.lower && fewer.upper > whole.upper)
    #expect(AccuracyInterval(share: 0, trials: 0) == AccuracyInterval(successes: 0, trials: 0))
  }
}
