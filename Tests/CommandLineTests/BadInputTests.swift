import Foundation
import TestSupport
import Testing

@Suite("Bad input", .serialized)
struct BadInputTests {
  /// What is wrong with an otherwise good command line.
  enum Fault: CaseIterable {
    case noFolder, onePhotoFolder, oneClass, emptyClass, unreadableClass, noTraining
    case noWeights, missingWeights, emptyWeights, otherWeights, downloadFails
    case existingRun, runInsideFile, runInSystemFolder, planMissing, planBroken, strict
    case flatData

    var status: Int32 {
      switch self {
      case .noFolder, .noWeights, .missingWeights, .planMissing: 66
      case .onePhotoFolder, .oneClass, .emptyClass, .unreadableClass, .noTraining, .emptyWeights,
        .otherWeights, .planBroken, .strict, .flatData:
        65
      case .downloadFails: 69
      case .existingRun, .runInsideFile, .runInSystemFolder: 73
      }
    }

    var words: [String] {
      switch self {
      case .noFolder: ["photos-elsewhere"]
      case .onePhotoFolder, .flatData: ["no class folders"]
      case .oneClass: ["only one class", "'red'"]
      case .emptyClass, .unreadableClass: ["'red'", "no readable training photo"]
      case .noTraining: ["train"]
      case .noWeights:
        [
          "--offline", "--weights weights/mobilenet_0.25_128", "http://127.0.0.1:9/mobilenet/",
          ".keras/models",
        ]
      case .missingWeights: ["nothing.h5"]
      case .emptyWeights: ["empty.h5", "is empty"]
      case .otherWeights: ["other.h5", "another model?"]
      case .downloadFails: ["http://127.0.0.1:9/", "--weights weights/mobilenet_0.25_128"]
      case .existingRun: ["exists already"]
      case .runInsideFile, .runInSystemFolder: ["cannot create"]
      case .planMissing: ["plan.json"]
      case .planBroken: ["plan.json", "not a training plan"]
      case .strict: ["--strict", "broken.jpg"]
      }
    }
  }

  @Test(
    "each fault has its exit code and one line, and leaves no run", arguments: Fault.allCases)
  func faults(_ fault: Fault) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    var base = Tiny.options
    var weights = ["--weights", "tiny.h5"]
    var data = "photos"
    var output = "run"
    var others: [String] = []
    func remove(_ name: String) throws {
      try FileManager.default.removeItem(atPath: scratch.path(name))
    }
    switch fault {
    case .noFolder: data = "photos-elsewhere"
    case .onePhotoFolder: data = "photos/red"
    case .flatData:
      data = "flat"
      try scratch.photo("flat/a.jpg", class: 0)
    case .oneClass:
      try remove("photos/green")
      try remove("photos/blue")
    case .emptyClass:
      try remove("photos/red")
      try scratch.write("photos/red/notes.txt", Array("none yet".utf8))
    case .unreadableClass:
      try remove("photos/red")
      try scratch.write("photos/red/a.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])
    case .noTraining:
      data = "split"
      try scratch.photos("split/val", count: 1)
    case .noWeights:
      base = ["--base", "mobilenet"]
      weights = ["--offline"]
    case .downloadFails:
      base = ["--base", "mobilenet"]
      weights = []
    case .missingWeights: weights = ["--weights", "nothing.h5"]
    case .emptyWeights:
      try scratch.write("empty.h5")
      weights = ["--weights", "empty.h5"]
    case .otherWeights:
      try FileManager.default.moveItem(
        atPath: scratch.path("tiny.h5"), toPath: scratch.path("other.h5"))
      base = ["--base", "mobilenetv2"]
      weights = ["--weights", "other.h5"]
    case .existingRun: output = "photos"
    case .runInsideFile: output = "tiny.h5/run"
    case .runInSystemFolder: output = "/proc/run"
    case .planMissing: others = ["--plan", "plan.json"]
    case .planBroken:
      try scratch.write("plan.json", Array(#"{"name": "mine", "phases": [{"nme": 1}]}"#.utf8))
      others = ["--plan", "plan.json"]
    case .strict:
      try scratch.write("photos/red/broken.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])
      others = ["--strict"]
    }
    let outcome = try Finetune.run(
      base + weights + ["--data", data, "--output", output, "--progress", "none"] + others,
      in: scratch.url)
    #expect(outcome.status == fault.status)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome.errors)")
    #expect(outcome.firstLine.hasPrefix("finetune: "))
    for word in fault.words { #expect(outcome.firstLine.contains(word)) }
    #expect(outcome.output.isEmpty)
    #expect(!scratch.has("run"))
  }

  @Test(
    "other commands, too, say in one line what is wrong",
    arguments: [
      (["evaluate", "nowhere", "--data", "photos"], 66, "nowhere"),
      (["evaluate", "photos", "--data", "photos"], 65, "not a run"),
      (["predict", "nowhere", "a.jpg"], 66, "nowhere"),
      (["predict", "--base", "mobilenet", "--offline", "a.jpg"], 66, "--offline"),
      (["predict", "--base", "mobilenet", "--labels", "no.txt", "a.jpg"], 66, "no.txt"),
      (["export", "nowhere", "--format", "head", "--output", "h.h5"], 66, "nowhere"),
      (
        [
          "features", "--base", "mobilenet", "--weights", "none", "--data", "photos", "--output",
          "no/f.h5",
        ], 73, "no/f.h5"
      ),
      (
        [
          "features", "--base", "mobilenet", "--weights", "none", "--data", "photos", "--output",
          "f.h5", "--node", "fc9",
        ], 64, "fc9"
      ),
      (["weights", "show", "photos/red/0.jpg"], 65, "is neither HDF5 (.h5)"),
      (["weights", "show", "nothing.h5"], 66, "nothing.h5"),
      (["weights", "verify", "nothing.h5"], 66, "nothing.h5"),
      (["weights", "fetch", "resnet50"], 69, "http://127.0.0.1:9/resnet/"),
      (["sample", "--output", "photos"], 73, "not empty"),
    ] as [([String], Int32, String)])
  func otherCommands(_ arguments: [String], _ status: Int32, _ word: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    let outcome = try Finetune.run(arguments, in: scratch.url)
    #expect(outcome.status == status)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.firstLine.hasPrefix("finetune: "))
    #expect(outcome.firstLine.contains(word))
    #expect(outcome.output.isEmpty)
  }

  @Test("a disk that fills while writing is 74, and no file is left behind")
  func fullDisk() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    // A limit on the size of files stands for the full disk.
    let features = try Finetune.run(
      ["features"] + Tiny.options
        + [
          "--weights", "none", "--data", "photos", "--output", "f.h5", "--node", "conv_pw_1_relu",
        ],
      in: scratch.url, through: "ulimit -f 1")
    #expect(features.status == 74)
    #expect(features.firstLine.contains("f.h5"))
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(left == ["photos"])

    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options
        + [
          "--weights", "tiny.h5", "--data", "photos", "--output", "run", "--plan", "head",
          "--progress", "none",
        ], in: scratch.url, through: "ulimit -f 6")
    #expect(training.status == 74)
    #expect(training.errors.split(separator: "\n").count == 1)
    // The solved head fits, the weights do not: with more room the run goes on where it was.
    #expect(!scratch.has("run/weights.h5") && !scratch.has("run/run.json"))
    let resumed = try Finetune.run(
      ["--output", "run", "--resume", "--progress", "none"], in: scratch.url)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(scratch.has("run/weights.h5") && scratch.has("run/report.html"))
  }

  @Test("results that cannot be printed are 74")
  func fullOutput() throws {
    #expect(try Finetune.run(["models"], through: "exec > /dev/full").status == 74)
  }

  @Test(
    "odd weight files are refused",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"),
    arguments: [
      "pillow_hdf5_not_keras.h5", "resnet50_weights_TRUNCATED_2749997_of_102853048.h5",
    ])
  func oddWeights(_ file: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    let outcome = try Finetune.run(
      [
        "--base", "resnet50", "--data", "photos", "--output", "run", "--weights",
        TestData.url("odd-weights/\(file)").path,
      ], in: scratch.url)
    #expect(outcome.status == 65)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.firstLine.contains(file))
    #expect(!scratch.has("run"))
  }
}
