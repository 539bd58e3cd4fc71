import ArgumentParser
import Foundation
import TransferLearning

struct ShowNeighbours: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "neighbours",
    abstract: "Finds the photos that a network takes for the most alike.",
    usage: """
      finetune visualize neighbours RUN --data PHOTO|DIR
        --output FILE.png [--among DIR]
      finetune visualize neighbours --base NAME --data PHOTO|DIR --among DIR
        --output FILE.png
      """,
    discussion:
      "The nearest by Euclidean distance in the last hidden layer. Each row is a photo and its neighbours, the nearest first. Of photos in class folders it also says how many neighbours are of their class, and how many would be by chance; a photo is never its own neighbour."
  )

  @OptionGroup var look: LookOptions

  @Option(
    help: ArgumentHelp(
      "A photo, a folder of class folders or of photos, or a list of photos.",
      valueName: "PHOTO|DIR|LIST.csv"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "The photos to seek among, as for --data (default: those that the run was trained on).",
      valueName: "DIR|LIST.csv"))
  var among: String?

  @Option(help: ArgumentHelp("Neighbours of each photo.", valueName: "N"))
  var count = 5

  @Option(help: ArgumentHelp("The most photos that are drawn, the first ones.", valueName: "N"))
  var rows = 12

  @Option(help: ArgumentHelp("Photos that run at once.", valueName: "N"))
  var batchSize = 32

  @Option(help: ArgumentHelp("With --base: \(ResizePolicy.help)", valueName: "HOW"))
  var resize: ResizePolicy?

  @Flag(help: "Write all photos and neighbours as JSON (default: the figures).")
  var json = false

  @OptionGroup var picture: PictureOption
  @Option(help: ArgumentHelp("Larger photos are not read.", valueName: "N"))
  var maxPixels = 100_000_000

  var volume: Output.Volume { look.told.volume }
  var machine: MachineOptions { look.machine }

  func validate() throws {
    try look.check(withBase: [resize.map { _ in "--resize" }].compactMap(\.self))
    guard look.base == nil || among != nil else {
      throw ValidationError("no --among; name the photos to seek among")
    }
    try require(1...100 ~= count, "--count", count, "1 to 100")
    try require(1...100 ~= rows, "--rows", rows, "1 to 100")
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
  }

  func run() throws {
    try picture.check(
      apartFrom: [data] + [among].compactMap(\.self), files: look.files)
    var job = NeighbourJob(look.features(resize), data: data, among: among)
    job.count = count
    (job.backend, job.batchSize, job.maximumPixels) = (look.machine.backend, batchSize, maxPixels)
    let download = Counter("download")
    let counter = Counter("photo")
    let report = try job.run(
      pool: look.machine.pool, onDownload: { download.showBytes($0, of: $1) },
      progress: { counter.show($0, of: $1) })
    for note in report.advice { Output.warn(note) }
    for photo in report.skipped { Output.warn("left out '\(photo.path)': \(photo.reason)") }
    guard !report.rows.isEmpty else {
      throw CommandFailure(.badData, "no photo of '\(data)' can be read")
    }
    try picture.write(
      report.picture(limit: rows),
      "\(min(rows, report.rows.count)) of \(report.rows.count.counted("photo")) with neighbours")
    if json { return try Output.print(json: report) }
    try Output.print(text(of: report))
  }

  private func text(of report: NeighbourReport) -> String {
    guard let same = report.sameClass, let chance = report.chance else {
      return report.rows.flatMap { row in
        row.neighbours.map { "\($0.distance)\t\($0.class ?? "–")\t\($0.path)" }
      }.joined(separator: "\n")
    }
    let factor = chance > 0 ? ", \(((100 * same / chance).rounded()) / 100) times as many" : ""
    return
      "\(Float(same).percent) of the neighbours are of the photo's class; by chance \(Float(chance).percent) would be\(factor)"
  }
}
