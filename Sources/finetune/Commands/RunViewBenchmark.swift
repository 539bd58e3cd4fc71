import ArgumentParser
import Files
import Foundation
import TransferLearning

struct RunViewBenchmark: ParsableCommand, Computing {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-views",
    abstract: "Measures how many photos a second become views of a training.",
    usage: "finetune benchmark-views --data DIR [--augment PRESET] [options]",
    discussion:
      "Files are read, decoded, cropped, resized, augmented and preprocessed; no network runs. After a pass over all photos that warms up, the median pass counts."
  )

  @Option(
    help: ArgumentHelp("A folder of photos, with all that lies below it.", valueName: "DIR"),
    completion: .directory)
  var data: String

  @Option(
    help: ArgumentHelp("What the views are.", valueName: "none|light|standard|strong|alexnet"))
  var augment = Augmentation.standard

  @Option(
    help: ArgumentHelp(
      "Height and width of the views, in pixels: 224, or 720x1280, the height first.",
      valueName: "N|HxW"))
  var imageSize: ImageSize = 224

  @Option(help: ArgumentHelp("Passes over the photos that are timed.", valueName: "N"))
  var passes = 5

  @Option(help: ArgumentHelp("Another seed gives other views.", valueName: "N"))
  var seed: UInt64 = 0

  @OptionGroup var resources: ResourceOptions

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    let sides = [imageSize.height, imageSize.width]
    try require(
      sides.allSatisfy { 1...4096 ~= $0 }, "--image-size", imageSize, "1 to 4096 pixels a side")
    try require(1...100_000 ~= passes, "--passes", passes, "1 to 100000")
  }

  func run() throws {
    var benchmark = ViewBenchmark(data: data, view: .training(augment))
    benchmark.size = imageSize
    benchmark.passes = passes
    benchmark.seed = seed
    let result = try benchmark.run(pool: resources.pool)
    if json { return try Output.print(json: result) }
    try Output.print(
      String(
        format:
          "%@ of %.2f megapixels to %@ views of %@ pixels, %@: %.1f images/s, %.2f ms of processor time each",
        result.photos.counted("photo"), result.megapixels, augment.name, "\(result.imageSize)",
        result.threads.counted("thread"),
        result.imagesPerSecond, result.processorMilliseconds))
  }
}
