import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Sample: ParsableCommand, Talkative, Computing {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draws a small labelled folder of photos to try things on.",
    usage: "finetune sample --output DIR [--photos N] [--test N] [options]",
    discussion:
      "DIR/train and DIR/test hold a folder of photos for each class; the command ends by saying what to do with them."
  )

  @Option(
    help: ArgumentHelp("The folder to write; it must not exist or be empty.", valueName: "DIR"),
    completion: .directory)
  var output: String

  @Option(help: ArgumentHelp("Photos of each class to learn from.", valueName: "N"))
  var photos = 40

  @Option(
    help: ArgumentHelp(
      "Photos of each class to test on (default: half as many); 0: none, and the class folders lie in DIR itself.",
      valueName: "N"))
  var test: Int?

  @Option(help: ArgumentHelp("Side of the photos, in pixels.", valueName: "N"))
  var size = 192

  @Option(help: ArgumentHelp("Another seed gives other photos.", valueName: "N"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Which classes: 'sample' to try fine-tuning on, or those that the base which ships was pretrained on.",
      valueName: "sample|pretraining"))
  var set = SampleSet.sample

  @OptionGroup var resources: ResourceOptions
  @OptionGroup var told: QuietOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try require(1...100_000 ~= photos, "--photos", photos, "1 to 100000")
    if let test { try require(0...100_000 ~= test, "--test", test, "0 to 100000") }
    try require(16...4096 ~= size, "--size", size, "16 to 4096")
  }

  func run() throws {
    let interruption = Interruption()
    interruption.prepareNothing()
    try interruption.watch()
    // Also after an error: it may be of photos that a signal has just taken away.
    defer { interruption.prepareNothing() }
    let counter = Counter("photo")
    let toTest = test ?? max(1, photos / 2)
    try SampleFolder.write(
      to: URL(filePath: output), photosPerClass: photos, testPhotosPerClass: toTest, seed: seed,
      size: size, set: set, pool: resources.pool,
      progress: { counter.show($0, of: $1) },
      makeDraft: { (draft, make) throws(FileError) in
        try interruption.prepareDraft(draft, of: output, make: make)
      })
    let classes = set.classes.count.counted("class")
    let more = toTest > 0 ? " to learn from and \(toTest) to test on" : ""
    Output.note("\(classes), each with \(photos.counted("photo"))\(more): \(output)")
    Output.note("look at them:  finetune inspect --data \(output) --sheet \(output).html")
    let isHere = FileManager.default.fileExists(atPath: Remedy.shippedBasePath)
    let base = isHere ? Remedy.shippedBase.options : "--base mobilenetv2"
    Output.note("train on them: finetune \(base) --data \(output)")
  }
}
