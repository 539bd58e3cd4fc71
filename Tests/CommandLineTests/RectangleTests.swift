import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Rectangles and padding", .serialized)
struct RectangleTests {
  private static let base = ["--base", "mobilenet", "--alpha", "0.05", "--weights", "tiny.h5"]

  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return scratch
  }

  private func predict(_ arguments: [String], in scratch: TemporaryFolder) throws -> [Double] {
    let outcome = try Finetune.run(
      ["predict"] + arguments + ["photos/green/0.jpg", "--json"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let predictions = try #require(try outcome.json()["predictions"] as? [[String: Any]])
    let top = try #require(predictions.first?["top"] as? [[String: Any]])
    return top.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      .compactMap { $0["probability"] as? Double }
  }

  @Test(
    "a run keeps its rectangle and its view, and so do what is measured and exported",
    arguments: ["fit", "squash"])
  func wholeJob(resize: String) throws {
    let scratch = try prepare()
    let training = try Finetune.run(
      Self.base + [
        "--image-size", "32x48", "--resize", resize, "--data", "photos", "--plan", "head",
        "--output", "run", "--progress", "none",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let record =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: scratch.url.appending(path: "run/run.json"))) as? [String: Any]
    #expect(record?["imageSize"] as? String == "32x48" && record?["resize"] as? String == resize)
    let measured = try Finetune.run(
      ["evaluate", "run", "--data", "photos", "--json"], in: scratch.url)
    #expect(try measured.json()["images"] as? Int == 18, "\(measured.errors)")
    let expected = try predict(["run"], in: scratch)
    #expect(expected.count == 3)
    for (format, file) in [("keras-h5", "model.h5"), ("keras", "model.keras")] {
      let export = try Finetune.run(
        ["export", "run", "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0, "\(export.errors)")
      let table = try Finetune.run(["models", file, "--json"], in: scratch.url).json()
      #expect(table["inputShape"] as? [Int] == [32, 48, 3])
      // The export says labels, scaling and view itself.
      let found = try predict(["--base", file], in: scratch)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(file)")
    }
    let head = try Finetune.run(
      ["export", "run", "--format", "head", "--output", "head.h5"], in: scratch.url)
    #expect(head.status == 0, "\(head.errors)")
    #expect(
      try readHead(scratch.url.appending(path: "head.h5")).metadata.imageSize
        == ImageSize(height: 32, width: 48))
  }

  @Test("every command that has the option takes a rectangle", arguments: ["fit", "crop"])
  func commands(resize: String) throws {
    let scratch = try prepare()
    let size = ["--image-size", "48x32"]
    for arguments in [
      ["features"] + Self.base + size
        + ["--resize", resize, "--data", "photos", "--output", "features.h5"],
      ["inspect", "--base", "mobilenet", "--alpha", "0.05"] + size
        + ["--resize", resize, "--data", "photos", "--sheet", "page.html", "--augment", "light"],
      ["models", "mobilenet"] + size,
      ["benchmark", "--base", "mobilenet", "--alpha", "0.05", "--mode", "infer"] + size,
      ["benchmark-views", "--data", "photos"] + size,
    ] {
      let outcome = try Finetune.run(arguments, in: scratch.url)
      #expect(outcome.status == 0, "\(arguments.first ?? ""): \(outcome.errors)")
    }
  }

  @Test("what is no size is wrong usage", arguments: ["32x", "wide", "8x9x10"])
  func refused(size: String) throws {
    let scratch = try TemporaryFolder()
    let outcome = try Finetune.run(
      ["models", "mobilenet", "--image-size", size], in: scratch.url)
    #expect(outcome.status == 64 && outcome.errors.contains("image-size"), "\(outcome.errors)")
  }
}
