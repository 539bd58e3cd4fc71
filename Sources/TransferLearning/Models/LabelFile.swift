import Files
import Foundation
import ImagePipeline

/// Reads the names of a model's outputs, in their order, from a file as people have it.
///
/// Either a name a line, each of which may begin with its number (`0 cat`, `1: cat`), in UTF-8 or UTF-16, with
/// line ends of any system; blank lines are no names. Or JSON: a list of names, an object from number to
/// name or from name to number (Keras's `class_indices`), or an object that has one of these under `labels`,
/// `classes`, `class_names`, `class_indices` or `id2label`.
/// - Parameter file: a text, whatever its name.
/// - Returns: at least one name.
/// - Throws: `DataError`: `.missing` if it cannot be read, `.bad` if it names nothing or no order.
public func readLabels(_ file: URL) throws(DataError) -> [String] {
  let path = file.relativePath
  guard let status = FileStatus(file.path) else {
    throw DataError(.missing, "there is no file of labels '\(path)': \(systemMessage())")
  }
  guard status.kind == .file, status.byteCount <= LabelText.largestByteCount,
    let bytes = try? InputFile.read(file), let text = LabelText(bytes)
  else {
    throw DataError(
      .bad, "'\(path)' is no text of labels; expected a name a line, or JSON, in UTF-8")
  }
  do throws(FormatError) {
    return try text.labels()
  } catch {
    throw DataError(.bad, "'\(path)' \(error.message)")
  }
}

/// The text of a file of labels.
private struct LabelText {
  let text: String

  static let largestByteCount = 16 << 20
  /// Under which objects of other programs have the names.
  private static let keys = ["id2label", "labels", "classes", "class_names", "class_indices"]

  /// `nil` if the bytes are no text.
  init?(_ bytes: Data) {
    let isWide = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    guard let text = String(data: bytes, encoding: isWide ? .utf16 : .utf8), !text.contains("\0")
    else { return nil }
    self.text = String(text.trimmingPrefix("\u{FEFF}"))
  }

  func labels() throws(FormatError) -> [String] {
    let start = text.first { !$0.isWhitespace }
    let isJSON = start == "{" || start == "["
    let names = try isJSON ? Self.names(try parsed()) : Self.unnumbered(lines)
    guard !names.isEmpty else { throw FormatError("names no label") }
    return names
  }

  /// The lines that say something; a carriage return alone ends one, too.
  private var lines: [String] {
    text.split { $0.isNewline }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private func parsed() throws(FormatError) -> JSONValue {
    do throws(FormatError) {
      return try JSONParser.parse(text.utf8)
    } catch {
      throw FormatError("begins like JSON, but is bad JSON \(error.message)")
    }
  }

  private static func names(_ value: JSONValue) throws(FormatError) -> [String] {
    if let list = value.list { return try list.map { item throws(FormatError) in try name(item) } }
    let object = value.object ?? [:]
    for key in keys {
      if let inner = object[key], inner.list != nil || inner.object != nil {
        return try names(inner)
      }
    }
    var numbered: [(number: Int, name: String)] = []
    for (key, value) in object {
      if let number = value.int {
        numbered.append((number, key))
      } else if let number = Int(key) {
        numbered.append((number, try name(value)))
      } else {
        throw FormatError("gives neither a number nor a name for '\(key)'")
      }
    }
    guard let names = ordered(numbered) else {
      throw FormatError(
        "numbers \(numbered.count) labels otherwise than from 0 to \(numbered.count - 1), each once"
      )
    }
    return names
  }

  /// A name, or the last of several for one class, as ImageNet's index has them.
  private static func name(_ value: JSONValue) throws(FormatError) -> String {
    guard let name = value.string ?? value.list?.last?.string else {
      throw FormatError("has something else than a name where a label is expected")
    }
    return name
  }

  /// The names in the order of their numbers, which go up from 0 or 1; `nil` if they do not.
  private static func ordered(_ numbered: [(number: Int, name: String)]) -> [String]? {
    let sorted = numbered.sorted { $0.number < $1.number }
    guard let first = sorted.first?.number, first == 0 || first == 1,
      sorted.enumerated().allSatisfy({ $0.element.number == first + $0.offset })
    else { return nil }
    return sorted.map(\.name)
  }

  /// The lines without their numbers, in the order of these, if all have one.
  private static func unnumbered(_ lines: [String]) -> [String] {
    var numbered: [(number: Int, name: String)] = []
    for line in lines {
      let digits = line.prefix { $0.isASCII && $0.isNumber }
      let rest = line.dropFirst(digits.count)
      let separator = rest.prefix { " \t:,;.)=-".contains($0) }
      let name = rest.dropFirst(separator.count)
      guard let number = Int(digits), !separator.isEmpty, !name.isEmpty else { return lines }
      // "1 ant" and "2 ants" are names; what counts from 1 has a mark behind the number.
      if number == lines.count, separator.allSatisfy({ $0 == " " }) { return lines }
      numbered.append((number, String(name)))
    }
    // So are "0 euro" and "1 euro".
    guard Set(numbered.map(\.name)).count == lines.count else { return lines }
    return ordered(numbered) ?? lines
  }
}
