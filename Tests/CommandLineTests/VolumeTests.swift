import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Quiet and verbose", .serialized)
struct VolumeTests {
  /// Photos, one of them broken, weights, and a run of them.
  private func makeRun() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    try scratch.write("photos/red/broken.jpg", [1, 2, 3])
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(training("run"), in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    return scratch
  }

  private func training(_ output: String) -> [String] {
    Tiny.options + [
      "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--output", output,
    ]
  }

  @Test("change what is told and nothing else", .tags(.slow), .unlessQuick)
  func levels() throws {
    let scratch = try makeRun()
    let commands = [
      (training("OUT"), "training with its report: "),
      (["evaluate", "run", "--data", "photos"], "reading, predicting and measuring: "),
      (["predict", "run", "photos/red/0.jpg"], "reading and predicting 1 photo: "),
      (["features", "run", "--data", "photos", "--csv"], "loading, reading and computing: "),
      (["compare", "run", "out0"], "comparing saved predictions: "),
    ]
    for (words, detail) in commands {
      let outcomes = try [[], ["--quiet"], ["--verbose"]].enumerated().map { index, level in
        try Finetune.run(words.map { $0 == "OUT" ? "out\(index)" : $0 } + level, in: scratch.url)
      }
      #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.errors))")
      let results = outcomes.map { $0.output.replacing(/\bout[0-2]/, with: "out") }
      #expect(Set(results).count == 1, "\(results)")
      let chatter = outcomes[1].errors.split(separator: "\n").filter { !$0.hasPrefix("note: ") }
      #expect(chatter.isEmpty, "\(words): \(chatter)")
      #expect(outcomes[2].errors.contains(detail), "\(words): \(outcomes[2].errors)")
      if words.first != "compare" {
        #expect(outcomes[2].errors.contains("computes with oneDNN"), "\(outcomes[2].errors)")
      }
      #expect(!outcomes[0].errors.contains(detail))
    }
  }

  @Test("quiet keeps what a user has to know")
  func warnings() throws {
    let scratch = try makeRun()
    let outcome = try Finetune.run(
      ["features", "run", "--data", "photos", "--output", "f.csv", "--quiet"], in: scratch.url)
    #expect(outcome.status == 0 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("left out") && outcome.errors.contains("broken.jpg"))
    #expect(!outcome.errors.contains("features of shape"))
    let sample = try Finetune.run(
      ["sample", "--output", "s", "--photos", "1", "--test", "0", "--quiet"], in: scratch.url)
    #expect(sample.status == 0 && sample.errors.isEmpty && sample.output.isEmpty)
  }

  @Test(
    "exclude each other and what says otherwise",
    arguments: [
      (
        ["predict", "r", "p.jpg", "--quiet", "--verbose"],
        "--quiet and --verbose exclude each other"
      ),
      (
        ["--base", "vgg16", "--data", "x", "--quiet", "--progress", "bar"],
        "--quiet and --progress bar"
      ),
      (
        ["extend", "r", "--data", "x", "--quiet", "--progress", "lines"],
        "--quiet and --progress lines"
      ),
    ])
  func exclusive(_ words: [String], _ message: String) throws {
    let outcome = try Finetune.run(words)
    #expect(outcome.status == 64 && outcome.firstLine.contains(message), "\(outcome.errors)")
  }
}
