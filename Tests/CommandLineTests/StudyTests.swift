import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A report beside simpler classifiers", .serialized)
struct StudyTests {
  /// Photos with a part to test on, and a run whose head was solved on the others.
  private func train(in scratch: TemporaryFolder) throws {
    for (label, name) in ["red", "green", "blue"].enumerated() {
      for number in 0..<40 {
        let part = number < 24 ? "train" : "test"
        try scratch.photo("photos/\(part)/\(name)/\(number).jpg", class: label, variant: number)
      }
    }
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--output", "run",
      ], in: scratch)
    #expect(training.status == 0, "\(training.errors)")
  }

  /// Runs the program with a cache that stays.
  private func run(_ arguments: [String], in scratch: TemporaryFolder) throws -> Finetune.Outcome {
    try Finetune.run(
      arguments, in: scratch.url, through: "export FINETUNE_CACHE='\(scratch.path("cache"))'")
  }

  private func report(in scratch: TemporaryFolder) throws -> [String: Any] {
    let data = try Data(contentsOf: scratch.url.appending(path: "run/report.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func page(_ name: String, in scratch: TemporaryFolder) throws -> String {
    try String(contentsOf: scratch.url.appending(path: name), encoding: .utf8)
  }

  @Test("the run's own tells of them, of its curve and of how alike the photos are")
  func ownReport() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let json = try report(in: scratch)
    let study = try #require(json["study"] as? [String: Any])
    #expect(study["isCrossFitted"] as? Bool == false)
    #expect(study["photos"] as? Int == json["images"] as? Int)
    let classifiers = try #require(study["classifiers"] as? [[String: Any]])
    #expect(
      Set(classifiers.compactMap { $0["kind"] as? String }) == [
        "linearHead", "nearestMean", "nearestPhotos",
      ])
    #expect(study["curve"] != nil && study["drift"] != nil)
    let page = try page("run/report.html", in: scratch)
    #expect(page.contains("Beside simpler classifiers"))
    #expect(page.contains("Would more photos help?"))
    #expect(page.contains("Are these photos like those that were trained on?"))
  }

  @Test("files with the same picture are named, with the labels that they have")
  func sameFiles() throws {
    let scratch = try TemporaryFolder()
    // The training has one of the test's pictures too, under another name, and the test has it twice.
    try scratch.photo("photos/train/red/twin.jpg", class: 1, variant: 30)
    try scratch.photo("photos/test/blue/again.jpg", class: 1, variant: 30)
    try train(in: scratch)
    let json = try report(in: scratch)
    let groups = try #require(json["samePictures"] as? [[String: Any]])
    let files = groups.compactMap { $0["photos"] as? [[String: Any]] }.map { files in
      files.map { "\($0["path"] ?? "") \($0["label"] ?? "") \($0["isLearnt"] as? Bool == true)" }
    }
    #expect(
      files.contains([
        "test/blue/again.jpg blue false", "test/green/30.jpg green false",
        "train/red/twin.jpg red true",
      ]), "\(files)")
    let page = try page("run/report.html", in: scratch)
    #expect(page.contains("The same picture in several files"))
    #expect(page.contains("different labels for one picture"))
    let elsewhere = try run(
      ["evaluate", "run", "--data", "photos/test", "--json"], in: scratch
    ).json()
    let there = try #require(elsewhere["samePictures"] as? [[String: Any]])
    let paths = there.compactMap { $0["photos"] as? [[String: Any]] }
      .map { $0.compactMap { $0["path"] as? String } }
    #expect(paths.contains(["blue/again.jpg", "green/30.jpg"]), "\(paths)")
  }

  @Test("one that is made later has the same, with the training photos gone")
  func laterReport() throws {
    let scratch = try TemporaryFolder()
    // Files with the same picture do not vouch for each other, then or later.
    for number in 0..<4 {
      try scratch.photo("photos/train/red/twin \(number).jpg", class: 0, variant: number)
    }
    try train(in: scratch)
    try FileManager.default.removeItem(at: scratch.url.appending(path: "photos/train"))
    let later = try run(
      ["evaluate", "run", "--data", "photos/test", "--report", "later.html"], in: scratch)
    #expect(later.status == 0, "\(later.errors)")
    func part(_ name: String) throws -> Substring {
      let text = try page(name, in: scratch)
      let start = try #require(text.range(of: "<section id=\"study\">"))
      let end = try #require(text.range(of: "</section>", range: start.lowerBound..<text.endIndex))
      return text[start.lowerBound..<end.upperBound]
    }
    let (first, again) = (try part("run/report.html"), try part("later.html"))
    #expect(again == first)
  }

  @Test("where the base is not at hand it says so, and has everything else")
  func withoutBase() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    try FileManager.default.removeItem(at: scratch.url.appending(path: "tiny.h5"))
    let outcome = try run(
      ["evaluate", "run", "--data", "photos/test", "--report", "page.html"], in: scratch)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("does not compare the run with simpler classifiers"))
    #expect(outcome.errors.contains("tiny.h5"))
    let page = try page("page.html", in: scratch)
    #expect(!page.contains("Beside simpler classifiers"))
    #expect(page.contains("Worst mistakes"))
  }

  @Test("photos that were trained on are not studied")
  func unstudied() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let trained = try run(
      ["evaluate", "run", "--data", "photos", "--split", "train", "--report", "page.html"],
      in: scratch)
    #expect(trained.status == 0, "\(trained.errors)")
    let page = try page("page.html", in: scratch)
    #expect(!page.contains("Beside simpler classifiers"))
    let figures = try run(
      ["evaluate", "run", "--data", "photos", "--split", "train", "--json"], in: scratch
    ).json()
    #expect(figures["study"] == nil)
  }
}
