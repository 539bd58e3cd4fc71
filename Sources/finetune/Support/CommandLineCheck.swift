import ArgumentParser
import Files
import TransferLearning

/// What the program understands, to tell a user of a word that it does not before anything else.
struct CommandLineCheck {
  /// An option or flag of a command.
  struct Option {
    let name: String
    /// Whether it takes no value.
    let isFlag: Bool
    let isRepeating: Bool
  }

  /// A command with its options and commands of its own, as the parser describes it.
  struct Command {
    /// The words that name it, the program's own first.
    let path: [String]
    let options: [Option]
    fileprivate let commands: [String: JSONValue]
    /// The command that is meant where none is named.
    fileprivate let standard: String?

    fileprivate init(_ description: JSONValue, path: [String]) {
      self.path = path
      options = (description["arguments"]?.list ?? []).flatMap { argument in
        (argument["names"]?.list ?? []).filter { $0["kind"]?.string == "long" }
          .compactMap { $0["name"]?.string }
          .map {
            Option(
              name: $0, isFlag: argument["kind"]?.string == "flag",
              isRepeating: argument["isRepeating"]?.bool == true)
          }
      }
      let inner = description["subcommands"]?.list ?? []
      commands = Dictionary(
        inner.compactMap { command in command["commandName"]?.string.map { ($0, command) } },
        uniquingKeysWith: { first, _ in first })
      standard = description["defaultSubcommand"]?.string
    }

    func command(_ name: String) -> Command? {
      commands[name].map { Command($0, path: path + [name]) }
    }

    /// The command that is carried out where this one's name stands alone.
    var carriedOut: Command { standard.flatMap(command) ?? self }

    func option(_ name: String) -> Option? { options.first { $0.name == name } }

    /// What its options may be called that a word was meant for; `nil` if nothing is near.
    func nearestOption(to word: String) -> String? {
      CommandLineCheck.nearest(
        word.lowercased(), among: options.map(\.name), synonyms: CommandLineCheck.synonyms)
    }
  }

  /// The program itself.
  let root: Command

  /// Names that other programs and libraries have for what options here do.
  private static let synonyms: [String: [String]] = [
    "learning-rate": ["lr", "lr0", "eta", "rate"], "weight-decay": ["wd", "decay", "l2"],
    "base": ["model", "arch", "architecture", "network", "net", "backbone", "pretrained-model"],
    "data": [
      "dataset", "data-dir", "dataset-dir", "data-path", "dir", "train-dir", "images", "folder",
    ],
    "output": ["out", "o", "output-dir", "out-dir", "save", "save-dir", "name", "project", "dest"],
    "image-size": ["imgsz", "img-size", "img", "size", "input-size", "resolution", "res"],
    "batch-size": ["batch", "bs", "b"], "epochs": ["epoch", "num-epochs", "n-epochs", "ep"],
    "threads": ["workers", "num-workers", "jobs", "cpus", "num-threads", "j"],
    "weights": ["pretrained", "checkpoint", "ckpt", "init"],
    "optimizer": ["opt", "optimiser", "optim"],
    "augment": ["aug", "augmentation", "transforms"],
    "precision": ["dtype", "amp", "fp16", "bf16", "half"],
    "validation": ["val", "val-split", "validation-split", "val-fraction", "valid"],
    "early-stop": ["patience", "early-stopping"], "labels": ["classes", "class-names", "names"],
    "backend": ["device", "engine"], "top": ["topk", "top-k", "k"], "format": ["type", "to"],
    "alpha": ["width", "width-multiplier", "width-mult"], "warm-up": ["warmup", "warmup-epochs"],
    "head-dropout": ["dropout"], "head-hidden": ["hidden", "hidden-units"],
    "folds": ["cv", "kfold"],
    "label-smoothing": ["smoothing"], "schedule": ["scheduler", "lr-schedule", "lr-scheduler"],
    "plan": ["mode", "strategy", "freeze", "unfreeze"], "seed": ["random-state", "random-seed"],
    "report": ["html"], "dry-run": ["dryrun", "n"], "resume": ["continue"],
    "preprocessing": ["preprocess", "normalize", "rescale", "scaling"],
    "balance": ["class-weights"],
    "split": ["subset", "partition"], "photos": ["count", "per-class"],
  ]

  /// The same for commands.
  private static let otherCommands: [String: [String]] = [
    "train": ["fit", "finetune", "fine-tune", "tune", "run"],
    "evaluate": ["eval", "test", "score", "val"],
    "predict": ["classify", "infer", "inference", "label"], "export": ["convert", "save"],
    "features": ["embed", "embeddings", "extract"],
    "inspect": ["check", "stats", "data"],
    "doctor": ["diagnose", "info", "env", "environment", "system"],
    "models": ["list", "zoo", "bases", "summary"], "weights": ["download", "fetch"],
    "sample": ["demo", "example"], "benchmark": ["bench", "speed"],
  ]

  /// - Parameter description: of the program, in the JSON that its parser writes.
  init?(_ description: String) {
    guard let whole = try? JSONParser.parse(description.utf8), let program = whole["command"] else {
      return nil
    }
    root = Command(program, path: ["finetune"])
  }

  /// - Throws: `UsageError` for an unknown command, or an option that the command does not have.
  func check(_ arguments: [String]) throws(UsageError) {
    guard let first = arguments.first else { return }
    if first == "help" { return try checkHelp(arguments.dropFirst()) }
    let (command, rest) = try command(of: arguments)
    try checkOptions(rest, of: command)
  }

  /// The command that arguments are for, and what stands behind its name.
  /// - Throws: `UsageError` for an unknown one.
  func command(
    of arguments: [String]
  ) throws(UsageError) -> (command: Command, rest: ArraySlice<String>) {
    var rest = arguments[...]
    var command = root
    while let word = rest.first, !word.hasPrefix("-"), let inner = command.command(word) {
      command = inner
      rest = rest.dropFirst()
    }
    if let word = rest.first, !word.hasPrefix("-"), !command.commands.isEmpty {
      throw unknown(word, in: command)
    }
    return (command.carriedOut, rest)
  }

  private func checkHelp(_ words: ArraySlice<String>) throws(UsageError) {
    var command = root
    for word in words where !word.hasPrefix("-") {
      guard let inner = command.command(word) else { throw unknown(word, in: command) }
      command = inner
    }
  }

  private func unknown(_ word: String, in command: Command) -> UsageError {
    let names = command.commands.keys.filter { $0 != "help" }.sorted()
    let near = Self.nearest(word, among: names, synonyms: Self.otherCommands)
    return UsageError(
      "unknown command '\(word)'"
        + (near.map { "; did you mean '\($0)'?" }
          ?? "; '\(command.path.joined(separator: " ")) --help' lists them"))
  }

  private func checkOptions(
    _ arguments: ArraySlice<String>, of command: Command
  ) throws(UsageError) {
    let names = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("-") && Double($0) == nil }
      .map { $0.prefix { $0 != "=" } }
    // Help is given whatever stands beside it.
    guard !names.contains("-h"), !names.contains("--help") else { return }
    for name in names where name.count > 1 {
      let bare = String(name.drop { $0 == "-" })
      guard
        !(name.hasPrefix("--")
          && (command.option(bare) != nil || Self.parsersOwn.contains(bare)))
      else {
        continue
      }
      let near = command.nearestOption(to: bare)
      let help = command.path.joined(separator: " ") + " --help"
      throw UsageError(
        "unknown option '\(name)'"
          + (near.map { "; did you mean '--\($0)'?" } ?? "; '\(help)' lists those that there are"))
    }
  }

  /// Those that the parser answers by itself.
  private static let parsersOwn = [
    "help", "version", "generate-completion-script", "experimental-dump-help", "help-hidden",
  ]

  /// What a word stands for elsewhere, else what it is nearly spelled like; `nil` if nothing is near.
  private static func nearest(
    _ word: String, among names: [String], synonyms: [String: [String]]
  ) -> String? {
    let plain = word.replacing("_", with: "-")
    if let name = names.first(where: { $0 == plain || synonyms[$0]?.contains(plain) == true }) {
      return name
    }
    let ranked = names.map { (name: $0, distance: editDistance(plain, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    let length = min(plain.count, best.name.count)
    // Two letters that changed places are two substitutions.
    return best.distance <= (length < 4 ? 1 : max(2, length / 3)) ? best.name : nil
  }
}
