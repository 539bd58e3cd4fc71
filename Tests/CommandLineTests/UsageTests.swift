import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Usage", .serialized)
struct UsageTests {
  @Test(
    "wrong usage ends with 64, and the first line says what is wrong",
    .tags(.slow), .unlessQuick,
    arguments: [
      (["--base", "mobilenet"], "--data"),
      (["--data", "x"], "--base"),
      (["train", "--base", "mobilenet", "--data", "x", "--colour", "red"], "--colour"),
      (["--base", "mobilenet", "--data", "x", "--precision", "float16"], "float16"),
      (
        [
          "--base", "mobilenet", "--data", "x", "--precision", "bfloat16", "--backend", "openblas",
        ], "--precision bfloat16 needs --backend onednn"
      ),
      (["--base", "resnet5", "--data", "x"], "did you mean 'resnet50'?"),
      (["--base", "resnet50", "--alpha", "0.5", "--data", "x"], "--alpha"),
      (["--base", "mobilenet", "--alpha", "many", "--data", "x"], "many"),
      (["--base", "mobilenet", "--image-size", "7", "--data", "x"], "7 × 7"),
      (["--base", "mobilenet", "--data", "x", "--validation", "1"], "--validation is 1.0"),
      (["--base", "mobilenet", "--data", "x", "--plan", "hed"], "no plan 'hed'"),
      (["--base", "mobilenet", "--data", "x", "--plan", "head", "--epochs", "3"], "--epochs"),
      (["--base", "mobilenet", "--data", "x", "--epochs", "0"], "epochs is 0"),
      (
        ["--base", "mobilenet", "--data", "x", "--plan", "full", "--momentum", "1.5"],
        "momentum is 1.5"
      ),
      (
        ["--base", "mobilenet", "--data", "x", "--learning-rate", "-1"],
        "learningRate is -1.0, expected more than 0"
      ),
      (["--base", "mobilenet", "--data", "x", "--plan", "scratch", "--head", "sgd"], "--head"),
      (["--base", "mobilenet", "--data", "x", "--head", "both"], "both"),
      (
        ["--base", "mobilenet", "--data", "x", "--plan", "scratch", "--weights", "some.h5"],
        "--plan scratch begins with random weights"
      ),
      (["--base", "mobilenet", "--data", "x", "--head-epochs", "3"], "--head-epochs"),
      (
        ["--base", "mobilenet", "--data", "x", "--head", "sgd", "--head-views", "3"], "--head-views"
      ),
      (
        ["--base", "mobilenet", "--data", "x", "--head", "solve", "--head-hidden", "8"],
        "leave out --head solve or --head-hidden"
      ),
      (["--base", "mobilenet", "--data", "x", "--head-hidden", "0"], "hidden is 0, expected 1"),
      (["--base", "mobilenet", "--data", "x", "--head-hidden", "many"], "many"),
      (
        ["--base", "mobilenet", "--data", "x", "--head-hidden", "8", "--head-dropout", "1"],
        "dropout is 1.0"
      ),
      (
        ["--base", "mobilenet", "--data", "x", "--head-dropout", "0.2"],
        "--head-dropout has no effect without --head-hidden"
      ),
      (
        ["--base", "mobilenet", "--data", "x", "--head-hidden", "8", "--head-views", "3"],
        "--head-views"
      ),
      (["--base", "mobilenet", "--data", "x", "--plan", "head", "--mixup", "0.2"], "--mixup"),
      (
        ["--base", "mobilenet", "--data", "x", "--plan", "head", "--augment", "light"], "--augment"
      ),
      (
        ["--base", "mobilenet", "--data", "x", "--plan", "head", "--balance", "sampler"],
        "--balance weights"
      ),
      (
        [
          "--base", "mobilenet", "--data", "x", "--plan", "head", "--head", "sgd", "--stage-decay",
          "2",
        ], "--stage-decay"
      ),
      (["--base", "mobilenet", "--data", "x", "--optimizer", "adam"], "adam"),
      (
        ["--base", "mobilenet", "--data", "x", "--optimizer", "adamw", "--momentum", "0.5"],
        "--momentum"
      ),
      (["--base", "mobilenet", "--data", "x", "--schedule", "linear"], "linear"),
      (["--base", "mobilenet", "--data", "x", "--accumulate", "0"], "accumulation is 0"),
      (["--base", "mobilenet", "--data", "x", "--ema", "1"], "ema is 1.0"),
      (["--base", "mobilenet", "--data", "x", "--warm-up", "2"], "warmUp is 2.0"),
      (["--base", "mobilenet", "--data", "x", "--cutmix", "-1"], "cutmix"),
      (["--base", "mobilenet", "--data", "x", "--balance", "much"], "much"),
      (["--base", "mobilenet", "--data", "x", "--threads", "0"], "--threads is 0"),
      (["--base", "mobilenet", "--data", "x", "--backend", "cuda"], "cuda"),
      (["--base", "mobilenet", "--data", "x", "--progress", "loud"], "loud"),
      (["evalaute", "runs/x"], "unknown command 'evalaute'; did you mean 'evaluate'?"),
      (["evaluate", "runs/x"], "--data"),
      (["evaluate", "runs/x", "--data", "x", "--split", "best"], "best"),
      (["--base", "mobilenet", "--data", "x", "--histograms", "-1"], "--histograms"),
      (["predict"], "no RUN and no --base"),
      (["predict", "runs/x"], "no IMAGE"),
      (["predict", "runs/x", "a.jpg", "--top", "0"], "--top is 0"),
      (["predict", "runs/x", "a.jpg", "--alpha", "1"], "--base"),
      (["predict", "runs/x", "a.jpg", "--tta", "3"], "--tta is 3"),
      (["evaluate", "runs/x", "--data", "x", "--tta", "0"], "--tta is 0"),
      (["predict", "runs/x", "a.jpg", "--abstain", "95"], "--abstain is 95.0"),
      (["predict", "--base", "vgg16", "a.jpg", "--abstain", "0.9"], "--abstain goes with a run"),
      (["predict", "runs/x", "a.jpg", "--sets", "1"], "--sets is 1.0"),
      (["predict", "runs/x", "a.jpg", "--unknown", "0"], "--unknown is 0.0"),
      (["predict", "--base", "vgg16", "a.jpg", "--unknown", "0.9"], "--unknown goes with a run"),
      (["predict", "runs/x", "a.jpg", "--unknown", "0.9", "--tta", "2"], "looks at one view"),
      (["predict", "--base", "vgg16", "a.jpg", "--sets", "0.9"], "--sets goes with a run"),
      (["report"], "RUN"),
      (["compare", "runs/x"], "at least two"),
      (["inspect"], "--data"),
      (["inspect", "--data", "x", "--augment", "light"], "--sheet"),
      (["inspect", "--data", "x", "--allow-empty-classes"], "--strict"),
      (["inspect", "--data", "x", "--base", "resnet5"], "did you mean 'resnet50'?"),
      (["features", "--base", "mobilenet", "--data", "x"], "--output"),
      (["export", "runs/x", "--format", "pickle", "--output", "y"], "pickle"),
      (["models", "lenet"], "there is no model 'lenet'"),
      (["models", "--alpha", "0.5"], "NAME"),
      (["models", "vgg16", "--all"], "--all and --here list models"),
      (["models", "--all", "--here"], "--all and --here exclude each other"),
      (["bases"], "--data"),
      (["bases", "--data", "x", "--candidates", "vgg16,,resnet50"], "--candidates"),
      (["bases", "--data", "x", "--budget", "soon"], "soon"),
      (["--base", "mobilenet", "--data", "x", "--candidates", "vgg16"], "--base auto chooses"),
      (["--base", "mobilenet", "--data", "x", "--fetch"], "--base auto chooses"),
      (["--base", "auto", "--data", "x", "--weights", "a.h5"], "--base auto compares several"),
      (["--base", "auto", "--data", "x", "--alpha", "0.5"], "--candidates 'mobilenet 0.25,vgg16'"),
      (["--base", "auto", "--data", "x", "--plan", "scratch"], "--plan scratch begins"),
      (["--base", "auto", "--data", "x", "--fetch", "--offline"], "--fetch and --offline"),
      (["--base", "auto", "--data", "x", "--fetch", "--dry-run"], "--fetch and --dry-run"),
      (["weights"], "name one of list, fetch, verify and show"),
      (["weights", "fetch"], "NAME"),
      (["weights", "lits"], "unknown command 'lits'; did you mean 'list'?"),
      (["frobnicate"], "unknown command 'frobnicate'; 'finetune --help' lists them"),
      (["eval", "runs/x"], "did you mean 'evaluate'?"),
      (["help", "nope"], "unknown command 'nope'"),
      (["help", "weights", "shwo"], "did you mean 'show'?"),
      (["--lr", "0.1"], "unknown option '--lr'; did you mean '--learning-rate'?"),
      (["--model", "vgg16"], "did you mean '--base'?"),
      (["--base", "vgg16", "--imgsz=64"], "did you mean '--image-size'?"),
      (["train", "--data", "x", "--batch", "8"], "did you mean '--batch-size'?"),
      (["--num_workers", "2"], "did you mean '--threads'?"),
      (["--wieghts", "none"], "did you mean '--weights'?"),
      (["-o", "run"], "unknown option '-o'; did you mean '--output'?"),
      (["predict", "runs/x", "--topk", "3"], "did you mean '--top'?"),
      (["features", "--colour", "red"], "unknown option '--colour'; 'finetune features --help'"),
      (["cache", "--jsn"], "did you mean '--json'?"),
      (["doctor", "--output", ""], "--output names no folder"),
      (["check-up"], "unknown command 'check-up'"),
      (["diagnose"], "did you mean 'doctor'?"),
      (["sample"], "--output"),
      (["sample", "--output", "x", "--size", "3"], "--size is 3"),
      (["benchmark", "--base", "mobilenet", "--mode", "fast"], "fast"),
      (["benchmark", "--base", "mobilenet", "--batch-size", "0"], "--batch-size is 0"),
    ])
  func wrongUsage(_ arguments: [String], _ message: String) throws {
    let outcome = try Finetune.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.firstLine.hasPrefix("finetune: "))
    #expect(outcome.firstLine.contains(message))
    #expect(outcome.output.isEmpty)
  }

  @Test(
    "help lists the options",
    arguments: [
      (
        ["--help"],
        [
          "--base", "--data", "--output", "--weights", "--plan", "--resize", "--progress", "--seed",
          "--dry-run", "--version", "evaluate", "predict", "runs", "report", "compare", "features",
          "inspect", "export",
          "models", "weights", "sample", "benchmark", "doctor", "--config", "--quiet", "--verbose",
        ]
      ),
      (
        ["train", "--help"],
        [
          "--validation", "--allow-missing", "--alpha", "--image-size", "--epochs",
          "--learning-rate", "--stage-decay", "--batch-size", "--momentum", "--weight-decay",
          "--clip", "--batch-norm", "--label-smoothing", "--early-stop", "--augment", "--head",
          "--head-hidden", "--head-dropout", "--head-epochs", "--head-views", "--schedule",
          "--warm-up", "--optimizer", "--accumulate",
          "--ema", "--balance", "--pca-jitter", "--mixup", "--cutmix", "--find-rate",
          "--histograms",
          "--allow-empty-classes", "--strict", "--max-pixels", "--backend", "--threads", "--memory",
          "--offline", "--candidates", "--fetch", "NAME|FILE|RUN|auto",
        ]
      ),
      (
        ["evaluate", "--help"],
        ["--data", "--split", "--json", "--report", "--batch-size", "--tta"]
      ),
      (
        ["predict", "--help"],
        [
          "--base", "--weights", "--labels", "--top", "--json", "--tta", "--abstain", "--sets",
          "--unknown",
        ]
      ),
      (["runs", "--help"], ["DIR", "--json"]),
      (["report", "--help"], ["RUN", "--output", "FILE.html|FILE.md"]),
      (["compare", "--help"], ["RUN", "--data", "--json"]),
      (
        ["inspect", "--help"],
        [
          "--data", "LIST.csv", "--json", "--sheet", "--augment", "--base", "--strict",
          "--max-pixels", "--allow-empty-classes",
        ]
      ),
      (["features", "--help"], ["--base", "--data", "--output", "--node", "--resize"]),
      (["export", "--help"], ["--format", "head|keras|keras-h5", "--output", "--with-resize"]),
      (["attach", "--help"], ["--base", "--output", "--weights", "--force"]),
      (["models", "--help"], ["--json", "--alpha", "--image-size", "--all", "--here"]),
      (
        ["bases", "--help"], ["--data", "--candidates", "--budget", "--fetch", "--json", "--seed"]
      ),
      (["weights", "--help"], ["list", "fetch", "verify", "show"]),
      (["sample", "--help"], ["--output", "--photos", "--size", "--seed"]),
      (
        ["benchmark", "--help"], ["--mode", "infer|head|last|full", "--json", "--backend"]
      ),
    ])
  func help(_ arguments: [String], _ words: [String]) throws {
    let outcome = try Finetune.run(arguments)
    #expect(outcome.status == 0)
    for word in words { #expect(outcome.output.contains(word)) }
    #expect(outcome.errors.isEmpty)
  }

  @Test("without a word it says what it can do")
  func overview() throws {
    let outcome = try Finetune.run([])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    for word in ["--base mobilenetv2 --data photos", "inspect", "predict", "finetune --help"] {
      #expect(outcome.output.contains(word), "\(word)")
    }
  }

  @Test(
    "nothing similar is suggested where nothing is similar", arguments: ["--frobnicate", "--x"])
  func noSuggestion(_ option: String) throws {
    let outcome = try Finetune.run(["--base", "mobilenet", option, "1"])
    #expect(outcome.status == 64 && outcome.firstLine.contains("unknown option '\(option)'"))
    #expect(!outcome.errors.contains("did you mean"))
  }

  @Test(
    "every page of help fits 80 columns and shows no value of the program's own",
    arguments: [
      [], ["train"], ["evaluate"], ["predict"], ["runs"], ["report"], ["compare"], ["features"],
      ["inspect"], ["export"], ["attach"], ["models"],
      ["bases"], ["weights"], ["weights", "list"], ["weights", "fetch"], ["weights", "verify"],
      ["weights", "show"], ["sample"], ["cache"], ["cache", "clear"], ["benchmark"],
      ["benchmark-views"], ["doctor"], ["extend"], ["visualize"], ["visualize", "gradcam"],
      ["visualize", "occlusion"], ["visualize", "filters"], ["visualize", "features"],
      ["visualize", "activation"], ["visualize", "neighbours"], ["visualize", "classmap"],
    ])
  func helpPages(_ command: [String]) throws {
    let outcome = try Finetune.run(["help"] + command)
    #expect(outcome.status == 0)
    for line in outcome.output.split(separator: "\n") where line.count > 80 {
      Issue.record("\(line.count) columns: \(line)")
    }
    for word in ["ImagePipeline", "Optional(", "nil"] { #expect(!outcome.output.contains(word)) }
  }

  @Test("the help of training is in groups, with examples and defaults")
  func groups() throws {
    let help = try Finetune.run(["--help"]).output
    let titles = ["WHAT TO TRAIN ON:", "PLAN:", "AUGMENTATION:", "MACHINE:", "OUTPUT:"]
    let places = titles.compactMap { help.firstRange(of: $0)?.lowerBound }
    #expect(places.count == titles.count && places == places.sorted())
    let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for text in [
      "finetune inspect --data photos", "finetune predict runs/", "(default: 20)",
      "--momentum <X> Momentum of sgd and lars. (default: 0.9)",
    ] {
      #expect(words.contains(text), "\(text)")
    }
  }

  @Test("lists fit 80 columns", arguments: [["models", "--all"], ["weights", "list"]])
  func lists(_ command: [String]) throws {
    let outcome = try Finetune.run(command)
    #expect(outcome.status == 0)
    for line in outcome.output.split(separator: "\n") where line.count > 80 {
      Issue.record("\(line.count) columns: \(line)")
    }
    #expect(outcome.output.contains("mobilenetv2 0.35"))
  }

  @Test(
    "the models to start with are a line for each family, in 80 columns, and say what to begin with"
  )
  func start() throws {
    let outcome = try Finetune.run(["models"])
    #expect(outcome.status == 0)
    for line in outcome.output.split(separator: "\n") where line.count > 80 {
      Issue.record("\(line.count) columns: \(line)")
    }
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { !$0.isEmpty }
    #expect(lines.count == Model.families.count { $0.start != nil } + 1)
    for name in ["resnet50 ", "mobilenetv2 ", "efficientnetb0 "] {
      #expect(lines.count { $0.hasPrefix(name) } == 1, "\(name)")
    }
    for text in ["Start with mobilenetv2", "--base auto", "--all", "alexnet"] {
      #expect(outcome.output.contains(text), "\(text)")
    }
  }

  @Test("the models that are here are those with weights in the usual folders")
  func here() throws {
    let scratch = try TemporaryFolder()
    let none = try Finetune.run(["models", "--here"], in: scratch.url)
    #expect(none.status == 0 && none.output.contains("weights fetch mobilenetv2"))
    try scratch.write("weights/mobilenet_2_5_128_tf.h5", [0])
    let one = try Finetune.run(["models", "--here", "--json"], in: scratch.url).json()
    let models = try #require(one["models"] as? [[String: Any]])
    #expect(models.count == 1 && models[0]["alpha"] as? Double == 0.25)
    #expect(try Finetune.run(["models", "--here"], in: scratch.url).output.contains("128"))
  }

  @Test("the version is a number, with the commit or that there is none, and the libraries")
  func version() throws {
    let outcome = try Finetune.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("finetune \(Toolkit.version) ("))
    #expect(outcome.output.contains(Toolkit.commit ?? "development build"))
    for library in Toolkit.libraries {
      let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("\(library)"), "\(library)")
    }
  }
}
