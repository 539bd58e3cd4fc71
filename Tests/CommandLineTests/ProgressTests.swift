import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Progress")
struct ProgressTests {
  private func train(_ style: String, locale: String) throws -> Finetune.Outcome {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 8)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "full", "--epochs", "40",
        "--early-stop", "0", "--batch-size", "4", "--output", "run", "--progress", style,
      ], in: scratch.url, through: "export LC_ALL=\(locale)")
  }

  @Test(
    "is a bar that leaves the last columns of its line free, in the characters of the locale",
    arguments: [("C", "#", "█"), ("C.UTF-8", "█", "#")])
  func bar(_ locale: String, _ full: String, _ other: String) throws {
    let outcome = try train("bar", locale: locale)
    #expect(outcome.status == 0, "\(outcome.errors)")
    // Each state begins where the one before is erased. A file tells no width; 80 is assumed.
    let states = outcome.errors.split(separator: "\r\u{1B}[J").filter { $0.contains("images/s") }
    #expect(states.contains { $0.contains(full) })
    #expect(!states.contains { $0.contains(other) })
    #expect(!states.contains { ($0.split(separator: "\n").first ?? "").count > 77 })
  }

  @Test("is a line for each epoch and hardly more where it goes to a file")
  func lines() throws {
    let outcome = try train("lines", locale: "C")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("\r") && !outcome.errors.contains("\u{1B}"))
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count { $0.contains(": epoch ") } >= 40)
    #expect(lines.count { $0.contains(" steps, ") && $0.contains("images/s") } < 5)
  }

  @Test("is an object a line in JSON, all with an event that scripts may rely on")
  func json() throws {
    let outcome = try train("json", locale: "C")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = try outcome.output.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return object?["event"] as? String
    }
    #expect(
      Set(["plan", "phase", "step", "epoch", "checkpoint", "done"]).isSubset(
        of: names.compactMap { $0 }))
    #expect(!names.contains(nil) && !names.contains("views"))
  }
}
