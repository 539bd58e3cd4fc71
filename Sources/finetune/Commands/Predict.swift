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
      finetune predict RUN IMAGE|DIR… [options]
      finetune predict --base NAME IMAGE… [options]
      finetune predict --base FILE.keras|FILE.h5 [--labels FILE] IMAGE…
      """)

  @Argument(
    help: ArgumentHelp(
      "A run, unless --base is given, and photos, or folders of photos at any depth.",
      valueName: "RUN IMAGE|DIR…"))
  var inputs: [String] = []

  @Option(help: ArgumentHelp("How many classes to name for each photo.", valueName: "K"))
  var top = 5

  @Option(
    help: ArgumentHelp(
      "A file with the path of a photo in each line; '-' reads them from standard input.",
      valueName: "FILE|-"))
  var list: String?

  @Flag(help: "Write one JSON object, when all photos are done (default: text).")
  var json = false

  @Flag(help: "Write a line of JSON for each photo, as soon as it is done.")
  var jsonl = false

  @Flag(help: "Write a line of comma-separated values for each photo, as soon as it is done.")
  var csv = false

  @Option(
    help: ArgumentHelp(
      "The file to write, whole or not at all (default: standard output).", valueName: "FILE"))
  var output: String?

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
    guard !named.isEmpty || list != nil else { throw ValidationError("no IMAGE to classify") }
    guard [json, jsonl, csv].count(where: \.self) < 2 else {
      throw ValidationError("--json, --jsonl and --csv exclude one another; name one")
    }
  }

  private var named: [String] { model.base == nil ? Array(inputs.dropFirst()) : inputs }

  func run() throws {
    let images = try PhotoArguments.paths(named, list: list)
    guard !images.isEmpty else {
      throw CommandFailure(.missingInput, "there is no photo in what was named")
    }
    if let output { try OutputCheck.requireCreatable(file: URL(filePath: output)) }
    var classifier = try makeClassifier()
    classifier.precision = number.precision
    var answers = AnswerText(
      style: json ? .json : jsonl ? .jsonLines : csv ? .csv : .text, top: top, views: views.tta)
    let counter = Counter("photo", isActive: images.count > batchSize)
    let pool = machine.pool
    func write(_ put: (String) throws -> Void) throws {
      try put(answers.beginning)
      try classifier.forEachPrediction(
        images, views: views.tta, batchSize: batchSize, maximumPixels: maxPixels, pool: pool
      ) { index, outcome in
        try put(answers.text(of: images[index], outcome))
        counter.show(index + 1, of: images.count)
      }
      try put(answers.end)
    }
    if let output {
      var text: [UInt8] = []
      try write { text += $0.utf8 }
      try AtomicFile.write(text, to: URL(filePath: output))
    } else {
      try write(Output.printPart)
    }
    guard answers.failures == 0 else {
      throw CommandFailure(
        .badData,
        "\(answers.failures) of \(images.count.counted("image")) cannot be read, for example \(answers.firstFailure)"
      )
    }
  }

  private func makeClassifier() throws -> Classifier {
    let counter = Counter("download")
    let classifier = try model.source(run: inputs.first ?? "").load(backend: machine.backend) {
      counter.showBytes($0, of: $1)
    }.classifier
    for note in classifier.notes { Output.warn(note) }
    return classifier
  }
}
