import ArgumentParser
import TransferLearning

struct ShowFilters: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "filters",
    abstract: "Draws the filters of a convolution, or of a fixed filter bank.",
    usage: """
      finetune visualize filters RUN --output FILE.png [--layer NAME]
      finetune visualize filters --base NAME --output FILE.png [--layer NAME]
      finetune visualize filters --bank \(BankName.names)
        --output FILE.png
      """,
    discussion:
      "What a filter does not look at is grey. Filters of the first layer are in colour; of a later one each row is a filter, and each square one of the channels that it reads."
  )

  @OptionGroup var look: LookOptions

  @Option(help: ArgumentHelp("The convolution (default: the first one).", valueName: "NAME"))
  var layer: String?

  @Option(
    help: ArgumentHelp("In place of a network's filters: a fixed bank.", valueName: BankName.names))
  var bank: BankName?

  @Option(help: ArgumentHelp("The most filters drawn, the first ones.", valueName: "N"))
  var count = 64

  @OptionGroup var picture: PictureOption

  var volume: Output.Volume { look.told.volume }
  var machine: MachineOptions { look.machine }

  func validate() throws {
    try require(1...4096 ~= count, "--count", count, "1 to 4096")
    try look.check(isNeeded: bank == nil)
    guard bank == nil || (look.folder == nil && look.base == nil && layer == nil) else {
      throw ValidationError("--bank has filters of its own; leave RUN, --base and --layer out")
    }
  }

  func run() throws {
    try picture.check(files: look.files)
    let filters: FilterPictures
    if let bank {
      filters = FilterPictures(bank.bank)
    } else {
      let loaded = try look.load(node: nil)
      filters = try FilterPictures(
        loaded.network, loaded.tensors, layer: layer, order: loaded.preprocessing.channelOrder)
    }
    let shown = min(count, filters.pictures.count)
    try picture.write(
      filters.picture(limit: count),
      "\(shown) of \(filters.pictures.count.counted("filter")) of '\(bank?.rawValue ?? filters.layer)'"
    )
  }
}
