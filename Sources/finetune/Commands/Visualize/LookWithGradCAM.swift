import ArgumentParser
import TransferLearning

struct LookWithGradCAM: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "gradcam",
    abstract: "Shows by gradients which parts of a photo speak for a class (Grad-CAM).",
    usage: """
      finetune visualize gradcam RUN --data PHOTO
        --output FILE.png [--class NAME] [--layer NAME]
      finetune visualize gradcam --base NAME --data PHOTO --output FILE.png
      """,
    discussion:
      "Left the photo as the network saw it, right the map over it: dark violet speaks not at all for the class, bright yellow the most."
  )

  @OptionGroup var options: EvidenceOptions

  @Option(
    help: ArgumentHelp(
      "The layer whose maps are added up (default: the last that gives an image).",
      valueName: "NAME"))
  var layer: String?

  @OptionGroup var cover: OpacityOption

  var volume: Output.Volume { options.look.told.volume }
  var machine: MachineOptions { options.look.machine }

  func run() throws {
    let photo = try options.photo.read(besides: options.files)
    let classifier = try options.classifier()
    let label = try options.label.map { try classifier.index(of: $0) }
    let look = try GradCAM(classifier, layer: layer, pool: options.look.machine.pool)
    try options.write(
      look(photo, label: label), opacity: cover.opacity, layer: look.layer,
      "what in '\(look.layer)' speaks for")
  }
}
