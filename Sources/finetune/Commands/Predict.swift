import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Predict: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract:
      "Says what is on photos: by a run, by a model of the zoo and its ImageNet classes, or by a Keras model.",
    usage: """
      finetune predict RUN IMAGE|DIR… [--abstain SHARE] [--sets SHARE]
                       [--unknown SHARE] [options]
      finetune predict --base NAME IMAGE|DIR… [options]
      finetune predict --base FILE.keras|FILE.h5 [--labels FILE] IMAGE|DIR…
      """)

  @Argument(
    help: ArgumentHelp(
      "A run, unless --base is given, and photos, or folders of photos at any depth.",
      valueName: "RUN IMAGE|DIR…"),
    completion: Candidates.runThenPhotos)
  var inputs: [String] = []

  @Option(help: ArgumentHelp("How many classes to name for each photo.", valueName: "K"))
  var top = 5

  @Option(
    help: ArgumentHelp(
      "A file with the path of a photo in each line; '-' reads them from standard input.",
      valueName: "FILE|-"),
    completion: .file())
  var list: String?

  @Flag(help: "Write one JSON object, when all photos are done (default: text).")
  var json = false

  @Flag(help: "Write a line of JSON for each photo, as soon as it is done.")
  var jsonl = false

  @Flag(help: "Write a line of comma-separated values for each photo, as soon as it is done.")
  var csv = false

  @Option(
    help: ArgumentHelp(
      "The file to write, whole or not at all (default: standard output).", valueName: "FILE"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Also write a page of small pictures, by class, the surest first.", valueName: "FILE.html"),
    completion: .file(extensions: ["html"]))
  var sheet: String?

  @OptionGroup var sureness: AbstainOption
  @OptionGroup var choices: SetOption
  @OptionGroup var strangers: UnknownOption

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @OptionGroup var views: ViewOptions

  @OptionGroup(title: "With --base") var model: ModelOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @Option(help: ArgumentHelp("Larger photos are not read.", valueName: "N"))
  var maxPixels = 100_000_000
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try number.check(on: machine.backend)
    try require(top > 0, "--top", top, "at least 1")
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
    try sureness.check(isRun: model.base == nil)
    try choices.check(isRun: model.base == nil)
    try strangers.check(isRun: model.base == nil, views: views.tta)
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
    let interruption = Interruption()
    interruption.prepareNothing()
    try interruption.watch()
    let photos = try makePhotos()
    let (classifier, run) = try Output.timed("loading the classifier") { try makeClassifier() }
    let limit = try sureness.abstain.flatMap { share in
      try run.map { try AnswerLimit(of: $0, wantedPrecision: share) }
    }
    if let limit { Output.warn(limit.description) }
    let sets = try choices.sets.flatMap { share in
      try run.map { try AnswerSets(of: $0, promised: share) }
    }
    if let sets { Output.warn(sets.description) }
    let target = try ResultTarget(output, interruption)
    var answers = AnswerText(
      style: json ? .json : jsonl ? .jsonLines : csv ? .csv : .text, top: top, views: views.tta,
      isMultiLabel: classifier.thresholds != nil, threshold: limit?.threshold, sets: sets?.sets,
      tellsUnknown: strangers.unknown != nil)
    var page = sheet.map { _ in
      PredictionSheet(
        classifier, named: model.base ?? inputs.first ?? "", views: views.tta,
        limit: limit?.threshold)
    }
    let pool = machine.pool
    Output.tell(classifier.backend, on: pool)
    let known = try knownPhotos(classifier, run, pool)
    let counter = Counter("photo", isActive: photos.paths.count > batchSize)
    try target.put(answers.beginning)
    try Output.timed("reading and predicting \(photos.paths.count.counted("photo"))") {
      func take(
        _ index: Int, _ outcome: Result<Prediction, ImageError>, _ unlikeness: PhotoUnlikeness?
      ) throws {
        try target.put(answers.text(of: photos.paths[index], outcome, unlikeness: unlikeness))
        page?.add(photos.paths[index], outcome)
        counter.show(index + 1, of: photos.paths.count)
      }
      guard let (photosKnown, limit) = known else {
        return try classifier.forEachPrediction(
          photos.paths, views: views.tta, batchSize: batchSize, maximumPixels: maxPixels, pool: pool
        ) { try take($0, $1, nil) }
      }
      try classifier.forEachPrediction(
        photos.paths, beside: photosKnown, batchSize: batchSize, maximumPixels: maxPixels,
        pool: pool
      ) { index, outcome in
        let distance = (try? outcome.get())?.distance
        try take(index, outcome.map { $0.0 }, distance.map(limit.unlikeness))
      }
    }
    try target.put(answers.end)
    try target.finish()
    interruption.prepareNothing()
    if let page { try write(page, pool) }
    guard answers.failures == 0 else {
      throw CommandFailure(
        .badData,
        "\(answers.failures) of \(photos.paths.count.counted("image")) cannot be read, for example \(answers.firstFailure)"
      )
    }
  }

  private func write(_ page: PredictionSheet, _ pool: WorkerPool) throws {
    guard let sheet else { return }
    let counter = Counter("picture")
    try page.make(maximumPixels: maxPixels, pool: pool) { counter.show($0, of: $1) }
      .write(to: URL(filePath: sheet))
    Output.note("sheet: \(sheet)")
  }

  /// What the run knows, and from where on a photo is unknown; `nil` where nobody asks.
  private func knownPhotos(
    _ classifier: Classifier, _ run: Run?, _ pool: WorkerPool
  ) throws -> (KnownPhotos, UnknownLimit)? {
    guard let share = strangers.unknown, let run else { return nil }
    let counter = Counter("known photo")
    let (known, note) = try run.knownPhotos(classifier, pool: pool) { counter.show($0, of: $1) }
    if let note { Output.warn(note) }
    return (known, try UnknownLimit(known, keeping: share))
  }

  /// What is named, away from what is written.
  private func makePhotos() throws -> PhotoArguments {
    try OutputCheck.requireDistinct(["--output": output, "--sheet": sheet])
    let photos = try PhotoArguments(named, list: list)
    for file in [output, sheet].compactMap(\.self) {
      try OutputCheck.requireApart(
        file: URL(filePath: file), from: model.files(run: inputs.first))
      try PhotoArguments.requireWritable(file, apartFrom: named + [list].compactMap(\.self))
    }
    for folder in photos.emptyFolders {
      Output.warn("there is no photo in the folder '\(folder)'")
    }
    return photos
  }

  private func makeClassifier() throws -> (classifier: Classifier, run: Run?) {
    let counter = Counter("download")
    var loaded = try model.source(run: inputs.first ?? "").load(backend: machine.backend) {
      counter.showBytes($0, of: $1)
    }
    loaded.classifier.precision = number.precision
    for note in loaded.classifier.notes { Output.warn(note) }
    return loaded
  }
}
