import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Turns photos into features of a pretrained network, as an HDF5 file.",
    usage: "finetune features --base NAME --data DIR|LIST.csv --output FILE.h5",
    discussion:
      "The file holds /path, /label and /features: the pooled features unless --node names another layer. In a flat folder every label is −1."
  )

  @Option(
    help: ArgumentHelp(
      "A model of the zoo, a Keras model with its own configuration, or a run.",
      valueName: "NAME|FILE|RUN"))
  var base: String

  @Option(
    help: ArgumentHelp(
      "A folder of class folders, or of photos, or a list of photos.", valueName: "DIR|LIST.csv"))
  var data: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "FILE.h5"))
  var output: String

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

  func validate() throws {
    try number.check(on: machine.backend)
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
  }

  func run() throws {
    var job = FeatureJob(base: network.selection(base), data: data)
    job.node = node
    job.resize = photos.resizeOption.value.policy
    job.backend = machine.backend
    job.precision = number.precision
    job.batchSize = batchSize
    job.maximumPixels = photos.maxPixels
    try OutputCheck.requireOutside(file: URL(filePath: output), data: data)
    let download = Counter("download")
    let counter = Counter("photo")
    let summary = try job.run(
      to: URL(filePath: output), pool: machine.pool,
      onDownload: { download.showBytes($0, of: $1) },
      progress: { counter.show($0, of: $1) })
    for note in summary.notes { Output.warn(note) }
    for photo in summary.skipped { Output.warn("left out '\(photo.path)': \(photo.reason)") }
    Output.note("\(summary.images.counted("photo")), features of shape \(summary.shape): \(output)")
  }
}
