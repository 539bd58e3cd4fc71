import ArgumentParser
import TransferLearning

struct Visualize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "visualize",
    abstract: "Looks inside a network: draws what it has learnt, and what it looks at on a photo.",
    usage: """
      finetune visualize gradcam RUN --data PHOTO --output FILE.png
      finetune visualize filters --base NAME --output FILE.png
      """,
    discussion: "Every picture is a PNG file. 'finetune models NAME' lists a network's layers.",
    subcommands: [
      LookWithGradCAM.self, LookByOcclusion.self, ShowFilters.self, ShowFeatureMaps.self,
      ShowActivation.self, ShowNeighbours.self, ShowClassMap.self,
    ])

  func run() throws {
    throw ValidationError(
      "name one of gradcam, occlusion, filters, features, activation, neighbours and classmap")
  }
}

/// What `--json` says of a map.
struct EvidenceText: Encodable {
  let `class`: String
  let index: Int
  let probability: Float
  /// The layer of Grad-CAM.
  let layer: String?
  /// From top to bottom, from left to right.
  let map: [[Float]]

  init(_ evidence: PhotoEvidence, layer: String? = nil) {
    (`class`, index, probability) = (
      evidence.answer.label, evidence.answer.index, evidence.answer.probability
    )
    self.layer = layer
    map = evidence.map.lines
  }
}

extension HeatMap {
  /// The numbers row by row.
  var lines: [[Float]] {
    (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }
}

extension EvidenceOptions {
  /// Writes picture and numbers.
  func write(_ evidence: PhotoEvidence, opacity: Float, layer: String? = nil, _ words: String)
    throws
  {
    try photo.picture.write(
      evidence.picture(opacity: opacity),
      "\(words) '\(evidence.answer.label)' (\(evidence.answer.probability.percent))")
    if json { try Output.print(json: EvidenceText(evidence, layer: layer)) }
  }
}

extension Float {
  /// As a percentage with one digit behind the point.
  var percent: String { "\((1000 * self).rounded() / 10) %" }
}

/// How strongly a map covers the photo below it.
struct OpacityOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How much of each pixel's colour is the map's, 0 to 1.", valueName: "X"))
  var opacity: Float = 0.5

  func validate() throws { try require(0...1 ~= opacity, "--opacity", opacity, "0 to 1") }
}
