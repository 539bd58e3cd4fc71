import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Predictions of many photos", .serialized)
struct PredictManyTests {
  /// A folder of 9 photos, one that is damaged and files that are none, with weights.
  static func scratch() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 3)
    try scratch.write("photos/green/notes.txt", Array("no photo".utf8))
    try scratch.write("photos/green/.hidden.jpg", [1])
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), top: .imageNet)
    return scratch
  }

  static let model = ["predict"] + Tiny.options + ["--weights", "tiny.h5"]
  static let paths = ["blue", "green", "red"].flatMap { name in
    (0..<3).map { "photos/\(name)/\($0).jpg" }
  }

  private struct Line: Decodable, Equatable {
    struct Choice: Decodable, Equatable {
      let `class`: String
      let probability: Float
    }
    let path: String
    let top: [Choice]?
    let error: String?
  }

  private func lines(_ text: String) throws -> [Line] {
    try text.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  @Test("a folder, a list and single photos give the same answers, in the order asked for")
  func sources() throws {
    let scratch = try Self.scratch()
    let single = try Finetune.run(Self.model + ["--jsonl"] + Self.paths, in: scratch.url)
    #expect(single.status == 0, "\(single.errors)")
    let expected = try lines(single.output)
    #expect(expected.map(\.path) == Self.paths)
    #expect(expected.allSatisfy { $0.top?.count == 5 })
    let folder = try Finetune.run(Self.model + ["--jsonl", "photos"], in: scratch.url)
    #expect(try lines(folder.output) == expected)
    try scratch.write("list.txt", Array((Self.paths.joined(separator: "\r\n") + "\n\n").utf8))
    let list = try Finetune.run(Self.model + ["--jsonl", "--list", "list.txt"], in: scratch.url)
    #expect(try lines(list.output) == expected)
    let piped = try Finetune.run(
      Self.model + ["--jsonl", "--list", "-", "--batch-size", "2"], in: scratch.url,
      through: "exec < list.txt")
    #expect(try lines(piped.output).map(\.path) == Self.paths)
    // All at once as JSON, and with several views.
    let json = try Finetune.run(Self.model + ["--json", "photos"], in: scratch.url).json()
    let predictions = try #require(json["predictions"] as? [[String: Any]])
    #expect(predictions.compactMap { $0["path"] as? String } == Self.paths)
    let views = try Finetune.run(Self.model + ["--jsonl", "--tta", "2", "photos"], in: scratch.url)
    #expect(try lines(views.output).map(\.path) == Self.paths)
  }

  @Test("what cannot be read has its line at its place, and the rest is answered (65)")
  func damaged() throws {
    let scratch = try Self.scratch()
    try scratch.write("photos/green/1.jpg", Array("no JPEG".utf8))
    let outcome = try Finetune.run(Self.model + ["--jsonl", "photos"], in: scratch.url)
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.contains("1 of 9 images cannot be read, for example 'photos/green/1.jpg'"))
    let answers = try lines(outcome.output)
    #expect(answers.map(\.path) == Self.paths)
    #expect(answers.filter { $0.error != nil }.map(\.path) == ["photos/green/1.jpg"])
    let missing = try Finetune.run(Self.model + ["--list", "absent.txt"], in: scratch.url)
    #expect(missing.status == 66)
    try scratch.write("empty.txt", [])
    #expect(
      try Finetune.run(Self.model + ["--list", "empty.txt"], in: scratch.url).status == 66)
  }

  @Test("a table has a row for each photo, quoted where a path asks for it, and a file is whole")
  func table() throws {
    let scratch = try Self.scratch()
    try scratch.photo("odd/a, \"b\".jpg", class: 0)
    try scratch.write("odd/c.jpg", [1, 2, 3])
    let outcome = try Finetune.run(
      Self.model + ["--csv", "--top", "2", "--output", "out.csv", "odd"], in: scratch.url)
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    let rows = try String(contentsOf: scratch.url.appending(path: "out.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(rows.count == 3)
    #expect(rows[0] == "path,error,class1,probability1,class2,probability2")
    #expect(rows[1].hasPrefix("\"odd/a, \"\"b\"\".jpg\",,"))
    #expect(rows[2].hasPrefix("odd/c.jpg,") && rows[2].hasSuffix(",,,,"))
    let nowhere = try Finetune.run(
      Self.model + ["--csv", "--output", "absent/out.csv", "photos"], in: scratch.url)
    #expect(nowhere.status == 73)
    let both = try Finetune.run(Self.model + ["--csv", "--jsonl", "photos"], in: scratch.url)
    #expect(both.status == 64)
  }

  @Test("a folder without photos is told of beside others, and an error alone")
  func emptyFolder() throws {
    let scratch = try Self.scratch()
    try scratch.write("empty/notes.txt", Array("no photo".utf8))
    let outcome = try Finetune.run(Self.model + ["--jsonl", "empty", "photos"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: there is no photo in the folder 'empty'\n"))
    #expect(try lines(outcome.output).map(\.path) == Self.paths)
    let alone = try Finetune.run(Self.model + ["empty"], in: scratch.url)
    #expect(alone.status == 66 && alone.firstLine.contains("there is no photo in what was named"))
  }

  @Test("nothing is written among the photos, or over one", arguments: ["--output", "--sheet"])
  func amongPhotos(_ option: String) throws {
    let scratch = try Self.scratch()
    let photo = try Data(contentsOf: scratch.url.appending(path: Self.paths[0]))
    for (file, named) in [("photos/out.csv", "photos"), (Self.paths[0], Self.paths[0])] {
      let outcome = try Finetune.run(Self.model + [option, file, named], in: scratch.url)
      #expect(outcome.status == 64 && outcome.firstLine.contains("choose another place"))
    }
    #expect(try Data(contentsOf: scratch.url.appending(path: Self.paths[0])) == photo)
    #expect(!scratch.has("photos/out.csv"))
  }

  @Test("a signal leaves no part of an output", arguments: [SIGINT, SIGTERM])
  func interrupted(_ number: Int32) throws {
    let scratch = try Self.scratch()
    try scratch.write("out/before", [])
    let many = (0..<200_000).map { Self.paths[$0 % 9] }
    try scratch.write("list.txt", Array(many.joined(separator: "\n").utf8))
    func files() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: scratch.path("out"))) ?? []).sorted()
    }
    let outcome = try Finetune.run(
      Self.model + ["--csv", "--output", "out/all.csv", "--list", "list.txt"], in: scratch.url
    ) { process in
      // A draft may have no name yet; what the process has open tells.
      let folder = "/proc/\(process.processIdentifier)/fd"
      func hasDraft() -> Bool {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return numbers.contains { number in
          (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)"))?
            .contains("\(scratch.url.lastPathComponent)/out/") ?? false
        }
      }
      while !hasDraft(), process.isRunning { usleep(5000) }
      kill(process.processIdentifier, number)
    }
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(outcome.errors == "finetune: interrupted; 'out/all.csv' was not written\n")
    #expect(files() == ["before"])
  }

  @Test("takes no more memory for ten times as many photos, into a file and onto a page")
  func memory() throws {
    let scratch = try Self.scratch()
    func peak(_ count: Int) throws -> Int {
      let paths = (0..<count).map { Self.paths[$0 % 9] }
      try scratch.write("list.txt", Array(paths.joined(separator: "\n").utf8))
      var peak = 0
      let outcome = try Finetune.run(
        Self.model + [
          "--csv", "--output", "out.csv", "--sheet", "sheet.html", "--list", "list.txt",
          "--threads", "1",
        ], in: scratch.url
      ) { process in
        while process.isRunning {
          let status =
            (try? String(
              contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8))
            ?? ""
          let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
          peak = max(peak, line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
          usleep(2000)
        }
      }
      #expect(outcome.status == 0, "\(outcome.errors)")
      let rows = try String(contentsOf: scratch.url.appending(path: "out.csv"), encoding: .utf8)
      #expect(rows.split(separator: "\n").count == count + 1)
      return peak
    }
    let (few, many) = (try peak(600), try peak(6000))
    #expect(few > 0 && many < few + 16 * 1024, "\(few) and \(many) KiB")
  }

  @Test("a reader that leaves early ends it cleanly")
  func head() throws {
    let scratch = try Self.scratch()
    let many = (0..<400).map { Self.paths[$0 % 9] }
    try scratch.write("list.txt", Array(many.joined(separator: "\n").utf8))
    let outcome = try Finetune.run(
      Self.model + ["--csv", "--batch-size", "4", "--list", "list.txt"], in: scratch.url,
      through: "{ \"$0\" \"$@\"; echo $? > status; } | head -n 3; exit 0")
    #expect(outcome.output.split(separator: "\n").count == 3)
    #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    let status = try String(contentsOf: scratch.url.appending(path: "status"), encoding: .utf8)
    #expect(status == "0\n")
  }
}
