import ArgumentParser
import TransferLearning

struct ShowFeatureMaps: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Draws what the channels of a layer, or of a fixed filter bank, answer to a photo.",
    usage: """
      finetune visualize features RUN --layer NAME --data PHOTO
        --output FILE.png
      finetune visualize features --base NAME --layer NAME --data PHOTO
        --output FILE.png
      finetune visualize features --bank \(BankName.names) --data PHOTO
        --output FILE.png
      """,
    discussion:
      "First the photo, then the channels in order, each from its smallest number (dark violet) to its largest (bright yellow)."
  )

  @OptionGroup var look: LookOptions
  @OptionGroup var photo: LookedAtPhoto

  @Option(
    help: ArgumentHelp(
      "The layer, one that gives an image; needed but for --bank.", valueName: "NAME"))
  var layer: String?

  @Option(
    help: ArgumentHelp("In place of a network's layer: a fixed bank.", valueName: BankName.names))
  var bank: BankName?

  @Option(help: ArgumentHelp("The most channels drawn, the first ones.", valueName: "N"))
  var count = 63

  @Option(help: ArgumentHelp("With --base: \(ResizePolicy.help)", valueName: "HOW"))
  var resize: ResizePolicy?

  var volume: Output.Volume { look.told.volume }
  var machine: MachineOptions { look.machine }

  func validate() throws {
    try require(1...4096 ~= count, "--count", count, "1 to 4096")
    try look.check(
      isNeeded: bank == nil, withBase: [resize.map { _ in "--resize" }].compactMap(\.self))
    guard bank == nil || (look.folder == nil && look.base == nil && layer == nil) else {
      throw ValidationError("--bank has filters of its own; leave RUN, --base and --layer out")
    }
    guard bank != nil || layer != nil else {
      throw ValidationError("no --layer; name the one whose channels are to be drawn")
    }
  }

  func run() throws {
    let image = try photo.read(besides: look.files)
    let maps: FeatureMaps
    if let bank {
      maps = try FeatureMaps(of: image, bank.bank, pool: look.machine.pool)
    } else {
      let loaded = try look.load(resize, node: layer)
      maps = try FeatureMaps(
        of: image, by: loaded, backend: look.machine.backend, pool: look.machine.pool)
    }
    let shown = min(count, maps.maps.count)
    try photo.picture.write(
      maps.picture(limit: count),
      "\(shown) of \(maps.maps.count.counted("channel")) of '\(bank?.rawValue ?? layer ?? "")'")
  }
}
