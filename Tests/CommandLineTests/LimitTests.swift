import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A limit of memory")
struct MemoryLimitTests {
  @Test("changes nothing of a training that keeps it")
  func kept() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let command =
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "last-stage", "--epochs", "2",
        "--threads", "1", "--progress", "none",
      ]
    let free = try Finetune.run(command + ["--output", "free"], in: scratch.url)
    #expect(free.status == 0, "\(free.errors)")
    let limited = try Finetune.run(
      command + ["--output", "limited", "--memory", "600M"], in: scratch.url)
    #expect(limited.status == 0, "\(limited.errors)")
    for file in ["weights.h5", "predictions.jsonl"] {
      #expect(
        try Data(contentsOf: scratch.url.appending(path: "free/\(file)"))
          == Data(contentsOf: scratch.url.appending(path: "limited/\(file)")))
    }
  }

  @Test("is told before the first step where a training does not fit, and nothing is left")
  func refused() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    let command = [
      "--base", "vgg16", "--weights", "none", "--data", "photos", "--plan", "full", "--output",
      "run", "--progress", "none",
    ]
    let training = try Finetune.run(command + ["--memory", "100M"], in: scratch.url)
    #expect(training.status == 70)
    #expect(training.firstLine.contains("would take"), "\(training.errors)")
    #expect(training.firstLine.contains("of the 100 that this process may have"))
    #expect(training.firstLine.contains("or a larger --memory"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
    // Weights fit here, and steps do not.
    let steps = try Finetune.run(command + ["--memory", "250M", "--threads", "1"], in: scratch.url)
    #expect(steps.status == 70)
    #expect(steps.firstLine.contains("--image-size"), "\(steps.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
  }

  @Test(
    "is reckoned with by a dry run as by the training: feature maps that are not kept are not counted"
  )
  func dryRun() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 150)
    try Data(
      """
      {"name": "deep", "phases": [{"name": "steps", "scope": "from conv_dw_2", "method": "sgd",
       "epochs": 1, "batchSize": 8, "learningRate": 0.001, "augmentation": "none"}]}
      """.utf8
    ).write(to: scratch.url.appending(path: "plan.json"))
    func memory(_ limit: String) throws -> Int {
      let outcome = try Finetune.run(
        [
          "--base", "mobilenet", "--alpha", "0.25", "--image-size", "224", "--weights", "none",
          "--data", "photos", "--plan", "plan.json", "--threads", "1", "--memory", limit,
          "--dry-run",
        ], in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let found = outcome.output.firstMatch(of: /([0-9]+) MiB/)?.1
      return try #require(found.flatMap { Int($0) }, "\(outcome.output)")
    }
    // 300 maps of 112×112×16 numbers are 229 MiB.
    #expect(try memory("4G") >= 229)
    #expect(try memory("400M") < 200)
  }

  @Test("is kept by what fits: a third more than a process takes is enough, half of it too little")
  func peak() throws {
    func benchmark(_ limit: [String]) throws -> Finetune.Outcome {
      try Finetune.run(
        [
          "benchmark", "--base", "resnet50", "--mode", "full", "--batch-size", "8", "--steps", "1",
          "--threads", "1", "--json",
        ] + limit)
    }
    let free = try benchmark([])
    let peak = try #require(try free.json()["peakMiB"] as? Int)
    let enough = try benchmark(["--memory", "\(peak * 4 / 3)M"])
    #expect(enough.status == 0, "\(enough.errors)")
    #expect(try enough.json()["peakMiB"] as? Int ?? .max <= peak * 4 / 3)
    let little = try benchmark(["--memory", "\(peak / 2)M"])
    #expect(little.status == 70 && little.errors.contains("a larger --memory"), "\(little.errors)")
  }

  @Test("is not exceeded by what fits", arguments: [("infer", 120), ("full", 260)])
  func small(mode: String, megabytes: Int) throws {
    let outcome = try Finetune.run([
      "benchmark", "--base", "mobilenetv2", "--mode", mode, "--batch-size", "8", "--steps", "2",
      "--threads", "1", "--json", "--memory", "\(megabytes)M",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["peakMiB"] as? Int ?? .max <= megabytes)
  }

  @Test("refuses a photo that would exceed it")
  func photos() throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    let large = Image(width: 6000, height: 6000, pixels: [UInt8](repeating: 90, count: 108_000_000))
    try scratch.write("large.png", PNG.encode(large))
    let free = try Finetune.run(["predict", "run", "large.png"], in: scratch.url)
    #expect(free.status == 0, "\(free.errors)")
    let limited = try Finetune.run(
      ["predict", "run", "large.png", "--memory", "90M"], in: scratch.url)
    #expect(limited.status == 65)
    #expect(limited.errors.contains("6000×6000 pixels take 102 MiB"), "\(limited.errors)")
  }

  @Test("is kept by photos that would exceed it together: they are read one after the other")
  func photosTogether() throws {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 4)
    let large = Image(width: 6000, height: 6000, pixels: [UInt8](repeating: 90, count: 108_000_000))
    let file = try PNG.encode(large)
    let names = (0..<6).map { "large\($0).png" }
    for name in names { try scratch.write(name, file) }
    let limited = try Finetune.run(
      ["predict", "run", "--memory", "250M", "--threads", "4"] + names, in: scratch.url)
    #expect(limited.status == 0, "\(limited.errors)")
  }

  @Test("is a number with a unit", arguments: ["800", "0M", "-1G", "2X", "1e400G", "G", "nanM"])
  func wrong(size: String) throws {
    let outcome = try Finetune.run(["--base", "mobilenet", "--data", "x", "--memory=\(size)"])
    #expect(outcome.status == 64)
    #expect(outcome.firstLine.contains("--memory"), "\(outcome.firstLine)")
  }
}

@Suite("What a machine has little of")
struct ScarcityTests {
  @Test("open files: a training needs a dozen, however many photos there are")
  func files() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 20)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "last-stage", "--epochs", "2",
        "--progress", "none", "--output", "run",
      ], in: scratch.url, through: "ulimit -n 16")
    #expect(training.status == 0, "\(training.errors)")
  }

  @Test("photos: folders of the system end with a sentence", arguments: ["/proc", "/dev", "/"])
  func folders(data: String) throws {
    let training = try Finetune.run(["--base", "mobilenet", "--weights", "none", "--data", data])
    #expect(training.status == 65, "\(training.errors)")
    #expect(training.errors.contains("'\(data)'") || training.errors.contains("in '/"))
  }

  @Test("photos: a thousand classes of two photos each are learnt")
  func classes() throws {
    let scratch = try TemporaryFolder()
    for number in 0..<1000 {
      for variant in 0..<2 {
        try scratch.photo(
          "photos/c\(number)/\(variant).jpg", class: number % 3, variant: number + 7 * variant)
      }
    }
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--progress", "none",
        "--output", "run",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    let record = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "run/labels.json")))
    #expect((record as? [Any])?.count == 1000)
  }
}
