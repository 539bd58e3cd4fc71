import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Runs beside one another", .serialized)
struct RunsBesideTests {
  @Test("runs are listed, the newest first, in 80 columns, and what is no run is said")
  func list() throws {
    let scratch = try TemporaryFolder()
    let none = try Finetune.run(["runs"], in: scratch.url)
    #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("no folder 'runs'"))
    #expect(try Finetune.run(["runs", "nowhere"], in: scratch.url).status == 66)
    try scratch.trainOnNoise("runs/older")
    let long = "a-name-that-is-longer-than-its-column-has-room-for"
    try scratch.copy("runs/older", to: "runs/\(long)")
    let date = try Run(scratch.url.appending(path: "runs/older")).record.date
    try scratch.replace(date, by: "2020-01-02T03:04:05Z", in: "runs/older/run.json")
    try scratch.copy("runs/older", to: "runs/begun")
    try scratch.remove("runs/begun/run.json")
    try scratch.write("runs/notes/x.txt", [0])

    let listed = try Finetune.run(["runs"], in: scratch.url)
    #expect(listed.status == 0)
    let lines = listed.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 80 }, "\(listed.output)")
    #expect(lines[1] == "runs/\(long)" && lines[3].hasPrefix("runs/older  "))
    #expect(lines[3].contains("mobilenet 0.05") && lines[3].contains("2020-01-02"))
    #expect(listed.errors.contains("'runs/begun' has not ended"))
    #expect(listed.errors.contains("'finetune --output runs/begun --resume'"))
    #expect(listed.errors.contains("no run is in 'runs/notes'"))

    let json = try Finetune.run(["runs", "--json"], in: scratch.url).json()
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(runs.map { $0["path"] as? String } == ["runs/\(long)", "runs/older"])
    let report = try #require(
      try JSONSerialization.jsonObject(with: scratch.data("runs/older/report.json"))
        as? [String: Any])
    #expect(runs[1]["accuracy"] as? Double == report["accuracy"] as? Double)
    #expect(runs[1]["split"] as? String == "validation" && runs[1]["plan"] as? String == "head")
    #expect(try #require(runs[1]["bytes"] as? Int) > 10_000)
    #expect((runs[1]["trainingSeconds"] as? Double ?? -1) >= 0)
    #expect((json["incomplete"] as? [Any])?.count == 1)
    #expect(json["others"] as? [String] == ["runs/notes"])
  }

  @Test("runs beside one another: who is right more often, by photos that only one has right")
  func compare() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise("first")
    try scratch.copy("first", to: "second")
    try scratch.setPredictions(of: "first") { _ in (true, 0.9) }
    func compared(wrong: Int, dropping: Int = 0) throws -> ([String: Any], Finetune.Outcome) {
      try scratch.copy("first", to: "next")
      try scratch.setPredictions(of: "next", dropping: dropping) { ($0 >= wrong, 0.9) }
      try scratch.remove("second")
      try FileManager.default.moveItem(
        at: scratch.url.appending(path: "next"), to: scratch.url.appending(path: "second"))
      return (
        try Finetune.run(["compare", "first", "second", "--json"], in: scratch.url).json(),
        try Finetune.run(["compare", "first", "second"], in: scratch.url)
      )
    }
    for (wrong, p, verdict) in [
      (0, 1.0, "cannot be told apart by 16 photos"),
      (5, 0.0625, "the probabilities of 'first' are better than those of 'second'"),
      (6, 0.03125, "'first' is right more often than 'second'"),
    ] {
      let (json, text) = try compared(wrong: wrong)
      #expect(json["photos"] as? Int == 16)
      let pair = try #require((json["comparisons"] as? [[String: Any]])?.first)
      let test = try #require(pair["test"] as? [String: Any])
      #expect(test["onlyFirst"] as? Int == wrong && test["onlySecond"] as? Int == 0)
      #expect(abs(try #require(test["probability"] as? Double) - p) < 1e-12)
      #expect("\(pair["verdict"] ?? "")".contains(verdict), "\(pair["verdict"] ?? "")")
      #expect((pair["flipped"] as? [Any])?.count == wrong)
      let difference = try #require(
        (pair["accuracy"] as? [String: Any])?["difference"] as? Double)
      #expect(abs(difference + Double(wrong) / 16) < 1e-12)
      #expect(text.status == 0, "\(text.errors)")
      let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains(verdict), "\(text.output)")
      #expect(text.output.contains("flipped") == (wrong > 0))
    }

    let (fewer, said) = try compared(wrong: 6, dropping: 4)
    #expect(fewer["photos"] as? Int == 12)
    #expect(said.errors.contains("measured on different photos"))
  }

  @Test("runs that cannot be compared are refused; on given photos all are measured now")
  func compareRefused() throws {
    let scratch = try TemporaryFolder()
    try scratch.trainOnNoise("first")
    try scratch.copy("first", to: "second")
    let now = try Finetune.run(
      ["compare", "first", "second", "--data", "photos", "--json"], in: scratch.url)
    #expect(now.status == 0, "\(now.errors)")
    #expect(try now.json()["photos"] as? Int == 40)
    #expect(now.errors.contains("'second' was trained on 40 of its 40 photos"))

    try scratch.copy("first", to: "third")
    for file in ["third/labels.json", "third/split.json"] {
      try scratch.replace("\"b\"", by: "\"c\"", in: file)
    }
    let differing = try Finetune.run(["compare", "first", "third"], in: scratch.url)
    #expect(differing.status == 65)
    #expect(differing.firstLine.contains("only 'first' knows 'b', only 'third' knows 'c'"))

    // Other photos: of other bytes, as the split says.
    let digests = try Run(scratch.url.appending(path: "second")).photos.all.map(\.digest)
    for digest in digests {
      let other = String(digest.reversed())
      try scratch.replace(digest, by: other, in: "second/split.json")
    }
    let apart = try Finetune.run(["compare", "first", "second"], in: scratch.url)
    #expect(apart.status == 65 && apart.firstLine.contains("--data DIR"), "\(apart.errors)")

    for (arguments, status, message) in [
      (["compare", "first"], 64, "at least two"), (["compare"], 64, "at least two"),
      (["compare", "first", "./first"], 64, "twice"),
      (["compare", "first", "nowhere"], 66, "nowhere"),
    ] as [([String], Int32, String)] {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == status && outcome.firstLine.contains(message), "\(outcome.errors)")
    }
  }
}
