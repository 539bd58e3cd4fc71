import ArgumentParser
import Foundation
import TransferLearning

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the models, or the layers of one.",
    usage: "finetune models [NAME|FILE] [options]",
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
    let catalogue = Model.catalogue
    var rows: [[String]] = []
    for (place, entry) in catalogue.enumerated() {
      let tag = entry.name.dropFirst(entry.architecture.count)
      if !tag.isEmpty, place == 0 || catalogue[place - 1].architecture != entry.architecture {
        rows.append([entry.architecture] + Array(repeating: "", count: 5))
      }
      let name = tag.isEmpty ? entry.name : "  \(tag)"
      rows.append([
        ([name] + (entry.alpha.map { ["\($0)"] } ?? [])).joined(separator: " "),
        Self.input(entry.inputShape), String(format: "%.1f M", Double(entry.parameters) / 1e6),
        String(format: "%.2f G", Double(entry.multiplyAdds) / 1e9), "\(entry.features)",
        entry.topOne.map { String(format: "%.1f %%", $0 * 100) } ?? "–",
      ])
    }
    let table = Table(
      ["model", "input", "weights", "mul-adds", "features", "top 1"], rows, rightAligned: 1...5)
    try Output.print(
      ([table.text, Self.legend.wrapped()] + Self.provenances(catalogue))
        .joined(separator: "\n\n"))
  }

  private static let legend =
    "Behind a name stands its --alpha; below it, with a dot, the tags of its weights: timm/resnet50.tv_in1k. "
    + "input: side in pixels, or the whole shape. mul-adds: multiplications "
    + "with addition for one image. features: what a new classifier reads. top 1: accuracy on ImageNet. --json "
    + "has more."

  /// The side of a colour photo, or every extent.
  private static func input(_ shape: Shape) -> String {
    let sides = shape.dimensions
    return sides.count == 3 && sides[0] == sides[1] && sides[2] == 3
      ? "\(sides[0])" : sides.map(String.init).joined(separator: "×")
  }

  /// Whose weights there are for which models.
  private static func provenances(_ catalogue: [CatalogueEntry]) -> [String] {
    var sources: [String] = []
    var models: [String: [String]] = [:]
    for entry in catalogue {
      let source =
        entry.provenance.map { "Weights under \($0.licence), from \($0.origin):" }
        ?? "No published weights:"
      if models[source] == nil { sources.append(source) }
      if models[source]?.contains(entry.name) != true {
        models[source, default: []].append(entry.name)
      }
    }
    return sources.map { source in
      "\(source) \((models[source] ?? []).joined(separator: ", "))".wrapped(indent: "  ")
    }
  }
}
