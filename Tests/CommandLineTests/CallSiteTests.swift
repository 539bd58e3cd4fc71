import Foundation
import Testing
import TransferLearning

@Suite("The library's call site")
struct CallSiteTests {
  @Test("photos, a pretrained model, a tuner and a report are a line each")
  func fourLines() async throws {
    let scratch = try Scratch()
    try scratch.photos("photos", count: 6)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let store = WeightStore(isOffline: true)

    let photos = try PhotoCollection(folder: scratch.path("photos"))
      .splitting(validation: 0.34, seed: 7)
    let model = try Tiny.model().withWeights(.file(scratch.path("tiny.h5")), store: store)
    let tuned = try await FineTuner(model, plan: .head, options: .uncached).fit(photos)
    try tuned.evaluate(photos, split: .validation, pool: WorkerPool())
      .writeHTML(to: scratch.url.appending(path: "report.html"))

    #expect(tuned.labels == ["blue", "green", "red"])
    #expect(scratch.has("report.html"))
    let predictions = try tuned.predict(
      [scratch.path("photos/red/0.jpg")], pool: WorkerPool())
    let probabilities = try predictions[0].probabilities.get()
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
  }

  @Test("a job is a value that survives JSON")
  func codable() throws {
    var job = FineTuningJob(base: BaseSelection("mobilenetv2"), data: "photos")
    job.base.weights = .file("w.h5")
    job.plan = .full
    job.seed = 9
    let data = try JSONEncoder().encode(job)
    #expect(try JSONDecoder().decode(FineTuningJob.self, from: data) == job)
  }

  @Test("the most probable classes come first, equal ones in their order")
  func top() {
    #expect(Prediction.top(3, of: [0.1, 0.4, 0.1, 0.4]) == [1, 3, 0])
    #expect(Prediction.top(9, of: [0.5, 0.5]) == [0, 1])
  }
}

extension TrainingOptions {
  /// Without a cache of features.
  fileprivate static var uncached: TrainingOptions {
    var options = TrainingOptions()
    options.cache = nil
    return options
  }
}
