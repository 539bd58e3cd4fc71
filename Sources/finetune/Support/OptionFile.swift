import Files
import Foundation
import TransferLearning
import Yams

/// A file of options in YAML, which reads like the command line: keys at its top are options of a training,
/// those below a command's name are that command's.
struct OptionFile {
  /// One option as the file gives it.
  struct Entry {
    let name: String
    /// What stands behind it, once each; empty for a flag.
    let values: [String]
    /// In the file, from 1.
    let line: Int

    /// As it would be written on the command line.
    var arguments: [String] {
      values.isEmpty ? ["--\(name)"] : values.map { "--\(name)=\($0)" }
    }
  }

  /// The name that is looked for in the current folder.
  static let customaryName = "finetune.yaml"
  /// Options that have no place in a file.
  private static let excluded = ["config", "help", "version"]
  /// The most bytes that a file of options can reasonably have.
  private static let largest = 1 << 18
  /// The most values that it can reasonably give: the time to parse a command line grows with their square.
  private static let mostValues = 1000

  let path: String
  /// By the words that name the command.
  private var entries: [[String]: [Entry]] = [:]
  private var valueCount = 0

  /// Reads a file and holds each of its keys against what the program understands.
  /// - Throws: `CommandFailure` for what is no YAML or cannot be read, `UsageError` for what the program does
  ///   not understand; both with the line.
  init(_ path: String, for program: CommandLineCheck.Command) throws {
    self.path = path
    let text = try Self.read(path)
    try refuseAnchors(in: text)
    guard let root = try parse(text) else { return }
    guard case .mapping(let mapping) = root else {
      throw fault(root, "expected options as 'name: value'")
    }
    try add(mapping, to: program.carriedOut, named: program)
  }

  /// What it says of a command, in its order.
  func entries(for command: CommandLineCheck.Command) -> [Entry] { entries[command.path] ?? [] }

  // MARK: reading

  private static func read(_ path: String) throws -> String {
    guard FileStatus(path) != nil else {
      throw CommandFailure(.missingInput, "there is no file of options '\(path)'")
    }
    do throws(FormatError) {
      let bytes = try InputFile.read(URL(filePath: path), atMost: largest)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FormatError("is not UTF-8")
      }
      return text
    } catch {
      throw CommandFailure(.badData, "the file of options '\(path)' \(error.message)")
    }
  }

  /// What stands before an `&` that is part of a plain word, as in `R&D`.
  private static let wordPart = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_./-"))

  /// Keeps aliases out: as keys they cost time that doubles with each that is named in another one, and they would
  /// be all that needs bounding. Without an anchor the parser refuses every alias.
  private func refuseAnchors(in text: String) throws {
    // As the parser counts them: "\r\n" is one character, and no "\n".
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let scalars = Array(line.unicodeScalars)
      for (place, scalar) in scalars.enumerated() where scalar == "&" {
        let isBegin = place == 0 || !Self.wordPart.contains(scalars[place - 1])
        let isNamed =
          place + 1 < scalars.count && !scalars[place + 1].properties.isWhitespace
        guard isBegin, isNamed else { continue }
        throw UsageError(
          "\(path):\(index + 1): a file of options has no anchors (&name); write the value out")
      }
    }
  }

  private func parse(_ text: String) throws -> Node? {
    do {
      // Told, because a variable in the environment would decide, and print that it does.
      return try Parser(yaml: text, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw CommandFailure(.badData, "'\(path)' is no YAML: \(Self.reason(error))")
    }
  }

  /// In one line.
  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)"
    case .reader(let problem, _, _, _): problem
    case .duplicatedKeysInMapping(let names, let context):
      "line \(context.mark.line): '\(names.joined(separator: "', '"))' is there twice"
    default: "\(error)".split(separator: "\n").joined(separator: " ")
    }
  }

  // MARK: keys and values

  /// - Parameters:
  ///   - command: whose options the keys are.
  ///   - group: whose commands keys with options below them name.
  private mutating func add(
    _ mapping: Node.Mapping, to command: CommandLineCheck.Command,
    named group: CommandLineCheck.Command
  ) throws {
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw fault(key, "expected the name of an option")
      }
      let name = scalar.string
      if case .mapping(let inner) = value, let below = group.command(name), name != "help" {
        try add(inner, to: below.carriedOut, named: below)
        continue
      }
      guard let option = command.option(name), !Self.excluded.contains(name) else {
        throw unknown(name, key, of: command)
      }
      let entry = Entry(
        name: name, values: try values(of: option, value), line: key.mark?.line ?? 1)
      guard !entries(for: command).contains(where: { $0.name == name }) else {
        throw fault(key, "'\(name)' is there twice")
      }
      valueCount += entry.values.count
      guard valueCount <= Self.mostValues else {
        throw fault(
          key,
          "with '\(name)' there are \(valueCount) values, and a file of options has at most \(Self.mostValues)"
        )
      }
      if option.isFlag, !isTrue(value) { continue }
      entries[command.path, default: []].append(entry)
    }
  }

  private func values(of option: CommandLineCheck.Option, _ value: Node) throws -> [String] {
    switch value {
    case .scalar(let scalar) where option.isFlag:
      guard ["true", "false"].contains(scalar.string) else {
        throw fault(value, "'\(option.name)' is '\(scalar.string)', expected true or false")
      }
      return []
    case .scalar(let scalar):
      guard scalar.style != .plain || !["", "~", "null"].contains(scalar.string) else {
        throw fault(value, "'\(option.name)' has no value")
      }
      return [scalar.string]
    case .sequence(let list) where option.isRepeating:
      return try list.flatMap { item in
        guard case .scalar = item else {
          throw fault(item, "'\(option.name)' is a list within a list, expected values")
        }
        return try values(of: option, item)
      }
    case .sequence:
      throw fault(
        value,
        "'\(option.name)' is a list, expected \(option.isFlag ? "true or false" : "one value")")
    case .mapping:
      throw fault(
        value,
        "'\(option.name)' has keys of its own, expected \(option.isFlag ? "true or false" : "a value")"
      )
    case .alias:
      throw fault(value, "a file of options has no aliases; write the value out")
    }
  }

  private func isTrue(_ value: Node) -> Bool {
    if case .scalar(let scalar) = value { scalar.string == "true" } else { false }
  }

  // MARK: faults

  private func fault(_ node: Node, _ text: String) -> UsageError {
    UsageError("\(path):\(node.mark?.line ?? 1): \(text)")
  }

  private func unknown(
    _ name: String, _ key: Node, of command: CommandLineCheck.Command
  ) -> UsageError {
    let near = Self.excluded.contains(name) ? nil : command.nearestOption(to: name)
    return fault(
      key,
      "unknown option '\(name)'"
        + (near.map { "; did you mean '\($0)'?" }
          ?? "; '\(command.path.joined(separator: " ")) --help' lists those that there are"))
  }
}
