import Foundation
import TestSupport
import Testing

@Suite("A list of photos as data", .serialized)
struct ManifestTests {
  /// Photos somewhere, and a list of them elsewhere, one of which is damaged.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("pictures", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    try scratch.write("pictures/red/cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])
    var lines = ["path,label,split"]
    for (index, name) in ["blue", "green", "red"].enumerated() {
      for number in 0..<6 {
        let split = number < 4 ? "train" : "test"
        lines.append("../pictures/\(name)/\(number).jpg,colour \(index),\(split)")
      }
    }
    lines.append("../pictures/red/cut.jpg,colour 2,test")
    try scratch.write("lists/colours.csv", Array((lines.joined(separator: "\n") + "\n").utf8))
    return scratch
  }

  @Test("it is inspected, trained on, measured and turned into features as a folder is")
  func everywhere() throws {
    let scratch = try prepare()
    let list = "lists/colours.csv"
    let inspection = try Finetune.run(
      ["inspect", "--data", list, "--json"] + Tiny.options, in: scratch.url)
    #expect(inspection.status == 0, "\(inspection.errors)")
    let json = try inspection.json()
    let classes = try #require(json["classes"] as? [[String: Any]])
    #expect(classes.map { $0["class"] as? String } == ["colour 0", "colour 1", "colour 2"])
    #expect(classes.map { $0["images"] as? Int } == [6, 6, 6])
    let problems = try #require(json["problems"] as? [[String: String]])
    #expect(problems.contains { $0["path"]?.hasSuffix("pictures/red/cut.jpg") == true })

    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", list, "--plan", "head", "--progress", "none",
      ],
      in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let run = "runs/mobilenet-colours"
    #expect(scratch.has("\(run)/run.json"))
    let report =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: scratch.url.appending(path: "\(run)/report.json"))) as? [String: Any]
    #expect(report?["split"] as? String == "test")
    #expect(report?["images"] as? Int == 6)
    #expect((report?["skipped"] as? [[String: String]])?.count == 1)

    let evaluation = try Finetune.run(
      ["evaluate", run, "--data", list, "--json"], in: scratch.url
    ).json()
    #expect(evaluation["images"] as? Int == 6)
    #expect(evaluation["accuracy"] as? Double == report?["accuracy"] as? Double)
    #expect((evaluation["skipped"] as? [[String: String]])?.count == 1)

    let features = try Finetune.run(
      ["features"] + Tiny.options
        + ["--weights", "none", "--data", list, "--output", "f.h5"], in: scratch.url)
    #expect(features.status == 0, "\(features.errors)")
    #expect(features.errors.contains("18 photos, features of shape"))
  }

  @Test("a page is not written among the photos that it names, nor over the list")
  func outside() throws {
    let scratch = try prepare()
    for sheet in ["pictures/red/sheet.html", "lists/colours.csv"] {
      let outcome = try Finetune.run(
        ["inspect", "--data", "lists/colours.csv", "--sheet", sheet] + Tiny.options,
        in: scratch.url)
      #expect(outcome.status == 64, "\(outcome.errors)")
      #expect(outcome.firstLine.contains(sheet))
    }
    #expect(!scratch.has("pictures/red/sheet.html"))
  }

  @Test("a list that is not there, or is none, is said to be so")
  func errors() throws {
    let scratch = try prepare()
    try scratch.write("lists/empty.csv")
    for (list, status) in [("lists/none.csv", 66), ("lists/empty.csv", 65)] as [(String, Int32)] {
      let outcome = try Finetune.run(
        Tiny.options + ["--weights", "tiny.h5", "--data", list, "--progress", "none"],
        in: scratch.url)
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.firstLine.contains(list) && outcome.errors.split(separator: "\n").count == 1)
    }
  }
}
