import ArgumentParser

/// The program as shells see it: the options of training stand behind its own name, too, since training is what is
/// meant where no command is named. The parser writes its scripts from this, and they ask it for candidates.
struct CompletionRequest: ParsableCommand {
  static let configuration: CommandConfiguration = {
    var configuration = Finetune.configuration
    configuration.defaultSubcommand = nil
    return configuration
  }()

  @OptionGroup var training: Train

  /// Whether a script asks for candidates, or somebody for a script.
  static func isOne(_ arguments: [String]) -> Bool {
    guard let first = arguments.first else { return false }
    return first == "---completion" || first.hasPrefix("--generate-completion-script")
  }

  /// Prints what is asked for.
  /// - Throws: the parser's error for an unknown shell; `CommandFailure` as `Output.print`.
  static func answer(_ arguments: [String]) throws {
    do {
      _ = try parseAsRoot(arguments)
    } catch  where exitCode(for: error) == .success {
      // Here and not where other answers of the parser are shown: the script is that of the type that tells it.
      try Output.print(fullMessage(for: error))
    }
  }
}
