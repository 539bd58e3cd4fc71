import Foundation
import TestSupport
import Testing
import TransferLearning

/// Runs that tests change by hand.
extension TemporaryFolder {
  /// Trains on photos of noise that nobody can tell apart, so that the report has mistakes.
  func trainOnNoise(_ output: String = "run") throws {
    for label in ["a", "b"] {
      for number in 0..<20 {
        var random = CounterRandom(seed: label == "a" ? 1 : 2, epoch: 0, index: UInt64(number))
        let pixels = (0..<32 * 32 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try write(
          "photos/\(label)/\(number).jpg",
          JPEG.encode(Image(width: 32, height: 32, pixels: pixels), quality: 95))
      }
    }
    try Tiny.writeWeights(to: path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--validation", "0.4",
        "--output", output,
      ], in: url)
    #expect(training.status == 0, "\(training.errors)")
  }

  func copy(_ from: String, to: String) throws {
    try FileManager.default.copyItem(at: url.appending(path: from), to: url.appending(path: to))
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: url.appending(path: path))
  }

  func data(_ path: String) throws -> Data {
    try Data(contentsOf: url.appending(path: path))
  }

  /// Replaces text in a file of a run, which has no digests afterwards.
  func replace(_ old: String, by new: String, in path: String) throws {
    let text = String(decoding: try data(path), as: UTF8.self)
    #expect(text.contains(old))
    try write(path, Array(text.replacing(old, with: new).utf8))
    try unseal(path.replacing(/\/[^\/]*$/, with: ""))
  }

  /// Makes a run one of a version that wrote no digests, so that its files can be changed.
  func unseal(_ run: String) throws {
    let record = try JSONSerialization.jsonObject(with: data("\(run)/run.json"))
    var values = try #require(record as? [String: Any])
    (values["digest"], values["files"]) = (nil, nil)
    try write("\(run)/run.json", Array(JSONSerialization.data(withJSONObject: values)))
  }

  /// Gives a run other predictions of its validation photos: by their number whether they are right, and how sure.
  func setPredictions(
    of run: String, dropping: Int = 0, _ answer: (Int) -> (isRight: Bool, confidence: Float)
  ) throws {
    let saved = try Run(url.appending(path: run)).heldOut
    let rows = saved.enumerated().map { number, row in
      let (isRight, confidence) = answer(number)
      var probabilities: [Float] = [1 - confidence, 1 - confidence]
      probabilities[isRight ? row.truth : 1 - row.truth] = confidence
      return PredictionRow(path: row.path, truth: row.truth, probabilities: probabilities)
    }
    let lines = Array(try PredictionRow.jsonLines(Array(rows.dropFirst(dropping))).utf8)
    try write("\(run)/held-out.jsonl", lines)
    try write("\(run)/predictions.jsonl", lines)
    try unseal(run)
  }
}
