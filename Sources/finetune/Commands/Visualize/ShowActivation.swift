import ArgumentParser
import TransferLearning

struct ShowActivation: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "activation",
    abstract: "Draws the pictures that channels of a layer, or classes, answer to most.",
    usage: """
      finetune visualize activation RUN --class NAME --output FILE.png
      finetune visualize activation --base NAME --layer NAME --channel N
        --output FILE.png
      """,
    discussion:
      "Begins with noise and follows the gradient; prints for each picture the channel's mean activation for noise and for the picture, and how many times the size of the first the second is. For a class it is the score before softmax. Layers that end in ReLU6 reach 6 at most; the layer before it shows more."
  )

  @OptionGroup var look: LookOptions

  @Option(help: ArgumentHelp("The layer of the channels.", valueName: "NAME"))
  var layer: String?

  @Option(
    help: ArgumentHelp("A channel of the layer, from 0; may be given again.", valueName: "N"))
  var channel: [Int] = []

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "In place of layer and channels: a class; may be given again.", valueName: "NAME"))
  var label: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --base and --class: the names of the model's outputs, one a line or as JSON.",
      valueName: "FILE"))
  var labels: String?

  @Option(help: ArgumentHelp("Steps of the ascent.", valueName: "N"))
  var steps = ActivationMaximiser.Settings().steps

  @Option(help: ArgumentHelp("Length of a step, in levels of 0 to 255.", valueName: "X"))
  var rate = ActivationMaximiser.Settings().rate

  @Option(
    help: ArgumentHelp("The most pixels that a step is shifted by; 0: none.", valueName: "N"))
  var jitter = ActivationMaximiser.Settings().jitter

  @Option(
    help: ArgumentHelp(
      "How far every fourth step blurs at the beginning, in pixels; 0: never.", valueName: "X"))
  var blur = ActivationMaximiser.Settings().blur

  @Option(help: ArgumentHelp("Another seed gives other pictures.", valueName: "N"))
  var seed: UInt64 = 0

  @Flag(help: "Write the activations as JSON (default: a table).")
  var json = false

  @OptionGroup var picture: PictureOption

  var volume: Output.Volume { look.told.volume }
  var machine: MachineOptions { look.machine }

  func validate() throws {
    try look.check(withBase: [labels.map { _ in "--labels" }].compactMap(\.self))
    guard label.isEmpty != channel.isEmpty, label.isEmpty == (layer != nil) else {
      throw ValidationError("name --layer and --channel, or --class")
    }
    guard labels == nil || !label.isEmpty else {
      throw ValidationError("--labels goes with --class")
    }
    try require(1...100_000 ~= steps, "--steps", steps, "1 to 100000")
    try require(rate > 0 && rate <= 255, "--rate", rate, "above 0, at most 255")
    try require(0...256 ~= jitter, "--jitter", jitter, "0 to 256")
    try require(0...16 ~= blur, "--blur", blur, "0 to 16")
    for channel in channel { try require(channel >= 0, "--channel", channel, "at least 0") }
  }

  func run() throws {
    try picture.check(files: look.files + [labels].compactMap(\.self))
    let (climber, wanted) = try prepare()
    if let beyond = wanted.first(where: { $0.channel >= climber.channels }) {
      throw UsageError(
        "'\(layer ?? "")' has \(climber.channels.counted("channel")), from 0 to \(climber.channels - 1); there is no "
          + "channel \(beyond.channel)")
    }
    let counter = Counter("step")
    let results = try wanted.enumerated().map { index, item in
      try climber(channel: item.channel) {
        counter.show(index * steps + $0, of: wanted.count * steps)
      }
    }
    try picture.write(
      PictureGrid(results.map(\.image)).image, results.count.counted("picture"))
    try show(zip(wanted, results).map { Line(name: $0.name, $1) })
  }

  /// The network made ready, and the channels that are wanted with what to call them.
  private func prepare() throws -> (ActivationMaximiser, [(name: String, channel: Int)]) {
    var settings = ActivationMaximiser.Settings()
    (settings.steps, settings.rate, settings.jitter) = (steps, rate, jitter)
    (settings.blur, settings.seed) = (blur, seed)
    let pool = look.machine.pool
    if let layer {
      let loaded = try look.load(node: layer)
      let climber = try ActivationMaximiser(
        loaded.network, loaded.tensors, loaded.preprocessing, settings,
        backend: look.machine.backend, pool: pool)
      return (climber, channel.map { ("\(layer) \($0)", $0) })
    }
    let classifier = try look.classifier(labels: labels)
    let climber = try ActivationMaximiser(classifier, settings, pool: pool)
    return (climber, try label.map { ($0, try classifier.index(of: $0)) })
  }

  private struct Line: Encodable {
    let name: String
    let noise: Float
    let activation: Float

    init(name: String, _ result: ActivationMaximiser.Result) {
      (self.name, noise, activation) = (name, result.noise, result.activation)
    }
  }

  private func show(_ lines: [Line]) throws {
    if json { return try Output.print(json: ["activations": lines]) }
    let rows = lines.map { line in
      let factor =
        line.noise == 0 || line.activation <= 0
        ? "–" : "\((10 * line.activation / abs(line.noise)).rounded() / 10)×"
      return [line.name, "\(line.noise)", "\(line.activation)", factor]
    }
    try Output.print(
      Table(["channel", "noise", "picture", "factor"], rows, rightAligned: 1...3).text)
  }
}
