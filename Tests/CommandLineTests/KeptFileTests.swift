import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Files that are not the program's to write", .serialized)
struct KeptFileTests {
  @Test(
    "what a command reads is not replaced by what it writes, whatever it is given",
    arguments: [
      (["features", "run", "--data", "photos", "--output", "run/weights.h5"], "run/weights.h5"),
      (
        ["features", "run", "--data", "photos", "--csv", "--output", "run/run.json"], "run/run.json"
      ),
      (["predict", "run", "photos", "--csv", "--output", "run/split.json"], "run/split.json"),
      (["predict", "run", "photos", "--sheet", "run/held-out.jsonl"], "run/held-out.jsonl"),
      (
        ["export", "run", "--format", "keras-h5", "--output", "run/weights.h5", "--force"],
        "run/weights.h5"
      ),
      (["export", "run", "--format", "head", "--output", "link.h5", "--force"], "run/head.h5"),
      (
        Self.base("features") + ["--data", "photos", "--output", "tiny.h5"], "tiny.h5"
      ),
    ])
  func inputs(_ command: [String], _ file: String) throws {
    let scratch = try Self.folder.get()
    let before = try scratch.data(file)
    let outcome = try Finetune.run(command, in: scratch.url)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.firstLine.contains("which is only read here"), "\(outcome.errors)")
    #expect(try scratch.data(file) == before)
  }

  @Test(
    "nothing is written among the photos, and no two outputs into one file",
    arguments: [
      (
        ["features", "run", "--data", "photos", "--output", "photos/\u{301}x.h5"], "inside the data"
      ),
      (
        ["evaluate", "run", "--data", "photos", "--report", "photos/\u{301}x.md"], "inside the data"
      ),
      (["inspect", "--data", "photos", "--sheet", "photos/\u{FE0F}s.html"], "inside the data"),
      (["predict", "run", "photos", "--csv", "--output", "photos/\u{301}x"], "inside the data"),
      (
        ["predict", "run", "photos", "--csv", "--output", "o.html", "--sheet", "o.html"],
        "--output and --sheet both name 'o.html'"
      ),
      (
        ["predict", "run", "photos", "--json", "--output", "o.html", "--sheet", "./o.html"],
        "--output and --sheet both name"
      ),
    ])
  func places(_ command: [String], _ message: String) throws {
    let scratch = try Self.folder.get()
    func files() throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: scratch.url.path).sorted()
    }
    let before = try files()
    let outcome = try Finetune.run(command, in: scratch.url)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.firstLine.contains(message), "\(outcome.errors)")
    #expect(try files() == before)
  }

  private static func base(_ command: String) -> [String] {
    [command] + Tiny.options + ["--weights", "tiny.h5"]
  }

  private static let folder = Result {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    try FileManager.default.createSymbolicLink(
      at: scratch.url.appending(path: "link.h5"),
      withDestinationURL: scratch.url.appending(path: "run/head.h5"))
    return scratch
  }

  @Test(
    "a run in which links lead elsewhere is not gone on with",
    arguments: ["events.jsonl", "checkpoints", "tensorboard"])
  func links(_ name: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    try scratch.remove("run/run.json")
    let place = scratch.url.appending(path: "run/\(name)")
    try? FileManager.default.removeItem(at: place)
    try scratch.write("mine/text", Array("mine".utf8))
    let target = scratch.url.appending(path: name == "events.jsonl" ? "mine/text" : "mine")
    try FileManager.default.createSymbolicLink(at: place, withDestinationURL: target)
    let outcome = try Finetune.run(["--output", "run", "--resume"], in: scratch.url)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.firstLine.contains("'run/\(name)' is a link"), "\(outcome.errors)")
    #expect(try scratch.data("mine/text") == Data("mine".utf8))
    let mine = try FileManager.default.contentsOfDirectory(atPath: scratch.path("mine"))
    #expect(mine == ["text"])
  }

  @Test(
    "a job that says what no option can is damaged",
    arguments: [
      #""validation" : -1"#, #""validation" : 1e308"#, #""maximumPixels" : 0"#,
      #""checkpointEvery" : -5"#, #""budget" : 1e300"#,
    ])
  func job(_ setting: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    let file = scratch.url.appending(path: "run/job.json")
    var record = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let changed = try JSONSerialization.jsonObject(with: Data("{\(setting)}".utf8))
    let job = try #require(record["job"] as? [String: Any])
    record["job"] = job.merging(try #require(changed as? [String: Any])) { $1 }
    try JSONSerialization.data(withJSONObject: record).write(to: file)
    try scratch.remove("run/run.json")
    let outcome = try Finetune.run(["--output", "run", "--resume"], in: scratch.url)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.firstLine.contains("job.json' is damaged: "), "\(outcome.errors)")
  }

  @Test("a time that nobody has is no budget", arguments: ["92233720368547758070h", "9e9", "½"])
  func budget(_ time: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let outcome = try Finetune.run(
      Tiny.options + ["--weights", "tiny.h5", "--data", "photos", "--budget", time], in: scratch.url
    )
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(!scratch.has("runs"))
  }

  @Test(
    "photos that were being drawn go when the program is ended",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func sample(_ signal: Int32) throws {
    let scratch = try TemporaryFolder()
    func drafts() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    }
    let outcome = try Finetune.run(
      ["sample", "--output", "drawn", "--photos", "20000"], in: scratch.url
    ) { process in
      while try drafts().isEmpty, process.isRunning { usleep(10_000) }
      usleep(100_000)
      kill(process.processIdentifier, signal)
    }
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(outcome.errors.contains("interrupted; 'drawn' was not written"), "\(outcome.errors)")
    #expect(try drafts().isEmpty)
  }
}
