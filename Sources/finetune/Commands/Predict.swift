import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract:
      "Says what is on photos: by a run, by a model of the zoo and its ImageNet classes, or by a Keras model.",
    usage: """
      finetune predict RUN IMAGE… [options]
      finetune predict --base NAME IMAGE… [options]
      finetune predict --base FILE.keras|FILE.h5 [--labels FILE] IMAGE…
      """)

  @Argument(
    help: ArgumentHelp("A run, unless --base is given, and photos.", valueName: "RUN IMAGE…"))
  var inputs: [String] = []

  @Option(help: ArgumentHelp("How many classes to name for each photo.", valueName: "K"))
  var top = 5

  @Flag(help: "Write JSON.")
  var json = false

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @OptionGroup var views: ViewOptions

  @OptionGroup(title: "With --base") var model: ModelOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @Option(help: ArgumentHelp("Larger photos are not read.", valueName: "N"))
  var maxPixels = 100_000_000

  func validate() throws {
    try number.check(on: machine.backend)
    try require(top > 0, "--top", top, "at least 1")
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
    if model.base == nil, inputs.isEmpty {
      throw ValidationError("no RUN and no --base; name what is to predict")
    }
    guard !images.isEmpty else { throw ValidationError("no IMAGE to classify") }
  }

  private var images: [String] { model.base == nil ? Array(inputs.dropFirst()) : inputs }

  func run() throws {
    let pool = machine.pool
    var classifier = try makeClassifier()
    classifier.precision = number.precision
    let counter = Counter("photo", isActive: images.count > batchSize)
    let predictions = try classifier.predict(
      images, views: views.tta, batchSize: batchSize, maximumPixels: maxPixels, pool: pool
    ) { counter.show($0, of: images.count) }
    let answers = zip(images, predictions).map { Answer($0, $1, count: top) }
    if json {
      try Output.print(
        json: Answers(predictions: answers, tta: views.tta == 1 ? nil : views.tta))
    } else {
      try Output.print(answers.map(\.text).joined(separator: "\n"))
    }
    let failures = answers.filter { $0.error != nil }
    if let first = failures.first, let reason = first.error {
      throw CommandFailure(
        .badData,
        "\(failures.count) of \(answers.count.counted("image")) cannot be read, for example '\(first.path)': \(reason)"
      )
    }
  }

  private func makeClassifier() throws -> Classifier {
    let counter = Counter("download")
    let classifier = try model.source(run: inputs[0]).load(backend: machine.backend) {
      counter.showBytes($0, of: $1)
    }.classifier
    for note in classifier.notes { Output.warn(note) }
    return classifier
  }
}

/// What is printed as JSON.
private struct Answers: Encodable {
  let predictions: [Answer]
  /// How many views of each photo the probabilities are means over; `nil` for one.
  let tta: Int?
}

/// One photo's answer, as it is printed.
private struct Answer: Encodable {
  struct Choice: Encodable {
    let `class`: String
    let index: Int
    let probability: Float
  }

  let path: String
  let top: [Choice]?
  let error: String?

  init(_ path: String, _ outcome: Result<Prediction, ImageError>, count: Int) {
    self.path = path
    switch outcome {
    case .success(let prediction):
      top = prediction.top(count).map {
        Choice(class: $0.label, index: $0.index, probability: $0.probability)
      }
      error = nil
    case .failure(let reason):
      top = nil
      error = reason.message
    }
  }

  var text: String {
    let lines = (top ?? []).map { String(format: "  %.4f  ", $0.probability) + $0.class }
    return ([path] + lines + (error.map { ["  \($0)"] } ?? [])).joined(separator: "\n")
  }
}
