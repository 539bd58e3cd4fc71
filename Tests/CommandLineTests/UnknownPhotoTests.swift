import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Photos of another kind", .serialized)
struct UnknownPhotoTests {
  private let predict = ["predict", "run", "photos/red", "strange.jpg", "--unknown", "0.9"]

  /// A run on colours, and a photo of noise beside.
  private func prepare(_ scratch: TemporaryFolder) throws {
    try scratch.solvedRun(photos: 20)
    var random = CounterRandom(seed: 5)
    let pixels = (0..<48 * 40 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    try scratch.write(
      "strange.jpg", JPEG.encode(Image(width: 48, height: 40, pixels: pixels), quality: 90))
  }

  private func photos(_ outcome: Finetune.Outcome) throws -> [[String: Any]] {
    try #require(try outcome.json()["predictions"] as? [[String: Any]])
  }

  @Test("are told from those that a run knows, and answers stay what they are")
  func told() throws {
    let scratch = try TemporaryFolder()
    try prepare(scratch)
    let outcome = try Finetune.run(predict + ["--json"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let answers = try photos(outcome)
    let strange = try #require(answers.last)
    #expect(strange["unknown"] as? Bool == true)
    #expect(try #require(strange["unlike"] as? Double) > 0.9)
    let usual = answers.dropLast().count { $0["unknown"] as? Bool == true }
    #expect(usual <= 6, "\(usual) of the 20 known photos")

    let plain = try photos(
      Finetune.run(predict.dropLast(2) + ["--json"], in: scratch.url))
    #expect(plain.allSatisfy { $0["unknown"] == nil && $0["unlike"] == nil })
    for (with, without) in zip(answers, plain) {
      #expect(with["top"] as? NSArray == without["top"] as? NSArray)
    }
    let text = try Finetune.run(predict, in: scratch.url).output
    #expect(text.contains("strange.jpg\n  unknown: farther than 9"))
    let csv = try Finetune.run(predict + ["--csv"], in: scratch.url).output
    #expect(csv.hasPrefix("path,error,unlike,unknown,class1"))
    #expect(csv.contains(/strange\.jpg,,0\.9\d*,true,/))
  }

  @Test("what the run knows is kept with it, and needs the photos once")
  func kept() throws {
    let scratch = try TemporaryFolder()
    try prepare(scratch)
    let alone = ["predict", "run", "strange.jpg", "--unknown", "0.9", "--json"]
    try FileManager.default.moveItem(
      at: scratch.url.appending(path: "photos"), to: scratch.url.appending(path: "away"))
    let early = try Finetune.run(alone, in: scratch.url)
    #expect(early.status == 66 && early.output.isEmpty)
    #expect(early.firstLine.contains("bring them back"), "\(early.errors)")
    try FileManager.default.moveItem(
      at: scratch.url.appending(path: "away"), to: scratch.url.appending(path: "photos"))
    let first = try Finetune.run(alone, in: scratch.url)
    try FileManager.default.removeItem(at: scratch.url.appending(path: "photos"))
    let again = try Finetune.run(alone, in: scratch.url)
    #expect(first.status == 0 && again.output == first.output, "\(again.errors)")

    let file = scratch.url.appending(path: "run/known-photos.safetensors")
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count - 3] ^= 4
    try bytes.write(to: file)
    let damaged = try Finetune.run(alone, in: scratch.url)
    #expect(damaged.status == 65 && damaged.firstLine.contains("known-photos.safetensors"))
    try scratch.write("run/known-photos.safetensors", Array("nothing".utf8))
    #expect(try Finetune.run(alone, in: scratch.url).status == 65)
  }

  @Test("too few known photos promise nothing")
  func tooFew() throws {
    let scratch = try TemporaryFolder()
    try prepare(scratch)
    let outcome = try Finetune.run(
      ["predict", "run", "strange.jpg", "--unknown", "0.999"], in: scratch.url)
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.firstLine.contains("expected 999 or more"), "\(outcome.errors)")
  }
}
