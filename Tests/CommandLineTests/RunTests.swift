import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A run", .serialized)
struct RunTests {
  private static let files = [
    "events.jsonl", "head.h5", "inspection.json", "job.json", "labels.json", "plan.json",
    "predictions.jsonl", "report.html", "report.json", "run.json", "split.json", "study.json",
    "tensorboard", "weights.h5",
  ]

  /// A scratch folder with drawn photos, `sample/train` and `sample/test`, and weights.
  private func prepare() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    for (part, photos) in [("train", 5), ("test", 2)] {
      let outcome = try Finetune.run(
        [
          "sample", "--output", "sample/\(part)", "--photos", "\(photos)", "--test", "0", "--size",
          "48", "--seed", "\(photos)",
        ], in: scratch.url)
      #expect(outcome.status == 0)
    }
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    return scratch
  }

  private let command =
    Tiny.options
    + [
      "--weights", "tiny.h5", "--data", "sample", "--epochs", "2", "--early-stop", "0",
      "--learning-rate", "1e-5", "--plan", "last-stage",
    ]

  @Test("a photo folder becomes a run, which is evaluated, predicts and is exported")
  func wholeRun() throws {
    let scratch = try prepare()
    let training = try Finetune.run(command + ["--progress", "lines"], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    #expect(training.errors.contains("135 tensors match mobilenet"))
    #expect(training.errors.contains("Plan 'last-stage'"))
    #expect(training.errors.contains("Estimated time"))
    #expect(training.output.contains("accuracy"))
    #expect(training.output.contains("report: runs/mobilenet-sample/report.html"))
    let run = "runs/mobilenet-sample"
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path(run)).sorted()
        == Self.files)

    let again = try Finetune.run(
      ["evaluate", run, "--data", "sample", "--json", "--report", "page.html"], in: scratch.url)
    let json = try again.json()
    for key in [
      "split", "usedForSelection", "images", "skipped", "accuracy", "top5Accuracy",
      "balancedAccuracy", "macroF1", "logLoss", "expectedCalibrationError", "classes",
      "confusionMatrix", "perClass",
    ] {
      #expect(json[key] != nil, "\(key)")
    }
    #expect(json["split"] as? String == "test")
    #expect(json["images"] as? Int == SampleSet.sample.classes.count * 2)
    #expect(json["classes"] as? [String] == SampleSet.sample.classes)
    #expect(json["usedForSelection"] as? Bool == false)
    #expect(scratch.has("page.html"))
    let report = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "\(run)/report.json")))
    #expect(
      NSDictionary(dictionary: report as? [String: Any] ?? [:]) == NSDictionary(dictionary: json))

    let validation = try Finetune.run(
      ["evaluate", run, "--data", "sample/train", "--split", "val", "--json"], in: scratch.url
    ).json()
    #expect(validation["usedForSelection"] as? Bool == true)
    #expect(validation["images"] as? Int == SampleSet.sample.classes.count)

    let photo = "sample/test/\(SampleSet.sample.classes[0])/0000.jpg"
    let prediction = try Finetune.run(["predict", run, photo, "--json"], in: scratch.url)
    #expect(prediction.status == 0)
    #expect(prediction.output.contains("\"probability\""))

    for (format, file) in [("head", "head.h5"), ("keras-h5", "model.h5"), ("keras", "model.keras")]
    {
      let export = try Finetune.run(
        ["export", run, "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0)
      #expect(scratch.has(file))
    }
    #expect(
      try Data(contentsOf: scratch.url.appending(path: "head.h5"))
        == Data(contentsOf: scratch.url.appending(path: "\(run)/head.h5")))
  }

  /// Trains a head of two layers on the frozen base.
  private func trainHiddenLayer(in scratch: TemporaryFolder) throws {
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "sample", "--plan", "head", "--head-hidden", "12",
        "--head-dropout", "0.2", "--output", "run", "--progress", "lines",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
    #expect(training.errors.contains("a hidden layer of 12 units"))
    for (format, file) in [
      ("head", "head.h5"), ("keras-h5", "model.h5"), ("keras", "model.keras"), ("base", "base.h5"),
    ] {
      let export = try Finetune.run(
        ["export", "run", "--format", format, "--output", file], in: scratch.url)
      #expect(export.status == 0, "\(format): \(export.errors)")
    }
  }

  @Test(
    "a head with a hidden layer is evaluated, predicts, is exported and is a base again",
    .tags(.slow), .unlessQuick)
  func hiddenLayer() throws {
    let scratch = try prepare()
    try trainHiddenLayer(in: scratch)
    let evaluation = try Finetune.run(
      ["evaluate", "run", "--data", "sample", "--json"], in: scratch.url
    ).json()
    let saved = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "run/report.json")))
    var report = try #require(saved as? [String: Any])
    // Which photos of the training are alike is sought for pages, and the run has one.
    report["neighbours"] = nil
    #expect(NSDictionary(dictionary: report) == NSDictionary(dictionary: evaluation))
    #expect(
      try Data(contentsOf: scratch.url.appending(path: "head.h5"))
        == Data(contentsOf: scratch.url.appending(path: "run/head.h5")))
    let verified = try Finetune.run(["weights", "show", "base.h5"], in: scratch.url)
    #expect(verified.status == 0 && !verified.output.contains("head_hidden"))

    let labels = SampleSet.sample.classes.joined(separator: "\n")
    try scratch.write("labels.txt", Array(labels.utf8))
    let photo = "sample/test/\(SampleSet.sample.classes[0])/0000.jpg"
    let own = try Finetune.run(["predict", "run", photo, "--top", "1"], in: scratch.url)
    let exported = try Finetune.run(
      ["predict", "--base", "model.keras", "--labels", "labels.txt", photo, "--top", "1"],
      in: scratch.url)
    #expect(own.status == 0 && own.output == exported.output, "\(exported.errors)")

    let again = try Finetune.run(
      [
        "--base", "model.keras", "--data", "sample", "--plan", "head", "--head-hidden", "4",
        "--epochs", "1", "--output", "again", "--progress", "none",
      ], in: scratch.url)
    #expect(again.status == 0, "\(again.errors)")
    let predicted = try Finetune.run(["predict", "again", photo], in: scratch.url)
    #expect(predicted.status == 0, "\(predicted.errors)")
  }

  @Test(
    "a head with a hidden layer is to Keras what it is here",
    .enabled(if: Keras.isAvailable, "\(Keras.hint)"))
  func hiddenLayerInKeras() throws {
    let scratch = try prepare()
    try trainHiddenLayer(in: scratch)
    let features = try Finetune.run(
      ["features"] + Tiny.options + [
        "--weights", "tiny.h5", "--data", "sample/test", "--output", "features.h5",
      ], in: scratch.url)
    #expect(features.status == 0, "\(features.errors)")
    let photos = SampleSet.sample.classes.map { "sample/test/\($0)/0000.jpg" }
    let predictions = try Finetune.run(
      ["predict", "run", "--json", "--top", "100"] + photos, in: scratch.url)
    try scratch.write("predictions.json", Array(predictions.output.utf8))
    let problem = try Keras.failure(
      of: """
        import json
        models = [keras.models.load_model(name) for name in ('model.h5', 'model.keras')]
        for model in models:
            assert [x.name for x in model.layers[-3:]] == ['head_hidden', 'head_dropout', 'head']
            assert model.layers[-3].activation.__name__ == 'relu' and model.layers[-2].rate == 0.2
        noise = np.random.default_rng(1).uniform(-1, 1, (3, 32, 32, 3)).astype('float32')
        one, two = [model.predict(noise, verbose=0) for model in models]
        assert np.array_equal(one, two) and np.allclose(one.sum(1), 1), (one, two)
        base = keras.Model(models[0].input, models[0].layers[-4].output)
        def classify(x, f):
            w = lambda name, role: f[f'{name}/{name}/{role}:0'][()].astype('float64')
            x = np.maximum(x @ w('head_hidden', 'kernel') + w('head_hidden', 'bias'), 0)
            x = np.exp(x @ w('head', 'kernel') + w('head', 'bias'))
            return x / x.sum(1, keepdims=True)
        with h5py.File('head.h5') as f:
            assert f.attrs['hidden_activation'] == 'relu'
            assert np.abs(classify(base.predict(noise, verbose=0), f) - one).max() < 1e-5
            with h5py.File('features.h5') as g:
                paths = [p.decode() if isinstance(p, bytes) else p for p in g['path'][()]]
                here = classify(g['features'][()].astype('float64'), f)
        n = 0
        for p in json.load(open('predictions.json'))['predictions']:
            row = here[[p['path'].endswith(path) for path in paths].index(True)]
            for top in p['top']:
                assert abs(row[top['index']] - top['probability']) < 1e-5, (p, row)
                n += 1
        assert n == \(photos.count * photos.count), n
        """, in: scratch.url)
    #expect(problem == nil)
  }

  @Test("the bytes of a run do not depend on the number of threads")
  func threads() throws {
    let scratch = try prepare()
    for threads in ["1", "2"] {
      let outcome = try Finetune.run(
        command + ["--output", "run\(threads)", "--threads", threads, "--progress", "json"],
        in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n")
      let events = try lines.map { line -> String in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return try #require(object?["event"] as? String)
      }
      #expect(events.first == "plan")
      #expect(Set(["phase", "step", "epoch", "checkpoint", "done"]).isSubset(of: events))
      #expect(events.last == "report")
    }
    // The job tells the command line, the log the times.
    let others = ["events.jsonl", "job.json", "run.json", "tensorboard"]
    for file in Self.files where !others.contains(file) {
      let one = try Data(contentsOf: scratch.url.appending(path: "run1/\(file)"))
      let two = try Data(contentsOf: scratch.url.appending(path: "run2/\(file)"))
      if file == "report.html" {
        // Its end tells the command line and the time, too.
        let pages = [one, two].map { page in
          String(decoding: page, as: UTF8.self)
            .replacing(/<dt>(?:Command|Training took[^<]*)<\/dt><dd>.*?<\/dd>/, with: "")
        }
        #expect(pages[0] == pages[1])
      } else {
        #expect(one == two, "\(file)")
      }
    }
  }

  @Test("a dry run prints the plan and the load report, and writes nothing")
  func dryRun() throws {
    let scratch = try prepare()
    let outcome = try Finetune.run(command + ["--dry-run"], in: scratch.url)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("135 tensors match"))
    #expect(outcome.output.contains("Plan 'last-stage'"))
    #expect(!scratch.has("runs"))
  }

  @Test(
    "a signal ends a training after the running step, with a usable run",
    arguments: [SIGINT, SIGTERM])
  func interruption(_ number: Int32) throws {
    let scratch = try prepare()
    let outcome = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "sample", "--epochs", "5000", "--early-stop", "0",
        "--learning-rate",
        "1e-6",
        "--output", "run", "--progress", "json",
      ], in: scratch.url
    ) { process in
      // The second phase has begun once its first epoch has been logged.
      let events = scratch.url.appending(path: "run/events.jsonl")
      for _ in 0..<600 {
        let text = (try? String(contentsOf: events, encoding: .utf8)) ?? ""
        if text.contains("\"event\":\"step\"") { break }
        Thread.sleep(forTimeInterval: 0.05)
      }
      kill(process.processIdentifier, number)
    }
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(outcome.errors.contains("holds the best weights so far"))
    let evaluation = try Finetune.run(
      ["evaluate", "run", "--data", "sample", "--json"], in: scratch.url)
    #expect(evaluation.status == 0)
  }

  @Test("features of class folders have labels, those of a flat folder −1")
  func features() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    try scratch.write("photos/red/broken.jpg", [0xFF, 0xD8, 0xFF])
    for (folder, images) in [("photos", 6), ("photos/green", 2)] {
      let outcome = try Finetune.run(
        ["features"] + Tiny.options
          + ["--weights", "none", "--data", folder, "--output", "f.h5"], in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("\(images) photos, features of shape"))
      #expect(outcome.errors.contains("broken.jpg") == (folder == "photos"))
    }
  }

  @Test("a weight file is listed, and the model that it fits is named")
  func weights() throws {
    let scratch = try TemporaryFolder()
    let model = try Model.named("mobilenet", alpha: 0.25, top: .features)
    try writeKerasWeights(
      model.network, model.network.initialTensors(seed: 1),
      to: URL(filePath: scratch.path("w.h5")))
    let shown = try Finetune.run(["weights", "show", "w.h5"], in: scratch.url)
    #expect(shown.status == 0)
    #expect(shown.output.contains("conv1/kernel"))
    #expect(shown.output.contains("fits mobilenet 0.25 without its classifier"))
    let compared = try Finetune.run(
      ["weights", "show", "w.h5", "--base", "resnet50"], in: scratch.url)
    #expect(compared.output.contains("another model?"))
    let verified = try Finetune.run(["weights", "verify", "w.h5"], in: scratch.url)
    #expect(verified.status == 0)
    #expect(verified.output.hasPrefix("unknown"))
  }
}

@Suite("Real photos", .serialized, .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct RealPhotoTests {
  @Test("a head on flowers reaches its accuracy on the test photos", .tags(.slow), .unlessQuick)
  func flowers() throws {
    let scratch = try TemporaryFolder()
    let data = try TestData.url("datasets/flowers12").path
    let outcome = try Finetune.run(
      [
        "--base", "mobilenet", "--alpha", "0.25", "--data", data, "--weights",
        TestData.url("weights/mobilenet_2_5_224_tf_no_top.h5").path, "--plan", "head", "--resize",
        "squash", "--output", "run", "--progress", "none",
      ], in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try Finetune.run(
      ["evaluate", "run", "--data", data + "/test", "--json"], in: scratch.url
    ).json()
    #expect(json["accuracy"] as? Double ?? 0 >= 0.95)
    #expect(json["images"] as? Int == 240)
  }

  @Test("the classes of ImageNet photos are those that the photos' names say, mostly")
  func imageNet() throws {
    let photos = try FileManager.default.contentsOfDirectory(
      at: TestData.url("photos"), includingPropertiesForKeys: nil
    ).map(\.path).sorted()
    let outcome = try Finetune.run(
      [
        "predict", "--base", "mobilenet", "--alpha", "0.25", "--weights",
        TestData.url("weights/mobilenet_2_5_224_tf.h5").path, "--resize", "squash", "--json",
      ] + photos)
    #expect(outcome.status == 0)
    let predictions = try #require(outcome.json()["predictions"] as? [[String: Any]])
    #expect(predictions.count == 100)
    let hits = predictions.count { prediction in
      let top = prediction["top"] as? [[String: Any]]
      let names = top?.compactMap { $0["class"] as? String } ?? []
      return names.contains { (prediction["path"] as? String)?.contains("_\($0).") ?? false }
    }
    #expect(hits >= 60)
  }
}
