import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A reported figure comes from a model that has not seen the photos", .serialized)
struct HonestFigureTests {
  /// Photos of noise, whose labels nobody can know: what is better than guessing was learnt by heart.
  private func noise(in scratch: TemporaryFolder, count: Int) throws {
    for label in ["a", "b"] {
      for number in 0..<count {
        var random = CounterRandom(seed: label == "a" ? 1 : 2, epoch: 0, index: UInt64(number))
        let pixels = (0..<32 * 32 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try scratch.write(
          "photos/\(label)/\(number).jpg",
          JPEG.encode(Image(width: 32, height: 32, pixels: pixels), quality: 95))
      }
    }
  }

  private func train(in scratch: TemporaryFolder) throws -> Finetune.Outcome {
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--validation", "0.4",
        "--output", "run", "--progress", "json",
      ], in: scratch.url)
  }

  @Test("of a head that is fitted on all photos at last, in every place where one is shown")
  func refittedHead() throws {
    let scratch = try TemporaryFolder()
    try noise(in: scratch, count: 20)
    let training = try train(in: scratch)
    #expect(training.status == 0, "\(training.errors)")
    let run = try Run(scratch.url.appending(path: "run"))
    let honest = try #require(run.record.best?.validation)
    #expect(run.record.trainedOnValidation)

    let report = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "run/report.json")))
    let json = try #require(report as? [String: Any])
    #expect(json["accuracy"] as? Double == honest.accuracy)
    let logLoss = try #require(json["logLoss"] as? Double)
    #expect(abs(logLoss - honest.logLoss) < 1e-6)
    #expect(json["trainedOn"] as? Int == 0)
    #expect(json["usedForSelection"] as? Bool == false)
    let matrix = try #require(json["confusionMatrix"] as? [[Int]])
    let images = try #require(json["images"] as? Int)
    #expect(Double(matrix[0][0] + matrix[1][1]) / Double(images) == honest.accuracy)
    let provenance = try #require(json["provenance"] as? [String: Any])
    #expect("\(provenance["afterwards"] ?? "")".contains("fitted on all photos"))

    let event = try #require(training.output.split(separator: "\n").last)
    let last = try #require(
      try JSONSerialization.jsonObject(with: Data(event.utf8)) as? [String: Any])
    #expect(last["event"] as? String == "report")
    #expect(last["accuracy"] as? Double == honest.accuracy)
    #expect(last["trainedOn"] as? Int == 0)

    let page = try String(
      contentsOf: scratch.url.appending(path: "run/report.html"), encoding: .utf8)
    #expect(page.contains("fitted on all photos"))
    #expect(!page.contains("trained on; figures on them say little"))
    let rows = try PredictionRow.rows(
      jsonLines: Data(contentsOf: scratch.url.appending(path: "run/predictions.jsonl")))
    #expect(Double(rows.count(where: \.isCorrect)) / Double(rows.count) == honest.accuracy)
  }

  @Test("and where only photos that were trained on are at hand, that is said first")
  func trainedOn() throws {
    let scratch = try TemporaryFolder()
    try noise(in: scratch, count: 20)
    #expect(try train(in: scratch).status == 0)
    let outcome = try Finetune.run(
      ["evaluate", "run", "--data", "photos", "--report", "page.html"], in: scratch.url)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("caution: 40 of these 40 photos were trained on"))
    let json = try Finetune.run(["evaluate", "run", "--data", "photos", "--json"], in: scratch.url)
      .json()
    #expect(json["trainedOn"] as? Int == 40)
    let page = try String(contentsOf: scratch.url.appending(path: "page.html"), encoding: .utf8)
    let caution = try #require(page.range(of: "40 of these 40 photos were trained on"))
    let number = try #require(page.range(of: "<h1>"))
    #expect(caution.lowerBound < number.lowerBound)
  }

  @Test("also when the report of a finished run is written later")
  func later() throws {
    let scratch = try TemporaryFolder()
    try noise(in: scratch, count: 20)
    #expect(try train(in: scratch).status == 0)
    let report = scratch.url.appending(path: "run/report.json")
    let before = try Data(contentsOf: report)
    for name in ["report.json", "report.html", "predictions.jsonl"] {
      try FileManager.default.removeItem(at: scratch.url.appending(path: "run/\(name)"))
    }
    let again = try Finetune.run(["--output", "run", "--resume"], in: scratch.url)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Data(contentsOf: report) == before)
  }
}
