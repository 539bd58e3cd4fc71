import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Exporting a run", .serialized)
struct ExportTests {
  /// Photos, weights and a run whose head was solved on them.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 6, resize: "squash")
    return scratch
  }

  private func export(_ arguments: [String], in scratch: TemporaryFolder) throws
    -> Finetune.Outcome
  {
    try Finetune.run(["export", "run"] + arguments, in: scratch.url)
  }

  @Test("takes the format from the file's ending, and says how to use what it wrote")
  func endings() throws {
    let scratch = try prepare()
    for (file, word) in [
      ("m.keras", "load_model(\"m.keras\""), ("m.h5", "load_model(\"m.h5\""),
      ("m.onnx", "InferenceSession(\"m.onnx\")"), ("m.safetensors", "load_file(\"m.safetensors\")"),
    ] {
      let outcome = try export(["--output", file], in: scratch)
      #expect(outcome.status == 0 && outcome.errors.contains(word), "\(outcome.errors)")
    }
    let head = try export(["--format", "head", "--output", "head.safetensors"], in: scratch)
    #expect(head.status == 0, "\(head.errors)")
    #expect(
      try readHead(scratch.url.appending(path: "head.safetensors"))
        == readHead(scratch.url.appending(path: "run/head.h5")))
  }

  @Test(
    "is refused in one line that says why",
    arguments: [
      (["--output", "m.pb"], 64, "does not say which format"),
      (["--output", "m"], 64, "--format head|keras|keras-h5|safetensors|onnx|base"),
      (["--format", "onnx", "--output", "m.keras"], 64, "should end in .onnx"),
      (["--output", "m.keras", "--with-resize"], 64, "only onnx can"),
      (["--output", "m.h5", "--pixels", "uint8"], 64, "only onnx can"),
      (["--output", "m.h5", "--precision", "float16"], 64, "float32 only"),
      (
        ["--output", "m.safetensors", "--preprocessing", "none"], 64,
        "no preprocessing to leave out"
      ),
      (
        ["--output", "m.onnx", "--preprocessing", "none", "--with-resize"], 64,
        "cannot leave that out"
      ),
      (
        ["--output", "m.onnx", "--preprocessing", "none", "--pixels", "uint8"], 64,
        "cannot read bytes"
      ),
      (["--output", "no/m.onnx"], 73, "no"), (["--output", "photos"], 64, "does not say"),
    ])
  func refusals(_ arguments: [String], _ status: Int32, _ words: String) throws {
    let scratch = try prepare()
    let before = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted()
    let outcome = try export(arguments, in: scratch)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.firstLine.contains(words), "\(outcome.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() == before)
  }

  @Test("leaves a file that is there alone, unless it is to be replaced")
  func existing() throws {
    let scratch = try prepare()
    try scratch.write("m.onnx", "mine".utf8)
    let refused = try export(["--output", "m.onnx"], in: scratch)
    #expect(refused.status == 73 && refused.firstLine.contains("is there already"))
    #expect(try Data(contentsOf: scratch.url.appending(path: "m.onnx")) == Data("mine".utf8))
    #expect(try export(["--output", "m.onnx", "--force"], in: scratch).status == 0)
    #expect(try Data(contentsOf: scratch.url.appending(path: "m.onnx")).count > 10_000)
  }

  @Test(
    "says that a disk is full, and leaves nothing there",
    .enabled(if: SmallDisk.isAllowed, "may not mount a tmpfs"))
  func fullDisk() throws {
    let scratch = try prepare()
    let disk = try SmallDisk(at: scratch.url.appending(path: "disk"))
    defer { disk.unmount() }
    disk.fill()
    for file in ["disk/m.onnx", "disk/m.keras", "disk/m.h5", "disk/m.safetensors"] {
      let outcome = try export(["--output", file], in: scratch)
      #expect(outcome.status == 74 || outcome.status == 73, "\(file): \(outcome.errors)")
      #expect(outcome.firstLine.contains("No space left"), "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("disk")) == ["filler"])
  }

  @Test("in float16 says what rounding does to the answers, which needs the photos")
  func halves() throws {
    let scratch = try prepare()
    let outcome = try export(["--output", "m.onnx", "--precision", "float16"], in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("float16 answers 100% of "), "\(outcome.errors)")
    try FileManager.default.moveItem(
      atPath: scratch.path("photos"), toPath: scratch.path("elsewhere"))
    let blind = try export(["--output", "n.onnx", "--precision", "float16"], in: scratch)
    #expect(blind.status == 66 && blind.firstLine.contains("any more"), "\(blind.errors)")
    #expect(!scratch.has("n.onnx"))
  }

  @Test("without its preprocessing says how photos are to be scaled")
  func withoutPreprocessing() throws {
    let scratch = try prepare()
    let outcome = try export(
      ["--output", "m.keras", "--preprocessing", "none"], in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let file = try KerasWeightFile(scratch.url.appending(path: "m.keras"))
    let text = try #require(file.metadata?.preprocessing)
    #expect(
      try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8)) == .signed)
    let inside = try export(["--output", "n.keras"], in: scratch)
    #expect(inside.status == 0)
    let own = try KerasWeightFile(scratch.url.appending(path: "n.keras"))
    #expect(try KerasModel(own).network.node(named: "scale_pixels") != nil)
  }

  @Test("a head is put on its base again, and on no other")
  func attaching() throws {
    let scratch = try prepare()
    let base = Array(Tiny.options[0..<4])
    func attach(_ head: String, _ arguments: [String]) throws -> Finetune.Outcome {
      try Finetune.run(["attach", head] + arguments + ["--offline"], in: scratch.url)
    }
    #expect(
      try export(["--format", "head", "--output", "head.safetensors"], in: scratch).status == 0)
    #expect(try export(["--output", "whole.keras"], in: scratch).status == 0)
    let whole = try Data(contentsOf: scratch.url.appending(path: "whole.keras"))
    for (number, head) in ["run/head.h5", "head.safetensors"].enumerated() {
      let file = "again\(number).keras"
      let outcome = try attach(head, base + ["--weights", "tiny.h5", "--output", file])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try Data(contentsOf: scratch.url.appending(path: file)) == whole)
    }
    try Tiny.writeWeights(to: scratch.path("other.h5"), seed: 2)
    let weights = try attach(
      "run/head.h5", base + ["--weights", "other.h5", "--output", "wrong.keras"])
    #expect(weights.status == 65 && weights.firstLine.contains("cannot be attached to the weights"))
    try Tiny.writeWeights(
      of: Model.named("mobilenetv2", alpha: 0.35, imageSize: 32, top: .features),
      to: scratch.path("v2.h5"))
    let other = try attach(
      "run/head.h5",
      ["--base", "mobilenetv2", "--alpha", "0.35", "--weights", "v2.h5", "--output", "wrong.keras"])
    #expect(
      other.status == 65 && other.firstLine.contains("cannot be attached to mobilenetv2"),
      "\(other.errors)")
    #expect(!scratch.has("wrong.keras"))
    let none = try attach("photos/red/0.jpg", base + ["--output", "wrong.keras"])
    #expect(none.status == 65, "\(none.errors)")
  }
}
