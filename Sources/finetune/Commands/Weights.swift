import ArgumentParser
import Foundation
import TransferLearning

struct Weights: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "Lists, downloads, checks and shows weight files.",
    subcommands: [List.self, Fetch.self, Verify.self, Show.self])

  func run() throws { throw ValidationError("name one of list, fetch, verify and show") }
}

extension Weights {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the published files and which are here.")

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
      let rows = WeightCatalogue.rows(in: WeightStore(isOffline: true))
      if json { return try Output.print(json: ["weights": rows]) }
      var models: [(architecture: String, name: String, alpha: Double?, cells: [String])] = []
      for (place, row) in rows.enumerated()
      where place == 0 || !row.isSameModel(as: rows[place - 1]) {
        let files = rows.filter { $0.isSameModel(as: row) }
        func state(_ includesTop: Bool) -> String {
          guard let file = files.first(where: { $0.includesTop == includesTop }) else { return "–" }
          return file.path == nil ? "not here" : "here"
        }
        models.append(
          (row.architecture, row.model, row.alpha, ["\(row.imageSize)", state(false), state(true)]))
      }
      let here = rows.compactMap(\.path)
      try Output.print(
        Table(["model", "size", "without classifier", "with it"], Table.rows(of: models)).text
          + "\n\n"
          + "'finetune weights fetch MODEL' downloads one; --json has names and addresses."
          .wrapped()
          + (here.isEmpty ? "" : "\n\nHere:\n" + here.map { "  \($0)" }.joined(separator: "\n")))
    }
  }

  struct Fetch: ParsableCommand, Talkative {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Downloads the published weights of a model.",
      usage: "finetune weights fetch NAME [--top] [--alpha X] [--image-size N]",
      discussion: "A download that broke off continues; its digest is checked before it is kept.")

    @Argument(
      help: ArgumentHelp("A model of the zoo.", valueName: "NAME"), completion: Candidates.published
    )
    var name: String

    @Flag(help: "With the ImageNet classifier, as 'predict --base' needs it.")
    var top = false

    @Option(
      help: ArgumentHelp(
        "The factor on all widths, for mobilenet, mobilenetv2 and mobilenetv3 (default: 1).",
        valueName: "X"))
    var alpha: Double?

    @Option(
      help: ArgumentHelp(
        "Height and width of the input, in pixels (default: 224).", valueName: "N|HxW"))
    var imageSize: ImageSize?

    @OptionGroup var told: QuietOptions

    var volume: Output.Volume { told.volume }

    func run() throws {
      let model = try Model.named(
        name, alpha: alpha, imageSize: imageSize, top: top ? .imageNet : .features)
      let counter = Counter("download")
      let store = WeightStore(isOffline: false)
      guard
        let located = try store.locate(
          .published, for: model, progress: { counter.showBytes($0, of: $1) })
      else { return }
      if let sha256 = located.downloadedSHA256 {
        Output.note("downloaded, sha256 \(sha256)")
      } else {
        Output.note("already here")
      }
      try Output.print(located.url.path)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Compares weight files with their published digests.",
      usage: "finetune weights verify [FILE…]")

    @Argument(
      help: ArgumentHelp(
        "Files; all published ones that are here unless given.", valueName: "FILE…"),
      completion: .file(extensions: ["h5", "keras", "safetensors", "pth", "bin"]))
    var files: [String] = []

    func run() throws {
      let here = WeightCatalogue.rows(in: WeightStore(isOffline: true)).compactMap(\.path)
      let paths = files.isEmpty ? here : files
      if paths.isEmpty { Output.note("none of the published files is here") }
      var damaged: [String] = []
      for path in paths {
        switch try WeightVerification(URL(filePath: path)).outcome {
        case .intact: try Output.print("intact   \(path)")
        case .unknown(let sha256): try Output.print("unknown  \(path), sha256 \(sha256)")
        case .damaged(let expected, let found):
          try Output.print("damaged  \(path), digest \(found), expected \(expected)")
          damaged.append(path)
        }
      }
      if let first = damaged.first {
        throw CommandFailure(
          .badData,
          "'\(first)' is not the published file of this name"
            + (damaged.count > 1 ? " (and \(damaged.count - 1) more)" : "")
            + "; remove it and fetch it again")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Lists the tensors of a weight file and which model it fits.",
      usage: "finetune weights show FILE [--base NAME] [--alpha X] [--json]")

    @Argument(
      help: ArgumentHelp(
        "A weight file or whole model: .h5, .weights.h5, .keras, .safetensors, .pth or .bin.",
        valueName: "FILE"),
      completion: .file(extensions: ["h5", "keras", "safetensors", "pth", "bin"]))
    var file: String

    @Option(
      help: ArgumentHelp(
        "The model to compare it with, instead of looking for the one that fits.",
        valueName: "NAME"),
      completion: Candidates.published)
    var base: String?

    @Option(
      help: ArgumentHelp(
        "The factor on all widths, for mobilenet, mobilenetv2 and mobilenetv3 (default: 1).",
        valueName: "X"))
    var alpha: Double?

    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
      if alpha != nil, base == nil { throw ValidationError("--alpha needs --base") }
    }

    func run() throws {
      let file = try KerasWeightFile(URL(filePath: self.file))
      let match = try match(file)
      let summary = try WeightFileSummary(file, match, remedies: \.options)
      if json { return try Output.print(json: summary) }
      try Output.print(
        Table(
          ["tensor", "shape", "type"],
          file.entries.map { [$0.qualifiedName, $0.shape.description, $0.type.description] }
        ).text)
      var lines = ["", summary.text(\.options)]
      switch match {
      case let match? where match.report.isAcceptable:
        lines.append(
          "fits \(([match.title] + match.alike).joined(separator: " and "))"
            + (match.top == .features ? " without its classifier" : ""))
        lines.append(match.report.description)
      case let match? where match.isNear || base != nil:
        if base == nil {
          lines.append("fits no model of the catalogue; \(match.title) comes nearest")
        }
        lines.append("  \(match.report.problem?.withOptions ?? "")")
      default: lines.append("fits no model of the catalogue")
      }
      try Output.print(lines.joined(separator: "\n"))
    }

    private func match(_ file: KerasWeightFile) throws -> WeightMatch? {
      guard let base else { return WeightMatch(file) }
      let tops = try [Model.Top.imageNet, .features].map { top in
        WeightMatch(file, try Model.named(base, alpha: alpha, top: top))
      }
      return tops.first { $0.report.isAcceptable } ?? tops.last
    }
  }
}

extension WeightCatalogue.Row {
  /// Whether both are files of one line of the catalogue.
  fileprivate func isSameModel(as other: Self) -> Bool {
    model == other.model && alpha == other.alpha && imageSize == other.imageSize
  }
}
