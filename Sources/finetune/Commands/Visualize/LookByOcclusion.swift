import ArgumentParser
import TransferLearning

struct LookByOcclusion: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "occlusion",
    abstract: "Shows which parts of a photo a class needs, by covering one after the other.",
    usage: """
      finetune visualize occlusion RUN --data PHOTO
        --output FILE.png [--class NAME]
      finetune visualize occlusion --base NAME --data PHOTO --output FILE.png
      """,
    discussion:
      "Left the photo as the network saw it, right the map over it: bright yellow is where a square of the photo's mean colour costs the class the most probability. Takes a forward pass for each place of the square."
  )

  @OptionGroup var options: EvidenceOptions

  @Option(
    help: ArgumentHelp(
      "The square's side, in pixels of the network's input (default: a seventh of it).",
      valueName: "N"))
  var patch: Int?

  @Option(
    help: ArgumentHelp(
      "Pixels from one place of the square to the next (default: half its side).", valueName: "N"))
  var stride: Int?

  @OptionGroup var cover: OpacityOption

  var volume: Output.Volume { options.look.told.volume }
  var machine: MachineOptions { options.look.machine }

  func validate() throws {
    if let patch { try require(patch > 0, "--patch", patch, "at least 1") }
    if let stride { try require(stride > 0, "--stride", stride, "at least 1") }
  }

  func run() throws {
    let photo = try options.photo.read(besides: options.files)
    let classifier = try options.classifier()
    let label = try options.label.map { try classifier.index(of: $0) }
    let look = try Occlusion(
      classifier, patch: patch, stride: stride, pool: options.look.machine.pool)
    try options.write(look(photo, label: label), opacity: cover.opacity, "what is needed for")
  }
}
