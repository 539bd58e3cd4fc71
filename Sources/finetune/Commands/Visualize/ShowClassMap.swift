import ArgumentParser
import TransferLearning

struct ShowClassMap: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "classmap",
    abstract: "Draws what a classifier says of every part of a large photo.",
    usage: """
      finetune visualize classmap RUN --data PHOTO
        --output FILE.png [--scale X] [--class NAME]
      finetune visualize classmap --base NAME --data PHOTO --output FILE.png
      """,
    discussion:
      "The network runs over the whole photo at once, as if it had been slid over it. Left the photo, right each part in the colour of its most probable class, which the key on standard output names; with --class the class's probability, from 0 (dark violet) to 1 (bright yellow)."
  )

  @OptionGroup var look: LookOptions
  @OptionGroup var photo: LookedAtPhoto

  @Option(
    help: ArgumentHelp(
      "How many times the network's input the photo is read at, in its own shape.", valueName: "X"))
  var scale = 2.0

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Draw this class's probability only.", valueName: "NAME"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      "With --base: the names of the model's outputs, one a line or as JSON.", valueName: "FILE"))
  var labels: String?

  @Flag(
    help: "Write the most probable class of every part, or with --class its probability, as JSON.")
  var json = false

  var volume: Output.Volume { look.told.volume }
  var machine: MachineOptions { look.machine }

  func validate() throws {
    try look.check(withBase: [labels.map { _ in "--labels" }].compactMap(\.self))
    try require(1...16 ~= scale, "--scale", scale, "1 to 16")
  }

  func run() throws {
    let image = try photo.read(besides: look.files + [labels].compactMap(\.self))
    let classifier = try look.classifier(labels: labels)
    let wanted = try label.map { try classifier.index(of: $0) }
    let map = try ClassMap(of: image, by: classifier, scale: scale, pool: look.machine.pool)
    try photo.picture.write(
      wanted.map(map.picture(of:)) ?? map.picture, "\(map.rows) × \(map.columns) places")
    if json { return try Output.print(json: Text(map, wanted)) }
    guard wanted == nil else { return }
    try Output.print(
      Table(
        ["colour", "places", "class"], map.key.map { [$0.colour, "\($0.places)", $0.label] },
        rightAligned: 1...1
      ).text)
  }

  private struct Text: Encodable {
    let rows: Int
    let columns: Int
    var classes: [[String]]?
    var `class`: String?
    var probabilities: [[Float]]?

    init(_ map: ClassMap, _ wanted: Int?) {
      (rows, columns) = (map.rows, map.columns)
      if let wanted {
        `class` = map.labels[wanted]
        probabilities = map.map(of: wanted).lines
      } else {
        let best = map.best.map { map.labels[$0] }
        classes = (0..<rows).map { Array(best[$0 * columns..<($0 + 1) * columns]) }
      }
    }
  }
}
