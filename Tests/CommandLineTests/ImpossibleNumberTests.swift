import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Numbers in a run's files that it cannot have written", .serialized)
struct ImpossibleNumberTests {
  @Test("are left out of what a report tells of the training, and so are notes beyond number")
  func events() throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 10)
    try scratch.copy("run", to: "other")
    let events = String(decoding: try scratch.data("run/events.jsonl"), as: UTF8.self)
    for (key, value) in [
      ("seconds", "1e300"), ("seconds", "-1e300"), ("phase", "-1"),
      ("phase", "9223372036854775807"), ("epoch", "-9223372036854775808"),
    ] {
      let number = try Regex(#""\#(key)":[0-9][0-9.e+-]*"#)
      let changed = events.replacing(number, with: #""\#(key)":\#(value)"#)
      #expect(changed != events)
      try scratch.write("run/events.jsonl", changed.utf8)
      for command in [["report", "run"], ["compare", "other", "run"], ["runs", "."]] {
        let outcome = try Finetune.run(command, in: scratch.url)
        #expect(outcome.status == 0, "\(command), \(key) \(value): \(outcome.errors)")
      }
    }

    let notes = (0..<2500).map { #"{"event":"note","kind":"data","message":"note \#($0)."}"# }
    let epochs = (1...3000).map {
      #"{"epoch":\#($0),"epochs":3000,"event":"epoch","isBest":false,"phase":0,"seconds":1,"trainingLoss":1,"#
        + #""validationLogLoss":1}"#
    }
    try scratch.write(
      "run/events.jsonl", (events + (notes + epochs).joined(separator: "\n") + "\n").utf8)
    let outcome = try Finetune.run(["report", "run"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let page = String(decoding: try scratch.data("run/report.html"), as: UTF8.self)
    #expect(page.contains("<li>note 900.</li>") && !page.contains("note 1001."))
    #expect(page.contains("other notes in events.jsonl"))
    let dots = page.components(separatedBy: "<title>epoch ").count
    #expect((500...1003).contains(dots), "\(dots)")
    #expect(page.contains("<title>epoch 3000: "))
  }

  @Test("are an error in predictions, and so is any digit that is another")
  func predictions() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise()
    try scratch.copy("run", to: "other")
    let whole = try scratch.data("run/predictions.jsonl")
    let text = String(decoding: whole, as: UTF8.self)
    var rows = try PredictionRow.rows(jsonLines: whole)
    rows[1].probabilities[0] = 1e30
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let changes: [(text: String, fault: String)] = [
      (text.replacing(#""truth":0"#, with: #""truth":1"#, maxReplacements: 1), "sha256"),
      (text.replacing("0.", with: "0.1", maxReplacements: 1), "sha256"),
      (lines.dropFirst().joined(separator: "\n"), "sha256"),
      (lines.dropLast(2).joined(separator: "\n") + "\n", "sha256"),
      (try PredictionRow.jsonLines(rows), "line 2 has the probability 1e+30"),
    ]
    for (changed, fault) in changes {
      #expect(changed != text)
      try scratch.write("run/predictions.jsonl", changed.utf8)
      for command in [["report", "run"], ["compare", "other", "run"]] {
        let outcome = try Finetune.run(command, in: scratch.url)
        #expect(outcome.status == 65, "\(command): \(outcome.errors)")
        #expect(outcome.errors.contains("run/predictions.jsonl' is damaged: "))
        #expect(outcome.errors.contains(fault), "\(outcome.errors)")
      }
    }
    try scratch.write("run/predictions.jsonl", whole)
    #expect(try Finetune.run(["report", "run"], in: scratch.url).status == 0)
  }

  @Test("are an error in what is known of photos, though the digests fit, and so are no digests")
  func knownPhotos() throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 20)
    let command = ["predict", "run", "photos/red/0.jpg", "--unknown", "0.9"]
    let asked = try Finetune.run(command, in: scratch.url)
    #expect(asked.status == 0, "\(asked.errors)")
    let file = scratch.url.appending(path: "run/known-photos.safetensors")
    let whole = try Safetensors(contentsOf: file)
    let changes: [(name: String, value: Float)] = [
      ("root", .nan), ("root", .infinity), ("root", 1e38), ("root", 0), ("means", .nan),
      ("means", 1e30), ("usual", .nan), ("usual", -1), ("usual", .infinity),
    ]
    for (name, value) in changes {
      var changed = whole
      let tensor = try #require(whole.tensors[name])
      changed.tensors[name] = Tensor(repeating: value, tensor.shape)
      let known = KnownPhotos(
        root: try #require(changed.tensors["root"]), means: try #require(changed.tensors["means"]),
        usual: try #require(changed.tensors["usual"]).values)
      changed.metadata["sha256"] = known.digest
      try changed.write(to: file)
      let outcome = try Finetune.run(command, in: scratch.url)
      #expect(outcome.status == 65 && outcome.output.isEmpty, "\(name) \(value)")
      #expect(outcome.errors.contains("known-photos.safetensors' is not of this run or damaged"))
    }
    var bare = whole
    bare.metadata["sha256"] = nil
    try bare.write(to: file)
    #expect(try Finetune.run(command, in: scratch.url).status == 65)
    try whole.write(to: file)
    let again = try Finetune.run(command, in: scratch.url)
    #expect(again.status == 0 && again.output == asked.output, "\(again.errors)")
  }
}
