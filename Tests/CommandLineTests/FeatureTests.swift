import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("finetune features", .serialized)
struct FeatureTests {
  /// A table of features by the path of the photo.
  private struct Table {
    let columns: [String]
    let rows: [String: (label: String, values: [Double])]
    let paths: [String]

    init(_ text: String) throws {
      var lines = text.split(separator: "\n").map { $0.components(separatedBy: ",") }
      columns = lines.removeFirst()
      paths = lines.map { $0[0] }
      rows = try Dictionary(
        uniqueKeysWithValues: lines.map { fields in
          let values = try fields.dropFirst(2).map { try #require(Double($0)) }
          return (fields[0], (fields[1], values))
        })
    }
  }

  private let untrained = Tiny.options + ["--weights", "none"]

  @Test(
    "of a run are what its head reads, in its own view, whatever was tuned",
    arguments: [
      ["--plan", "head"], ["--plan", "full", "--epochs", "1", "--learning-rate", "1e-3"],
    ])
  func run(_ plan: [String]) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--resize", "squash", "--validation", "0",
        "--output", "run", "--progress", "none",
      ] + plan, in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let outcome = try Finetune.run(
      ["features", "run", "--data", "photos", "--output", "f.csv"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("18 photos, features of shape [51]: f.csv"))
    let table = try Table(
      String(contentsOf: scratch.url.appending(path: "f.csv"), encoding: .utf8))
    #expect(table.columns == ["path", "label"] + (0..<51).map { "f\($0)" })
    #expect(table.paths == table.paths.sorted() && table.rows.count == 18)
    #expect(table.rows["green/4.jpg"]?.label == "green")

    let head = try #require(readHead(scratch.url.appending(path: "run/head.h5")).layers.first)
    let logits = try Finetune.run(
      ["features", "run", "--data", "photos", "--csv", "--node", "head"], in: scratch.url)
    let direct = try Table(logits.output)
    for (path, row) in table.rows {
      let found = try #require(direct.rows[path])
      for unit in 0..<3 {
        var sum = Double(head.bias.values[unit])
        for (place, value) in row.values.enumerated() {
          sum += value * Double(head.kernel.values[place * 3 + unit])
        }
        #expect(abs(sum - found.values[unit]) < 1e-3 * max(1, abs(sum)), "\(path)")
      }
    }
    for path in table.paths.prefix(2) {
      let found = try #require(direct.rows[path])
      let answer = try Finetune.run(
        ["predict", "run", "photos/\(path)", "--json"], in: scratch.url
      ).json()
      let photo = try #require((answer["predictions"] as? [[String: Any]])?.first)
      let top = try #require((photo["top"] as? [[String: Any]])?.first)
      #expect(
        top["index"] as? Int == found.values.indices.max { found.values[$0] < found.values[$1] })
    }
  }

  @Test(
    "takes any folder of photos",
    arguments: [
      (["a/1.jpg", "a/2.jpg"], ["a", "a"]),
      (["1.jpg", "2.jpg"], ["", ""]),
      (["a/1.jpg", "b/2.jpg"], ["a", "b"]),
      (["train/a/1.jpg", "val/b/2.jpg"], ["a", "b"]),
      (["test/a/1.jpg"], ["a"]),
    ])
  func folders(_ paths: [String], _ labels: [String]) throws {
    let scratch = try TemporaryFolder()
    for (number, path) in paths.enumerated() {
      try scratch.photo("photos/\(path)", class: number % 3, variant: number)
    }
    for form in [["--output", "f.h5"], ["--csv"]] {
      let outcome = try Finetune.run(
        ["features"] + untrained + ["--data", "photos"] + form, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let photos = paths.count == 1 ? "1 photo" : "\(paths.count) photos"
      #expect(outcome.errors.contains("\(photos), features of shape [51]"), "\(outcome.errors)")
      guard form == ["--csv"] else { continue }
      let table = try Table(outcome.output)
      #expect(table.paths == paths)
      #expect(table.paths.map { table.rows[$0]?.label } == labels)
    }
  }

  @Test("quotes what CSV has to quote, and --csv decides over the name of the file")
  func quoting() throws {
    let scratch = try TemporaryFolder()
    try scratch.photo("photos/red, or \"blue\"/1.jpg", class: 0)
    let outcome = try Finetune.run(
      ["features"] + untrained + ["--data", "photos", "--csv", "--output", "table"],
      in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let text = try String(contentsOf: scratch.url.appending(path: "table"), encoding: .utf8)
    #expect(
      text.split(separator: "\n")[1].hasPrefix(
        #""red, or ""blue""/1.jpg","red, or ""blue""","#))
    #expect(text.split(separator: "\n").count == 2)
  }

  @Test(
    "refuses what contradicts itself",
    arguments: [
      ([], 64, "no RUN and no --base"),
      (["run", "--base", "mobilenet"], 64, "'run' and --base exclude each other"),
      (["run", "--alpha", "0.5"], 64, "go with --base; a run knows its own"),
      (["run", "--resize", "squash"], 64, "go with --base; a run knows its own"),
      (["run", "--weights", "x.h5"], 64, "go with --base; a run knows its own"),
      (["none"], 66, "there is no run 'none'"),
      (["photos"], 65, "'photos' is not a run of this program"),
    ] as [([String], Int32, String)])
  func refusals(_ arguments: [String], _ status: Int32, _ text: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    let outcome = try Finetune.run(
      ["features"] + arguments + ["--data", "photos", "--output", "f.h5"], in: scratch.url)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
    #expect(!scratch.has("f.h5"))
    let nowhere = try Finetune.run(
      ["features"] + untrained + ["--data", "photos"], in: scratch.url)
    #expect(nowhere.status == 64)
    #expect(nowhere.errors.contains("--output FILE.h5, or add --csv"))
  }
}
