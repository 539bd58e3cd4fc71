import ArgumentParser
import Foundation
import TransferLearning

struct Features: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract:
      "Turns photos into features of a run's network or of a pretrained one, as HDF5 or CSV.",
    usage: """
      finetune features RUN --data DIR --output FILE.h5|FILE.csv
      finetune features --base NAME --data DIR --output FILE.h5|FILE.csv
      finetune features RUN --data DIR --csv
      """,
    discussion:
      "FILE.h5 holds /path, /label and /features: the pooled features unless --node names another layer. In a flat folder every label is −1. CSV has the columns path, label (the class's name) and f0, f1, …"
  )

  @Argument(
    help: ArgumentHelp(
      "A run, unless --base is given: its network as it was tuned, with its own view.",
      valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "A model of the zoo, a Keras model with its own configuration, or a run.",
      valueName: "NAME|FILE|RUN"),
    completion: Candidates.bases)
  var base: String?

  @Option(
    help: ArgumentHelp(
      "A folder of class folders, one will do, or of photos, or a list of photos.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @Option(
    help: ArgumentHelp(
      "The file to write: CSV if it ends in .csv, else HDF5.", valueName: "FILE.h5|FILE.csv"),
    completion: .file(extensions: ["h5", "csv"]))
  var output: String?

  @Flag(help: "Write CSV, to standard output without --output.")
  var csv = false

  @Option(
    help: ArgumentHelp(
      "The layer whose output to take (default: the pooled features).", valueName: "NAME"))
  var node: String?

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @OptionGroup var network: NetworkOptions
  @OptionGroup var photos: PhotoOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try number.check(on: machine.backend)
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    if let folder, base != nil {
      throw ValidationError("'\(folder)' and --base exclude each other; a run has its own network")
    }
    if base == nil {
      guard folder != nil else {
        throw ValidationError("no RUN and no --base; name what is to give the features")
      }
      guard photos.resizeOption.given == nil, network.isEmpty else {
        throw ValidationError(
          "--resize, --weights, --allow-missing, --alpha, --image-size, --channels, "
            + "--preprocessing and --offline go with --base; a run knows its own")
      }
    }
    if let output, output.isEmpty { throw ValidationError("--output names no file") }
    guard output != nil || csv else {
      throw ValidationError("name the file to write with --output FILE.h5, or add --csv")
    }
  }

  func run() throws {
    let file = output.map { URL(filePath: $0) }
    if let file {
      try OutputCheck.requireCreatable(file: file)
      try OutputCheck.requireOutside(file: file, data: data)
      try OutputCheck.requireApart(
        file: file, from: [folder, base, network.weights].compactMap(\.self))
    }
    var job = FeatureJob(source, data: data)
    job.node = node
    job.backend = machine.backend
    job.precision = number.precision
    job.batchSize = batchSize
    job.maximumPixels = photos.maxPixels
    let download = Counter("download")
    let counter = Counter("photo")
    let pool = machine.pool
    Output.tell(job.backend, on: pool)
    let features = try Output.timed("loading, reading and computing") {
      try job.run(
        pool: pool, onDownload: { download.showBytes($0, of: $1) },
        progress: { counter.show($0, of: $1) })
    }
    try Output.timed("writing") { try write(features, to: file) }
    for note in features.advice { Output.warn(note) }
    for photo in features.skipped { Output.warn("left out '\(photo.path)': \(photo.reason)") }
    let place = output.map { ": \($0)" } ?? ""
    Output.note("\(features.images.counted("photo")), features of shape \(features.shape)\(place)")
  }

  private var source: FeatureJob.Source {
    base.map { .base(network.selection($0), photos.resizeOption.value.policy) }
      ?? .run(folder ?? "")
  }

  private func write(_ features: PhotoFeatures, to file: URL?) throws {
    guard let file else { return try features.csv { try Output.printPart($0 + "\n") } }
    if csv || file.pathExtension.lowercased() == "csv" {
      try features.writeCSV(to: file)
    } else {
      try features.writeHDF5(to: file)
    }
  }
}
