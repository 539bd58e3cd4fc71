import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A file of options", .serialized)
struct OptionFileTests {
  private func folder(_ text: String, _ name: String = "finetune.yaml") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(name, text.utf8)
    return folder
  }

  @Test(
    "trains to the same bytes as what is typed, is named, and is recorded as if it had been typed")
  func equalToFlags() throws {
    let scratch = try folder(
      """
      # Of all trainings here.
      base: mobilenet
      alpha: 0.05
      image-size: 32
      weights: "tiny.h5"
      data: photos
      plan: head
      seed: 4
      allow-missing: [nothing/*, "other *"]
      strict: false
      predict:
        top: 1
      """)
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let filed = try Finetune.run(["--output", "filed"], in: scratch.url)
    #expect(filed.status == 0, "\(filed.errors)")
    #expect(filed.firstLine.hasPrefix("note: options of 'finetune.yaml': --base=mobilenet "))
    let typed = try Finetune.run(
      ["--config", "none", "--output", "typed"] + Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--seed", "4",
        "--allow-missing", "nothing/*", "--allow-missing", "other *",
      ], in: scratch.url)
    #expect(typed.status == 0, "\(typed.errors)")
    #expect(!typed.errors.contains("finetune.yaml"))
    for file in ["weights.h5", "head.h5", "predictions.jsonl"] {
      let bytes = try ["filed", "typed"].map {
        try Data(contentsOf: scratch.url.appending(path: "\($0)/\(file)"))
      }
      #expect(bytes[0] == bytes[1], "\(file)")
    }
    let arguments = try Run(scratch.url.appending(path: "filed")).record.arguments
    #expect(arguments.contains("--allow-missing=other *") && arguments.last == "filed")
    #expect(!arguments.contains { $0.contains("strict") || $0.contains("top") })
    // What a run was made with is compared with what the file says only when it is named.
    try scratch.write("finetune.yaml", "seed: 5".utf8)
    let resume = ["--output", "filed", "--resume"]
    #expect(try Finetune.run(resume, in: scratch.url).status == 0)
    let refused = try Finetune.run(resume + ["--config", "finetune.yaml"], in: scratch.url)
    #expect(refused.status == 64, "\(refused.errors)")
    #expect(refused.errors.contains("finetune: --resume takes everything from 'filed'"))
    #expect(refused.errors.contains("seed 5"), "\(refused.errors)")
    let photo = try Finetune.run(["predict", "filed", "photos/red/0.jpg"], in: scratch.url)
    #expect(photo.status == 0 && !photo.errors.contains("finetune.yaml"), "\(photo.errors)")
  }

  @Test("gives way to what is typed, and serves each command by its name")
  func precedence() throws {
    let scratch = try folder(
      """
      sample:
        photos: 3
        size: 40
        test: 0
        output: of-the-file
      weights:
        fetch: {top: true}
      """, "mine.yml")
    let outcome = try Finetune.run(
      ["sample", "--config=mine.yml", "--output=typed", "--photos", "2"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.firstLine == "note: options of 'mine.yml': --size=40 --test=0")
    let photos = try FileManager.default.subpathsOfDirectory(atPath: scratch.path("typed"))
      .filter { $0.hasSuffix(".jpg") }
    #expect(photos.count == 2 * 8 && !scratch.has("of-the-file"))
    let image = try decodeImage(
      contentsOf: scratch.url.appending(path: "typed/\(try #require(photos.first))"))
    #expect(image.width == 40)
  }

  @Test(
    "that is wrong says where, what was expected, and the nearest name",
    arguments: [
      (
        "data: x\nepcohs: 3", 64, "finetune.yaml:2: unknown option 'epcohs'; did you mean 'epochs'?"
      ),
      (
        "learning_rate: 3", 64,
        "finetune.yaml:1: unknown option 'learning_rate'; did you mean 'learning-rate'?"
      ),
      ("predict:\n  topp: 3", 64, "finetune.yaml:2: unknown option 'topp'; did you mean 'top'?"),
      ("frobnicate:\n  top: 3", 64, "finetune.yaml:1: unknown option 'frobnicate'"),
      ("config: other.yaml", 64, "finetune.yaml:1: unknown option 'config'"),
      ("data: x\nbase: vgg16\nepochs: many", 64, "--epochs is in finetune.yaml:3"),
      (
        "data: x\nbase: vgg16\n\nplan: full\nepochs: 0", 64,
        "epochs is 0, expected 1 to 100000 (--epochs is in finetune.yaml:5)"
      ),
      ("data: x\nbase: vgg16\nplan: hed", 64, "there is no plan 'hed'"),
      ("data: [a, b]", 64, "finetune.yaml:1: 'data' is a list, expected one value"),
      ("data:\n  - a", 64, "'data' is a list, expected one value"),
      ("data: {a: b}", 64, "finetune.yaml:1: 'data' has keys of its own, expected a value"),
      ("data:\nbase: vgg16", 64, "'data' has no value"),
      ("strict: 3", 64, "finetune.yaml:1: 'strict' is '3', expected true or false"),
      ("strict: [true]", 64, "'strict' is a list, expected true or false"),
      ("allow-missing: [[a]]", 64, "'allow-missing' is a list within a list"),
      ("data: x\ntrain: {data: y}", 64, "finetune.yaml:2: 'data' is there twice"),
      ("- data", 64, "finetune.yaml:1: expected options as 'name: value'"),
      ("[data]: x", 64, "finetune.yaml:1: expected the name of an option"),
      ("data: &x y", 64, "finetune.yaml:1: a file of options has no anchors"),
      ("data: x\r\nbase: &x y\r\n", 64, "finetune.yaml:2: a file of options has no anchors"),
      ("data: x\r\rbase: &x y", 64, "finetune.yaml:3: a file of options has no anchors"),
      ("data: *x", 65, "'finetune.yaml' is no YAML: line 1"),
      ("data: x\ndata: y", 65, "'data' is there twice"),
      ("data: \"x", 65, "'finetune.yaml' is no YAML: line"),
      ("data: x\n--- \ndata: y", 65, "'finetune.yaml' is no YAML"),
      ("data: \u{1}", 65, "'finetune.yaml' is no YAML"),
    ] as [(String, Int32, String)])
  func wrong(_ text: String, _ status: Int32, _ message: String) throws {
    let scratch = try folder(text)
    let outcome = try Finetune.run(["train"], in: scratch.url)
    #expect(outcome.status == status, "\(outcome.errors)")
    // Before it there may be which options of the file are used.
    let fault = outcome.errors.split(separator: "\n").first { !$0.hasPrefix("note: ") } ?? ""
    #expect(fault.hasPrefix("finetune: ") && fault.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test("may hold what only looks like an anchor")
  func noAnchor() throws {
    let scratch = try folder("data: R&D photos & more\nbase: vgg16")
    let outcome = try Finetune.run(["train", "--dry-run", "--offline"], in: scratch.url)
    #expect(outcome.status == 66, "\(outcome.errors)")
    #expect(outcome.errors.contains("R&D photos & more"), "\(outcome.errors)")
  }

  @Test("gives at most a thousand values in all", .timeLimit(.minutes(1)))
  func many() throws {
    for (count, status) in [(998, 66), (999, 64), (30_000, 64)] as [(Int, Int32)] {
      let values = (0..<count).map { "a\($0)" }.joined(separator: ",")
      let scratch = try folder("data: nowhere\nbase: vgg16\nallow-missing: [\(values)]")
      let outcome = try Finetune.run(["train", "--dry-run", "--offline"], in: scratch.url)
      #expect(outcome.status == status, "\(outcome.errors.suffix(300))")
      let fault =
        "finetune.yaml:3: with 'allow-missing' there are \(count + 2) values, and a file of options has at most 1000"
      #expect(outcome.errors.contains(fault) == (status == 64), "\(outcome.errors.suffix(300))")
    }
  }

  @Test("that would grow without bounds is refused at once", .timeLimit(.minutes(1)))
  func bombs() throws {
    let letters = Array("abcdefghijklmnopqrstuvwxyz").map(String.init)
    let lines = zip(letters, letters.dropFirst()).map {
      "\($1): &\($1) [\(Array(repeating: "*\($0)", count: 9).joined(separator: ","))]"
    }
    let aliases = (["a: &a x"] + lines + ["? *z\n: 1"]).joined(separator: "\n")
    let deep = String(repeating: "[", count: 100_000)
    let large = String(repeating: "#", count: 1 << 19)
    for (text, status) in [(aliases, 64), (deep, 65), (large, 65)] as [(String, Int32)] {
      let scratch = try folder(text)
      let outcome = try Finetune.run(["train"], in: scratch.url)
      #expect(outcome.status == status, "\(outcome.errors.prefix(300))")
    }
  }

  @Test("that is named and is not there, or is none, is told apart from one that is left out")
  func absent() throws {
    let scratch = try folder("bsae: vgg16")
    try scratch.write("folder.yaml/x")
    for (file, status, message) in [
      ("nowhere.yaml", 66, "there is no file of options 'nowhere.yaml'"),
      ("folder.yaml", 65, "it is a folder"), ("none", 64, "--base <NAME>"),
    ] as [(String, Int32, String)] {
      let outcome = try Finetune.run(["train", "--config", file], in: scratch.url)
      #expect(outcome.status == status && outcome.errors.contains(message), "\(outcome.errors)")
    }
    let twice = try Finetune.run(
      ["train", "--config", "none", "--config", "none"], in: scratch.url)
    #expect(twice.status == 64 && twice.firstLine.contains("2 times"))
    // Help, and commands that take no file, do not read it.
    for command in [["train", "--help"], ["doctor"], ["cache"], []] {
      #expect(try Finetune.run(command, in: scratch.url).status == 0, "\(command)")
    }
  }
}
