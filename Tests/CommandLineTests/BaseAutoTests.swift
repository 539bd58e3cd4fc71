import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("--base auto and 'bases'", .serialized)
struct BaseAutoTests {
  /// Weights under the names of published files, of random values: MobileNet 0.25 at 128 and MobileNetV2
  /// 0.35 at 96, the smallest that there are.
  private func prepare(count: Int = 8) throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: count)
    try write("mobilenet", alpha: 0.25, size: 128, in: scratch)
    try write("mobilenetv2", alpha: 0.35, size: 96, in: scratch)
    return scratch
  }

  private func write(_ name: String, alpha: Double, size: Int, in scratch: TemporaryFolder) throws {
    let model = try Model.named(
      name, alpha: alpha, imageSize: ImageSize(side: size), top: .features)
    let file = try #require(model.weightFile).fileName
    try FileManager.default.createDirectory(
      at: scratch.url.appending(path: "weights"), withIntermediateDirectories: true)
    try Tiny.writeWeights(of: model, to: scratch.path("weights/\(file)"))
  }

  private let cache = "FINETUNE_CACHE=$PWD/cache; export FINETUNE_CACHE"

  @Test("the table fits 80 columns and names every base that is at hand, and what is taken")
  func table() throws {
    let scratch = try prepare()
    let outcome = try Finetune.run(["bases", "--data", "photos"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for text in ["mobilenet 0.25", "mobilenetv2 0.35", "taken", "is taken", "of 18 photos"] {
      #expect(outcome.output.contains(text), "\(text): \(outcome.output)")
    }
    for line in outcome.output.split(separator: "\n") where line.count > 80 {
      Issue.record("\(line.count) columns: \(line)")
    }
    #expect(outcome.errors.contains("comparing 2 bases on 18 photos"))
    #expect(!scratch.has("runs"))
    let json = try Finetune.run(["bases", "--data", "photos", "--json"], in: scratch.url).json()
    #expect(
      Set(json.keys) == ["entries", "sampled", "available", "seed", "seconds", "budget"])
    let entries = try #require(json["entries"] as? [[String: Any]])
    #expect(entries.count == 2 && entries.count { $0["outcome"] as? String == "chosen" } == 1)
    for entry in entries {
      let scores = try #require(entry["scores"] as? [String: Any])
      #expect(scores["photos"] as? Int == 18 && scores["accuracyInterval"] != nil)
    }
  }

  @Test("a training takes the base, finds its features, and tells of the choice in run and report")
  func training() throws {
    let scratch = try prepare()
    let command = [
      "--base", "auto", "--data", "photos", "--plan", "head", "--validation", "0.25", "--output",
      "run", "--threads", "2",
    ]
    let outcome = try Finetune.run(
      command + ["--progress", "json"], in: scratch.url, through: cache)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let events = try outcome.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(events.first?["event"] as? String == "bases")
    let features = try #require(events.first { $0["event"] as? String == "features" })
    #expect(features["cached"] as? Int ?? 0 >= 18)
    let run = try Run(scratch.url.appending(path: "run"))
    let comparison = try #require(run.record.baseComparison)
    #expect(comparison.chosen.base == "\(run.record.base) \(run.record.alpha ?? 1)")
    #expect(comparison.available == 18 && comparison.sampled == 18)
    let job = try JobRecord<FineTuningJob, NoJob>(of: run.url).job
    #expect(job.base.name == run.record.base && job.comparison == comparison)
    for (file, text) in [
      ("report.html", "Choice of the base"), ("report.json", "\"baseComparison\""),
    ] {
      let written = try String(
        contentsOf: scratch.url.appending(path: "run/\(file)"), encoding: .utf8)
      #expect(written.contains(text), "\(file)")
    }
    // The photos set apart took no part.
    #expect(run.record.trainedOnValidation)
    let again = try Finetune.run(command + ["--resume"], in: scratch.url, through: cache)
    #expect(again.status == 0 && again.firstLine.contains("is finished"), "\(again.errors)")
  }

  @Test(
    "where the photos that measure have chosen the base, the figure says so",
    arguments: [
      (["--base", "auto", "--folds", "3"], true), (["--base", "auto"], false),
      (["--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--folds", "3"], false),
    ])
  func honesty(_ options: [String], isUsed: Bool) throws {
    let scratch = try prepare()
    let outcome = try Finetune.run(
      options + ["--data", "photos", "--plan", "head", "--output", "run"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "run/report.json")))
    #expect((report as? [String: Any])?["usedForSelection"] as? Bool == isUsed)
  }

  @Test("a resumed run keeps its base, whatever is named beside it")
  func resuming() throws {
    let scratch = try prepare()
    let command = ["--data", "photos", "--plan", "head", "--output"]
    #expect(
      try Finetune.run(["--base", "auto"] + command + ["run"], in: scratch.url).status == 0)
    #expect(
      try Finetune.run(
        ["--base", "mobilenet", "--alpha", "0.25", "--image-size", "128"] + command + ["named"],
        in: scratch.url
      ).status == 0)
    for (options, text) in [
      (["--base", "vgg16", "--output", "run"], "base.name vgg16"),
      (["--base", "auto", "--output", "named"], "base.name auto"),
      (["--candidates", "vgg16", "--output", "named"], "leave --candidates"),
    ] {
      let refused = try Finetune.run(options + ["--resume"], in: scratch.url)
      #expect(refused.status == 64 && refused.firstLine.contains(text), "\(refused.errors)")
    }
  }

  @Test("a dry run compares, says what would be trained, and writes nothing")
  func dryRun() throws {
    let scratch = try prepare()
    let outcome = try Finetune.run(
      ["--base", "auto", "--data", "photos", "--dry-run"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("is taken") && outcome.output.contains("Plan 'adapt'"))
    #expect(!scratch.has("runs"))
  }

  @Test("candidates are names, widths, files and runs, and each is compared once")
  func candidates() throws {
    let scratch = try prepare()
    #expect(
      try Finetune.run(
        [
          "--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--data", "photos",
          "--plan", "head", "--resize", "crop", "--output", "runs/first",
        ], in: scratch.url
      ).status == 0)
    #expect(
      try Finetune.run(
        ["export", "runs/first", "--format", "keras", "--output", "model.keras"], in: scratch.url
      ).status
        == 0)
    let names = "mobilenet, mobilenet 0.25,runs/first,./model.keras"
    let outcome = try Finetune.run(
      ["bases", "--data", "photos", "--candidates", names, "--json"], in: scratch.url)
    let entries = try #require(try outcome.json()["entries"] as? [[String: Any]])
    #expect(
      Set(entries.compactMap { $0["base"] as? String })
        == ["mobilenet 0.25", "runs/first", "./model.keras"])
    #expect(entries.count == 3)
    // All three are the same network with the same weights, seen the same way but for the file.
    let losses = entries.filter { $0["base"] as? String != "./model.keras" }.compactMap {
      ($0["scores"] as? [String: Any])?["logLoss"] as? Double
    }
    #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-9)
  }

  @Test("long names stand in lines of their own, so that the figures fit 80 columns")
  func longNames() throws {
    let scratch = try prepare()
    let run = "runs/a-name-that-leaves-no-room-for-anything-beside-it"
    #expect(
      try Finetune.run(
        [
          "--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--data", "photos",
          "--plan", "head", "--output", run,
        ], in: scratch.url
      ).status == 0)
    let outcome = try Finetune.run(
      ["bases", "--data", "photos", "--candidates", "\(run),mobilenetv2"], in: scratch.url)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.contains(run) && lines.contains("mobilenetv2 0.35"), "\(outcome.output)")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(outcome.output)")
  }

  @Test("a size of one's own holds for all, and two of one name are told apart")
  func sizes() throws {
    let scratch = try prepare()
    try write("mobilenet", alpha: 0.25, size: 160, in: scratch)
    func bases(_ options: [String]) throws -> [String] {
      let json = try Finetune.run(
        ["bases", "--data", "photos", "--json", "--candidates", "mobilenet"] + options,
        in: scratch.url
      ).json()
      return (json["entries"] as? [[String: Any]] ?? []).compactMap { $0["base"] as? String }
    }
    #expect(try Set(bases([])) == ["mobilenet 0.25 at 128", "mobilenet 0.25 at 160"])
    #expect(try bases(["--image-size", "160"]) == ["mobilenet 0.25"])
  }

  @Test(
    "what stands in the way is said in one line",
    arguments: [
      (
        ["bases", "--data", "photos", "--candidates", "vgg16"], 66,
        "'finetune weights fetch vgg16'"
      ),
      (["bases", "--data", "photos", "--candidates", "vgg17"], 64, "did you mean 'vgg11'?"),
      (["bases", "--data", "photos", "--candidates", "alphago"], 64, "not photos"),
      (["bases", "--data", "photos", "--candidates", "vgg16", "--fetch"], 69, "127.0.0.1"),
      (["bases", "--data", "nowhere"], 66, "nowhere"),
      (["bases", "--data", "few"], 65, "too few photos"),
      (["bases", "--data", "photos", "--candidates", "broken/run"], 66, "broken/run"),
      (["--base", "auto", "--data", "photos", "--output", "photos/run"], 64, "inside the data"),
      (["--base", "auto", "--data", "photos", "--output", "weights"], 73, "exists"),
    ])
  func refusals(_ arguments: [String], _ status: Int32, _ text: String) throws {
    let scratch = try prepare(count: 3)
    for index in 0..<2 { try scratch.photo("few/\(index)/a.jpg", class: index) }
    let outcome = try Finetune.run(arguments, in: scratch.url)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
    #expect(!scratch.has("runs") && !scratch.has("photos/run"))
  }

  @Test("without a base at hand it says how to get one")
  func nothing() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 3)
    for command in [["bases"], ["--base", "auto"]] {
      let outcome = try Finetune.run(command + ["--data", "photos"], in: scratch.url)
      #expect(outcome.status == 66)
      for text in ["weights fetch mobilenetv2", "--fetch", "--candidates"] {
        #expect(outcome.firstLine.contains(text), "\(outcome.firstLine)")
      }
    }
  }

  @Test("a damaged file that nobody named is left out, and one that was named is an error")
  func damaged() throws {
    let scratch = try prepare()
    let file = "weights/mobilenet_2_5_128_tf_no_top.h5"
    try scratch.write(file, Array("no weights".utf8))
    let outcome = try Finetune.run(["bases", "--data", "photos"], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("left out: mobilenet 0.25: '"), "\(outcome.output)")
    let named = try Finetune.run(
      ["bases", "--data", "photos", "--candidates", "mobilenet"], in: scratch.url)
    #expect(named.status == 65, "\(named.errors)")
  }
}
