import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("--precision", .serialized)
struct PrecisionTests {
  @Test("bfloat16 trains, is recorded, and cannot be changed by a resume")
  func training() throws {
    let scratch = try TemporaryFolder()
    let sample = try Finetune.run(
      ["sample", "--output", "photos", "--photos", "5", "--test", "0", "--size", "48"],
      in: scratch.url)
    #expect(sample.status == 0)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let command =
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--epochs", "1", "--early-stop", "0",
        "--learning-rate", "1e-5", "--precision", "bfloat16", "--force", "--output", "run",
      ]
    let training = try Finetune.run(command, in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let record = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "run/run.json")))
    #expect((record as? [String: Any])?["precision"] as? String == "bfloat16")
    let other = try Finetune.run(
      ["--output", "run", "--resume", "--precision", "float32"], in: scratch.url)
    #expect(other.status == 64)
    #expect(
      other.firstLine.contains("make precision float32, where the run has bfloat16"),
      "\(other.errors)")

    // The same run in both: close, and not the same.
    var answers: [[Double]] = []
    for precision in Precision.allCases {
      let found = try Finetune.run(
        [
          "predict", "run", "photos/\(SampleSet.sample.classes[0])/0000.jpg", "--json", "--top",
          "100", "--precision", precision.rawValue, "--force",
        ], in: scratch.url
      ).json()
      let predictions = try #require(found["predictions"] as? [[String: Any]])
      let top = try #require(predictions.first?["top"] as? [[String: Any]])
      let byIndex = top.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      answers.append(byIndex.compactMap { $0["probability"] as? Double })
    }
    #expect(answers[0].count == SampleSet.sample.classes.count)
    let largest = zip(answers[0], answers[1]).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 0.1)
    if Precision.bfloat16.isNative { #expect(largest > 0) }
  }
}
