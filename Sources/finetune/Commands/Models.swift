import ArgumentParser
import Foundation
import TransferLearning

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the models, or the layers of one.",
    usage: "finetune models [NAME] [--alpha X] [--image-size N] [--json]")

  @Argument(help: ArgumentHelp("The model whose layers to list.", valueName: "NAME"))
  var name: String?

  @Option(
    help: ArgumentHelp("The factor on all widths, for mobilenet and mobilenetv2.", valueName: "X"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp("Height and width of the input, in pixels (default: 224).", valueName: "N"))
  var imageSize: Int?

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard name != nil || (alpha == nil && imageSize == nil) else {
      throw ValidationError("--alpha and --image-size need the NAME of a model")
    }
  }

  func run() throws {
    guard let name else { return try list() }
    let model = try Model.named(name, alpha: alpha, imageSize: imageSize, top: .imageNet)
    if json { return try Output.print(json: model.network.summary(named: model.name)) }
    try Output.print(model.network.summary(named: model.title).description)
  }

  private func list() throws {
    if json { return try Output.print(json: ["models": Model.catalogue]) }
    let rows = Model.catalogue.map { entry in
      [
        entry.name, entry.alpha.map { "\($0)" } ?? "", "\(entry.imageSize)",
        String(format: "%.1f M", Double(entry.parameters) / 1e6),
        String(format: "%.2f G", Double(entry.multiplyAdds) / 1e9), "\(entry.features)",
        String(format: "%.1f %%", entry.topOne * 100), entry.provenance.licence,
      ]
    }
    try Output.print(
      Table(
        [
          "name", "alpha", "size", "parameters", "multiply-adds", "features", "ImageNet top 1",
          "licence of the weights",
        ], rows, rightAligned: 1...6
      ).text)
  }
}
