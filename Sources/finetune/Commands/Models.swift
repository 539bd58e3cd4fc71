import ArgumentParser
import Foundation
import TransferLearning

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the models, or the layers of one.",
    usage: "finetune models [NAME|FILE] [--alpha X] [--image-size N] [--channels N] [--json]",
    discussion:
      "Of a model: each layer's output, parameters, multiply-adds and receptive field. FILE is a Keras model with its own configuration."
  )

  @Argument(
    help: ArgumentHelp("The model whose layers to list.", valueName: "NAME|FILE"))
  var name: String?

  @OptionGroup var variant: VariantOptions

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard name != nil || variant.isEmpty else {
      throw ValidationError("--alpha, --image-size and --channels need the NAME of a model")
    }
  }

  func run() throws {
    guard let name else { return try list() }
    let model = try variant.selection(name).model(.imageNet)
    if json { return try Output.print(json: model.network.summary(named: model.name)) }
    try Output.print(model.network.summary(named: model.title).description)
  }

  private func list() throws {
    if json { return try Output.print(json: ["models": Model.catalogue]) }
    let rows = Model.catalogue.map { entry in
      [
        entry.name, entry.alpha.map { "\($0)" } ?? "",
        entry.inputShape.dimensions.map(String.init).joined(separator: "×"),
        String(format: "%.1f M", Double(entry.parameters) / 1e6),
        String(format: "%.2f G", Double(entry.multiplyAdds) / 1e9), "\(entry.features)",
        entry.topOne.map { String(format: "%.1f %%", $0 * 100) } ?? "–",
        entry.provenance?.licence ?? "no weights", entry.provenance?.origin ?? "",
      ]
    }
    try Output.print(
      Table(
        [
          "name", "alpha", "input", "parameters", "multiply-adds", "features", "ImageNet top 1",
          "licence of the weights", "their origin",
        ], rows, rightAligned: 1...6
      ).text)
  }
}
