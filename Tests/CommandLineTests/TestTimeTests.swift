import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Views at test time", .serialized)
struct TestTimeTests {
  /// Probabilities of photos by the run.
  private func predict(_ photos: [String], _ options: [String], in scratch: TemporaryFolder) throws
    -> [[Float]]
  {
    let outcome = try Finetune.run(
      ["predict", "run", "--json"] + options + photos, in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let predictions = try #require(outcome.json()["predictions"] as? [[String: Any]])
    return try predictions.map { prediction in
      var values = [Float](repeating: .nan, count: 3)
      for choice in try #require(prediction["top"] as? [[String: Any]]) {
        let index = try #require(choice["index"] as? Int)
        // Printed with as many digits as it takes to read the same value back.
        values[index] = Float(try #require(choice["probability"] as? Double))
      }
      return values
    }
  }

  /// A run, a photo of its network's own size, so that nothing is resampled, and its mirror image, which
  /// is the same file said to be mirrored by its orientation.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 6, resize: "squash")
    var photo = BlockJPEG(seed: 5, columns: 4, rows: 4)
    try scratch.write("a.jpg", photo.bytes())
    photo.orientation = 2
    try scratch.write("b.jpg", photo.bytes())
    return scratch
  }

  @Test("two views are the photo and its mirror image, averaged exactly")
  func mirrored() throws {
    let scratch = try prepare()
    let single = try predict(["a.jpg", "b.jpg"], [], in: scratch)
    let both = try predict(["a.jpg", "b.jpg"], ["--tta", "2"], in: scratch)
    let mean = zip(single[0], single[1]).map { Float((Double($0) + Double($1)) / 2) }
    #expect(both == [mean, mean])
    #expect(single[0] != single[1])
  }

  @Test("one view is no test-time augmentation")
  func single() throws {
    let scratch = try prepare()
    #expect(
      try predict(["a.jpg"], ["--tta", "1"], in: scratch)
        == predict(["a.jpg"], [], in: scratch))
  }

  @Test("five and ten views are probabilities of other parts", arguments: ["5", "10"])
  func crops(_ count: String) throws {
    let scratch = try prepare()
    let single = try predict(["a.jpg"], [], in: scratch)[0]
    let several = try predict(["a.jpg"], ["--tta", count], in: scratch)[0]
    #expect(abs(several.reduce(0, +) - 1) < 1e-5)
    #expect(several != single)
  }

  @Test("the number of views is recorded, and a photo that cannot be read keeps its reason")
  func recorded() throws {
    let scratch = try prepare()
    try scratch.write("c.jpg", [1, 2, 3])
    let outcome = try Finetune.run(
      ["predict", "run", "--json", "--tta", "10", "a.jpg", "c.jpg"], in: scratch.url)
    #expect(outcome.status == 65)
    let json = try outcome.json()
    #expect(json["tta"] as? Int == 10)
    let predictions = try #require(json["predictions"] as? [[String: Any]])
    #expect(predictions[0]["error"] == nil && predictions[1]["error"] as? String != nil)

    for views in [1, 2] {
      let evaluation = try Finetune.run(
        [
          "evaluate", "run", "--data", "photos", "--json", "--report", "page.html", "--tta",
          "\(views)",
        ], in: scratch.url)
      #expect(evaluation.status == 0, "\(evaluation.errors)")
      let json = try evaluation.json()
      #expect(json["images"] as? Int == 18)
      let provenance = try #require(json["provenance"] as? [String: Any])
      #expect(provenance["tta"] as? Int == (views == 1 ? nil : views))
      let page = try String(contentsOfFile: scratch.path("page.html"), encoding: .utf8)
      #expect(page.contains("Views of each photo") == (views > 1))
    }
  }
}
