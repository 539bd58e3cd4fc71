import Foundation
import TestSupport
import Testing
import TransferLearning

/// What a folder holds, with the times of all changes: equal before and after, it was left alone.
private func snapshot(_ folder: URL) throws -> [String: String] {
  var entries: [String: String] = [:]
  let paths =
    FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  for path in paths + [""] {
    var status = stat()
    guard lstat(folder.appending(path: path).path, &status) == 0 else { continue }
    entries[path] =
      "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
  }
  return entries
}

@Suite("The data doctor", .serialized)
struct InspectTests {
  private let base = Tiny.options

  @Test("every piece of a hostile folder is found by its name, and the folder is left alone")
  func hostile() throws {
    let folder = try HostileFolder()
    let scratch = try TemporaryFolder()
    let before = try snapshot(folder.url)
    let outcome = try Finetune.run(
      ["inspect", "--data", folder.url.path, "--json", "--sheet", "sheet.html"] + base,
      in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try outcome.json()
    let problems = try #require(json["problems"] as? [[String: String]])
    for piece in folder.pieces {
      #expect(
        problems.contains { $0["kind"] == piece.kind && $0["path"] == piece.path }, "\(piece)")
    }
    for problem in problems { #expect(problem["detail"]?.contains("\n") == false) }
    let used = try #require(json["classes"] as? [[String: Any]])
    #expect(used.map { $0["class"] as? String } == ["ants", "bees", "empty", "moths"])
    let totals = try #require(json["totals"] as? [String: Int])
    #expect(
      totals["found"] == (totals["used"] ?? 0) + (totals["leftOut"] ?? 0) + (totals["ignored"] ?? 0)
    )
    #expect(used.reduce(0) { $0 + ($1["images"] as? Int ?? 0) } == totals["used"])
    #expect((json["skipped"] as? [[String: String]])?.count == totals["leftOut"])
    #expect((json["ignored"] as? [String])?.count == totals["ignored"])
    #expect((json["duplicates"] as? [[String]])?.isEmpty == false)
    #expect((json["estimate"] as? [String: Any])?["seconds"] as? Double ?? 0 > 0)
    let sheet = try String(contentsOfFile: scratch.path("sheet.html"), encoding: .utf8)
    #expect(sheet.contains("two\\nlines.jpg") || sheet.contains("cut\\nshort.jpg"))
    #expect(try snapshot(folder.url) == before)
  }

  @Test("every file is accounted for: used, left out or ignored")
  func accounts() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 3)
    try scratch.write("photos/red/notes.txt", Array("none".utf8))
    try scratch.write("photos/red/.DS_Store", [1])
    try scratch.write("photos/red/cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])
    try scratch.write("photos/list.txt", [1])
    let outcome = try Finetune.run(["inspect", "--data", "photos"] + base, in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("13 found = 9 used + 1 left out + 3 ignored"))
    for word in [
      "red/notes.txt", "red/.DS_Store", "red/cut.jpg", "list.txt", "training would take", "blue",
    ] {
      #expect(outcome.output.contains(word), "\(word)")
    }
  }

  @Test("the first line says how the folder was understood, and JSON says it, too")
  func reading() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("pets/Training", count: 3)
    try scratch.photos("pets/Testing", count: 2)
    let command = ["inspect", "--data", "pets"] + base
    let outcome = try Finetune.run(command, in: scratch.url)
    let reading = "training photos in 'Training' (3 classes), test photos in 'Testing' (3 classes)"
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("photos read as: \(reading)\n"))
    let json = try Finetune.run(command + ["--json"], in: scratch.url).json()
    #expect(json["reading"] as? String == reading)
  }

  @Test("an empty folder to validate on is not told of as one that is used")
  func emptyValidation() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("pets/train", count: 3)
    try FileManager.default.createDirectory(
      at: scratch.url.appending(path: "pets/val/red"), withIntermediateDirectories: true)
    let outcome = try Finetune.run(["inspect", "--data", "pets"] + base, in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.hasPrefix(
        "photos read as: training photos in 'train' (3 classes), no validation photos ('val' has none "
          + "that can be used)\n"), "\(outcome.output)")
  }

  @Test(
    "folders that can be read in more than one way are an error that shows how",
    arguments: [["inspect"], ["train", "--weights", "none", "--dry-run"]])
  func ambiguous(_ command: [String]) throws {
    let scratch = try TemporaryFolder()
    for split in ["train", "valid", "dev"] { try scratch.photos("pets/\(split)", count: 1) }
    let outcome = try Finetune.run(command + ["--data", "pets"] + base, in: scratch.url)
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    for word in ["'dev', 'valid'", "read as: training photos in 'train'", "keep one of them"] {
      #expect(outcome.firstLine.contains(word), "\(outcome.errors)")
    }
  }

  @Test("the sheet is one page of pictures, with views if asked for")
  func sheet() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 3)
    for (augment, views) in [([], 0), (["--augment", "standard"], 9 * 8)] {
      let outcome = try Finetune.run(
        ["inspect", "--data", "photos", "--sheet", "sheet.html"] + augment + base, in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("sheet: sheet.html"))
      let html = try String(contentsOfFile: scratch.path("sheet.html"), encoding: .utf8)
      let pictures = html.components(separatedBy: "base64,").dropFirst().compactMap {
        Data(base64Encoded: String($0.prefix { $0 != "\"" }))
      }
      let sides = try pictures.map { try decodeImage([UInt8]($0)).width }
      #expect(sides.count { $0 == 32 } == views)
      #expect(sides.count { $0 == 48 } >= 9)
      #expect(html.contains("What the network sees") == (views > 0))
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(Set(left) == ["photos", "sheet.html"])
  }

  @Test(
    "nothing is written among the photos",
    arguments: ["photos/sheet.html", "photos/red/sheet.html", "link/sheet.html", "photos"])
  func outside(_ sheet: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link"), withDestinationPath: "photos")
    let before = try snapshot(scratch.url)
    let outcome = try Finetune.run(
      ["inspect", "--data", "photos", "--sheet", sheet] + base, in: scratch.url)
    #expect(outcome.status == 64)
    #expect(outcome.firstLine.contains(sheet) && outcome.firstLine.contains("never written to"))
    #expect(try snapshot(scratch.url) == before)
  }

  @Test("problems are findings; with --strict they are an error, after they have been shown")
  func strict() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 12)
    try scratch.write("photos/red/cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])
    let command = ["inspect", "--data", "photos", "--json"] + base
    #expect(try Finetune.run(command, in: scratch.url).status == 0)
    let outcome = try Finetune.run(command + ["--strict"], in: scratch.url)
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("red/cut.jpg") && outcome.errors.contains("--strict"))
    #expect(try outcome.json()["problems"] != nil)
  }

  @Test(
    "what is no folder of photos is an error as elsewhere",
    arguments: [("nowhere", 66), ("photos/red", 65), ("photos/red/0.jpg", 65)] as [(String, Int32)])
  func errors(_ data: String, _ status: Int32) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    let outcome = try Finetune.run(["inspect", "--data", data] + base, in: scratch.url)
    #expect(outcome.status == status)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.firstLine.contains(data) && outcome.output.isEmpty)
  }
}

@Suite("Training on a hostile folder", .serialized)
struct HostileTrainingTests {
  private func command(_ folder: HostileFolder) -> [String] {
    Tiny.options + [
      "--weights", "tiny.h5", "--data", folder.url.path, "--output", "run", "--plan", "head",
      "--progress", "none",
    ]
  }

  @Test("it leaves out what is bad, says so in the run, goes on, and leaves the folder alone")
  func goesOn() throws {
    let folder = try HostileFolder()
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let before = try snapshot(folder.url)
    let outcome = try Finetune.run(
      command(folder) + ["--allow-empty-classes"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let inspection = try JSONDecoder().decode(
      DataInspection.self,
      from: Data(contentsOf: scratch.url.appending(path: "run/inspection.json")))
    let split = try JSONDecoder().decode(
      Photos.self, from: Data(contentsOf: scratch.url.appending(path: "run/split.json")))
    let used = Set(split.all.map(\.path))
    #expect(used.count == inspection.totals.used)
    let kinds = PhotoProblem.Kind.allCases.filter(\.leavesOut).map(\.rawValue)
    for piece in folder.pieces where kinds.contains(piece.kind) {
      #expect(!used.contains(piece.path), "\(piece)")
      #expect(inspection.skipped.contains { $0.path == piece.path }, "\(piece)")
    }
    for path in folder.usable { #expect(used.contains(path), "\(path)") }
    #expect(try snapshot(folder.url) == before)
  }

  @Test("a class without a readable training photo is an error, and so is any problem if strict")
  func refuses() throws {
    let folder = try HostileFolder()
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for (options, word) in [([], "'empty'"), (["--allow-empty-classes", "--strict"], "problems")] {
      let outcome = try Finetune.run(command(folder) + options, in: scratch.url)
      #expect(outcome.status == 65)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.firstLine.contains(word))
      #expect(!scratch.has("run"))
    }
  }
}

@Suite("Hymenoptera", .serialized, .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct HymenopteraTests {
  @Test(
    "every image is accounted for when inspected, trained on and evaluated", .tags(.slow),
    .unlessQuick)
  func accounts() throws {
    let scratch = try TemporaryFolder()
    let data = try TestData.url("datasets/hymenoptera").path
    let gif = "train/ants/imageNotFound.gif"
    let inspection = try Finetune.run(
      ["inspect", "--data", data, "--json", "--base", "mobilenet", "--alpha", "0.25"],
      in: scratch.url
    ).json()
    #expect(
      inspection["totals"] as? [String: Int] == [
        "found": 398, "used": 398, "leftOut": 0, "ignored": 0,
      ])
    let classes = try #require(inspection["classes"] as? [[String: Any]])
    #expect(classes.map { $0["images"] as? Int } == [194, 204])
    let problems = try #require(inspection["problems"] as? [[String: String]])
    #expect(problems.allSatisfy { $0["path"] != gif })

    let training = try Finetune.run(
      [
        "--base", "mobilenet", "--alpha", "0.25", "--data", data, "--weights",
        TestData.url("weights/mobilenet_2_5_224_tf_no_top.h5").path, "--plan", "head", "--output",
        "run", "--progress", "lines",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let report =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: scratch.url.appending(path: "run/report.json"))) as? [String: Any]
    #expect(report?["images"] as? Int == 153)
    let provenance = report?["provenance"] as? [String: Any]
    #expect(
      provenance?["photos"] as? [String: Int] == [
        "found": 398, "train": 245, "validation": 153, "test": 0, "leftOut": 0, "ignored": 0,
      ])
    let run = try JSONDecoder().decode(
      DataInspection.self,
      from: Data(contentsOf: scratch.url.appending(path: "run/inspection.json")))
    #expect(run.totals == DataInspection.Totals(used: 398, leftOut: 0, ignored: 0))
    #expect(run.skipped.isEmpty)

    // 245 files to train on, a GIF among them, 153 to validate: as many as are measured.
    for (split, images) in [("train", 245), ("val", 153)] {
      let json = try Finetune.run(
        ["evaluate", "run", "--data", data, "--split", split, "--json"], in: scratch.url
      ).json()
      #expect(json["images"] as? Int == images)
      #expect((json["skipped"] as? [[String: String]])?.isEmpty == true)
    }
  }
}
