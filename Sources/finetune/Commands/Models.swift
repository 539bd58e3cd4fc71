import ArgumentParser
import Foundation
import TransferLearning

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Shows which base to start with, lists all, or the layers of one.",
    usage: "finetune models [NAME|FILE] [--all|--here] [options]",
    discussion:
      "Of a model: each layer's output, parameters, multiply-adds and receptive field. FILE is a Keras model with its own configuration."
  )

  @Argument(
    help: ArgumentHelp("The model whose layers to list.", valueName: "NAME|FILE"),
    completion: Candidates.models)
  var name: String?

  @Flag(help: "List every variant, not only the one of each family to start with.")
  var all = false

  @Flag(help: "List the variants whose weights are here.")
  var here = false

  @OptionGroup var variant: VariantOptions

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard name != nil || variant.isEmpty else {
      throw ValidationError("--alpha, --image-size and --channels need the NAME of a model")
    }
    if let name, all || here {
      throw ValidationError("--all and --here list models; leave them out, or '\(name)'")
    }
    if all, here { throw ValidationError("--all and --here exclude each other") }
  }

  func run() throws {
    guard let name else { return try list() }
    let model = try variant.selection(name).model(.imageNet)
    if json { return try Output.print(json: model.network.summary(named: model.name)) }
    try Output.print(model.network.summary(named: model.title).description)
  }

  private func list() throws {
    let catalogue =
      here ? WeightCatalogue.entries(in: WeightStore(isOffline: true)) : Model.catalogue
    if json { return try Output.print(json: ["models": catalogue]) }
    if here { return try Output.print(Self.here(catalogue)) }
    try Output.print(all ? Self.all(catalogue) : Self.families(Model.families))
  }

  // MARK: the lists

  /// A line for each family that has weights, with the variant to start with.
  private static func families(_ families: [CatalogueFamily]) -> String {
    let rows = families.compactMap { family in
      family.start.map { start in
        [
          start.architecture, input(start.inputShape), millions(start.parameters),
          thousandMillions(start.multiplyAdds), topOne(start),
          family.entries.count > 1 ? "\(family.entries.count - 1)" : "",
        ]
      }
    }
    let table = Table(
      ["start with", "input", "weights", "mul-adds", "top 1", "more"], rows, rightAligned: 1...5)
    let untrained = families.filter { $0.start == nil }.flatMap(\.entries).map(\.name)
    return [
      table.text, Self.recommendation.wrapped(), Self.legend.wrapped(),
      "Without published weights: \(untrained.joined(separator: ", "))".wrapped(indent: "  "),
    ].joined(separator: "\n\n")
  }

  private static let recommendation =
    "Start with mobilenetv2: it is small and fast. '--base auto' compares on your photos "
    + "those whose weights are here ('finetune bases' shows the table), with --fetch the small ones of this "
    + "list too."

  private static let legend =
    "A line is a family; more: its other variants, which --all lists and --here if their weights are here. "
    + "input: side in pixels. mul-adds: multiplications with addition for one photo. top 1: accuracy on ImageNet."

  private static func here(_ catalogue: [CatalogueEntry]) -> String {
    guard !catalogue.isEmpty else {
      return "No published weights are here; 'finetune weights fetch mobilenetv2' brings some."
    }
    return [
      variants(catalogue).text,
      "Behind a name stands its --alpha. 'finetune weights list' shows the files, 'finetune bases --data DIR' how these do on photos."
        .wrapped(),
    ].joined(separator: "\n\n")
  }

  private static func all(_ catalogue: [CatalogueEntry]) -> String {
    ([variants(catalogue).text, legendOfAll.wrapped()] + provenances(catalogue))
      .joined(separator: "\n\n")
  }

  private static func variants(_ catalogue: [CatalogueEntry]) -> Table {
    let rows = Table.rows(
      of: catalogue.map { entry in
        (
          entry.architecture, entry.name, entry.alpha,
          [
            input(entry.inputShape), millions(entry.parameters),
            thousandMillions(entry.multiplyAdds),
            "\(entry.features)", topOne(entry),
          ]
        )
      })
    return Table(
      ["model", "input", "weights", "mul-adds", "features", "top 1"], rows, rightAligned: 1...5)
  }

  private static func millions(_ count: Int) -> String {
    String(format: "%.1f M", Double(count) / 1e6)
  }

  private static func thousandMillions(_ count: Int) -> String {
    String(format: "%.2f G", Double(count) / 1e9)
  }

  private static func topOne(_ entry: CatalogueEntry) -> String {
    entry.topOne.map { String(format: "%.1f %%", $0 * 100) } ?? "–"
  }

  private static let legendOfAll =
    "Behind a name stands its --alpha; below it, with a dot, the tags of its weights: timm/resnet50.tv_in1k. input: side in pixels, or the whole shape. mul-adds: multiplications "
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
