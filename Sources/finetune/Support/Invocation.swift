import Files
import Foundation
import Synchronization
import TransferLearning

/// The command line, with what a file of options adds to it.
struct Invocation {
  /// As if all of it had been typed: the words of the command, what the file says, what was typed.
  private(set) var arguments: [String]
  /// What is taken from a file.
  private(set) var file: (path: String, entries: [OptionFile.Entry])?

  /// The name that leaves the customary file out.
  private static let none = "none"
  private static let option = "config"

  private static let shown = Mutex<Invocation?>(nil)

  /// That of this process, as a run records it and errors are explained by; set once, before the command runs.
  static var current: Invocation {
    get { shown.withLock { $0 } ?? Invocation(typed: Array(CommandLine.arguments.dropFirst())) }
    set { shown.withLock { $0 = newValue } }
  }

  private init(typed: [String]) { arguments = typed }

  /// - Parameter check: which has found nothing wrong with what was typed.
  /// - Throws: as `OptionFile.init`; `UsageError` for more than one file.
  init(_ typed: [String], _ check: CommandLineCheck) throws {
    self.init(typed: typed)
    guard let first = typed.first, first != "help" else { return }
    let (command, rest) = try check.command(of: typed)
    guard command.option(Self.option) != nil else { return }
    var words = Words(rest, of: command)
    guard words.names.isDisjoint(with: ["help", "version"]), !rest.contains("-h") else { return }
    guard let path = try Self.path(words.take(Self.option), besides: words.names) else {
      arguments = typed.dropLast(rest.count) + words.all
      return
    }
    let entries = try OptionFile(path, for: check.root).entries(for: command)
      .filter { !words.names.contains($0.name) }
    if !entries.isEmpty { file = (path, entries) }
    arguments = typed.dropLast(rest.count) + entries.flatMap(\.arguments) + words.all
  }

  /// The file to read; `nil` for none.
  /// - Parameters:
  ///   - named: what was given.
  ///   - names: of the options that were typed. What a run was made with is in its folder, so that a file that is
  ///     only there says nothing of its continuation.
  private static func path(_ named: [String], besides names: Set<String>) throws -> String? {
    guard named.count < 2 else {
      throw UsageError("--config is given \(named.count) times, expected once")
    }
    if let path = named.first { return path == none ? nil : path }
    guard !names.contains("resume"), FileStatus(OptionFile.customaryName) != nil else { return nil }
    return OptionFile.customaryName
  }

  /// Tells which file is used, and for what.
  func announce() {
    guard let file else { return }
    Output.warn(
      "options of '\(file.path)': \(file.entries.map { $0.arguments.joined(separator: " ") }.joined(separator: " "))"
    )
  }

  /// What is wrong with a command line, with the places of the options that it speaks of in the file.
  /// - Parameter message: its first line says what is wrong.
  func explained(_ message: String) -> String {
    guard let file else { return message }
    let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let spoken = file.entries.filter { $0.isNamed(in: lines.first ?? "") }
    guard let first = lines.first, !spoken.isEmpty else { return message }
    let places = spoken.map { "--\($0.name) is in \(file.path):\($0.line)" }
    return ([first + " (\(places.joined(separator: ", ")))"] + lines.dropFirst().map(String.init))
      .joined(separator: "\n")
  }

  /// What stands behind a command's name.
  private struct Words {
    /// Options before `--`, each with its value where it has one, and all else word by word.
    private var parts: [(name: String?, words: [String])] = []

    init(_ rest: ArraySlice<String>, of command: CommandLineCheck.Command) {
      var rest = rest
      while let word = rest.popFirst() {
        guard word != "--" else {
          parts += ([word] + rest).map { (nil, [$0]) }
          return
        }
        guard word.hasPrefix("--") else {
          parts.append((nil, [word]))
          continue
        }
        let name = String(word.dropFirst(2).prefix { $0 != "=" })
        let takesNext = !word.contains("=") && command.option(name)?.isFlag == false
        parts.append((name, [word] + (takesNext ? rest.popFirst().map { [$0] } ?? [] : [])))
      }
    }

    var names: Set<String> { Set(parts.compactMap(\.name)) }

    var all: [String] { parts.flatMap(\.words) }

    /// Removes an option, and gives its values back. One without a value stays for the parser to refuse.
    mutating func take(_ name: String) -> [String] {
      var values: [String] = []
      parts.removeAll { part in
        guard part.name == name, let first = part.words.first else { return false }
        if part.words.count == 2 {
          values.append(part.words[1])
        } else if let equals = first.firstIndex(of: "=") {
          values.append(String(first[first.index(after: equals)...]))
        } else {
          return false
        }
        return true
      }
      return values
    }
  }
}

extension OptionFile.Entry {
  /// Whether a text speaks of the option, or of the setting that it stands for.
  fileprivate func isNamed(in text: some StringProtocol) -> Bool {
    let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
    let parts = name.split(separator: "-")
    let setting = parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + $1.capitalized }
    return words.contains { $0 == "--\(name)" } || text.contains("\(setting) is ")
  }
}
