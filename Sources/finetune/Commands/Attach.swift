import ArgumentParser
import Foundation
import TransferLearning

struct Attach: ParsableCommand, Talkative {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Puts an exported head on its base and writes the whole classifier.",
    usage: "finetune attach HEAD --base NAME --output FILE",
    discussion:
      "HEAD is a run's head.h5 or what 'export --format head' wrote. The base has to be the one that the head was trained on, with the same weights: its name and their sha256 are compared. A run that has tuned its base has weights of its own: --base RUN."
  )

  @Argument(
    help: ArgumentHelp("The head, .h5 or .safetensors.", valueName: "HEAD"),
    completion: .file(extensions: ["h5", "hdf5", "safetensors"]))
  var head: String

  @Option(
    help: ArgumentHelp("The base: a model's name, a Keras file or a run.", valueName: "NAME"),
    completion: Candidates.bases)
  var base: String

  @Option(
    help: ArgumentHelp(
      "The base's weight file (default: the published one, looked for as 'train' does).",
      valueName: "FILE"),
    completion: .file())
  var weights: String?

  @Option(
    help: ArgumentHelp("The factor on all widths that the base was trained with.", valueName: "X"))
  var alpha: Double?

  @Flag(help: "Never download anything (default: weights that are nowhere are downloaded).")
  var offline = false

  @OptionGroup var choices: ExportChoices
  @OptionGroup var told: QuietOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    if let file = weights, file.isEmpty { throw ValidationError("--weights names no file") }
  }

  func run() throws {
    let choice = try choices.resolve(apartFrom: [self.head, base] + [weights].compactMap(\.self))
    let head = try readHead(URL(filePath: head))
    var source = Base.Source(base)
    source.alpha = alpha
    source.isOffline = offline
    if let weights { source.weights = .file(weights) }
    let download = Counter("download")
    let classifier = try ExportedClassifier(
      head, on: source, onDownload: { download.showBytes($0, of: $1) })
    try classifier.export(choice, named: choices.output, of: nil)
  }
}
