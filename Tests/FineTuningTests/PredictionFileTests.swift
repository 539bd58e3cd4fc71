import Evaluation
import FineTuning
import Foundation
import TestSupport
import Testing

@Suite("Predictions that a run keeps")
struct PredictionFileTests {
  /// Probabilities of three classes, and what is wrong with them.
  static let rows: [(probabilities: [Float], fault: String?)] = [
    ([0.2, 0.3, 0.5], nil), ([1, 0, 0], nil), ([0.2, 0.3, 0.5005], nil),
    ([1e30, 0, 0], "line 2 has the probability 1e+30"),
    ([-0.5, 1, 0.5], "line 2 has the probability -0.5"),
    ([2, 0, -1], "line 2 has the probability 2.0"),
    ([0.5, 0.5, 0.5], "line 2 has probabilities that add up to 1.5"),
    ([0, 0, 0], "line 2 has probabilities that add up to 0.0"),
    ([0.5, 0.5], "line 2 is of other classes"),
    ([0.25, 0.25, 0.25, 0.25], "line 2 is of other classes"),
  ]

  @Test("are read where they can be probabilities of its classes, and are damage else")
  func probabilities() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let folder = try RunFolder(creating: url, context: RunContext(data: "photos"))
    _ = try job.train(job.plan(.head), run: folder)
    let run = try Run(url)
    #expect(try run.rows(in: "rows.jsonl") == nil)
    for (probabilities, fault) in Self.rows {
      let rows = [[0.5, 0.25, 0.25], probabilities].map {
        PredictionRow(path: "a", truth: 1, probabilities: $0)
      }
      try Data(try PredictionRow.jsonLines(rows).utf8).write(to: url.appending(path: "rows.jsonl"))
      guard let fault else {
        #expect(try run.rows(in: "rows.jsonl") == rows)
        continue
      }
      let error = #expect(throws: RunError.self) { try run.rows(in: "rows.jsonl") }
      #expect(error?.kind == .bad)
      let message = error?.description ?? ""
      #expect(message.contains("rows.jsonl' is damaged: \(fault)"), "\(message)")
    }
  }
}
