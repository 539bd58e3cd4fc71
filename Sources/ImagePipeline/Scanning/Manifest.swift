import Files
import Foundation

/// A list of photos with their labels: a `.csv` or `.tsv` file whose header names the columns.
///
/// `path` (relative to the list's folder, or absolute) and `label` have to be there; `split` (any name
/// that folders of splits may have, `SplitName`) and `group` may be. Photos of one group are never divided between
/// training and validation. Other columns are not used.
struct Manifest {
  struct Row {
    let line: Int
    let path: String
    let label: String
    let split: Split
    let group: String?
  }

  let file: String
  private(set) var rows: [Row] = []
  private(set) var notes: [String] = []

  /// The folder that paths are relative to.
  var root: URL { URL(filePath: file).deletingLastPathComponent() }

  /// The splits that have photos, in the order of `Split`.
  let splits: [Split]

  /// How the list was understood, in one line.
  var reading: String {
    if splits == [.all] {
      return "a list of \(rows.count.counted("photo")), not divided into splits"
    }
    let parts = splits.map { split in
      rows.count { $0.split == split }.counted("\(split.purpose) photo")
    }
    return "a list, divided by its column 'split': " + parts.joined(separator: ", ")
  }

  /// Whether a path names a file, which then has to be a list.
  static func isFile(_ path: String) -> Bool {
    FileStatus(path).map { $0.kind != .folder } ?? false
  }

  /// - Throws: `.bad` naming file and line, `.missing` if it cannot be read.
  init(file: String) throws(DataError) {
    self.file = file
    let separator: UInt8
    switch pathExtension(file) {
    case "csv": separator = UInt8(ascii: ",")
    case "tsv": separator = UInt8(ascii: "\t")
    default:
      throw DataError(
        .bad,
        "'\(file)' is neither a folder of photos nor a list of them; a list ends in .csv or .tsv")
    }
    let table: [SeparatedValues.Row]
    let workspace = Workspace()
    do throws(ImageError) {
      let read = try readFile(file, in: workspace) { _ in true }
      let bytes = read ?? UnsafeRawBufferPointer(start: nil, count: 0)
      guard !GitLFSPointer.isStart(of: bytes) else {
        throw ImageError(.notAnImage, "which is \(GitLFSPointer.explanation)")
      }
      do throws(SeparatedValues.Failure) {
        table = try SeparatedValues(bytes, separator: separator).rows
      } catch {
        throw ImageError(.corrupt, "line \(error.line): \(error.message)")
      }
    } catch {
      guard error.kind == .unreadable else { throw DataError(.bad, "'\(file)', \(error.message)") }
      throw DataError(.missing, "'\(file)' \(error.message)")
    }
    guard let first = table.first else {
      throw DataError(
        .bad, "'\(file)' is empty; its first line has to name the columns path and label")
    }
    let header = try Header(first, of: file)
    notes = header.notes(file)
    var lines: [String: Int] = [:]
    let body = table.dropFirst()
    let isSplit = header.split.map { column in
      body.contains { $0.fields.indices.contains(column) && !$0.fields[column].isEmpty }
    }
    for row in body {
      let read = try header.read(row, of: file, isSplit: isSplit ?? false)
      if let other = lines.updateValue(row.line, forKey: read.path) {
        throw Self.failure(
          file, row.line, "'\(read.path)' is in line \(other) already; list each photo once")
      }
      rows.append(read)
    }
    guard !rows.isEmpty else { throw DataError(.bad, "'\(file)' lists no photo") }
    let present = Set(rows.map(\.split))
    splits = Split.allCases.filter { present.contains($0) }
  }

  /// The one label map: the labels of training, if there is such a split, or those given.
  ///
  /// - Returns: the label map and the rows of labels that it does not have.
  func classes(given: [String]?, for wanted: [Split]) -> (classes: [String], unknown: [Row]) {
    let sources = splits.contains(.train) ? [.train] : splits
    let own = Set(rows.lazy.filter { sources.contains($0.split) }.map(\.label))
    let classes = given ?? own.sorted(by: precedes)
    let known = Set(classes)
    return (
      classes, rows.filter { wanted.contains($0.split) && !known.contains($0.label) }
    )
  }

  func failure(_ line: Int, _ message: String) -> DataError {
    Self.failure(file, line, message)
  }

  fileprivate static func failure(_ file: String, _ line: Int, _ message: String) -> DataError {
    DataError(.bad, "'\(file)', line \(line): \(message)")
  }
}

/// Which column is which.
private struct Header {
  let names: [String]
  let path: Int
  let label: Int
  let split: Int?
  let group: Int?

  init(_ row: SeparatedValues.Row, of file: String) throws(DataError) {
    let names = row.fields.map { $0.lowercased() }
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw Manifest.failure(file, row.line, "two columns are called '\(names[twice])'")
    }
    guard let path = names.firstIndex(of: "path"), let label = names.firstIndex(of: "label") else {
      throw Manifest.failure(
        file, row.line,
        "the first line has to name the columns 'path' and 'label' (and may name 'split' and 'group'); "
          + "it has \(list(row.fields))")
    }
    self.names = names
    (self.path, self.label) = (path, label)
    split = names.firstIndex(of: "split")
    group = names.firstIndex(of: "group")
  }

  func notes(_ file: String) -> [String] {
    let others = names.filter { !["path", "label", "split", "group"].contains($0) }
    return others.isEmpty ? [] : ["not used of '\(file)': the columns \(list(others))"]
  }

  /// - Parameter isSplit: whether any row says its split, so that all have to.
  func read(
    _ row: SeparatedValues.Row, of file: String, isSplit: Bool
  ) throws(DataError) -> Manifest.Row {
    let fields = row.fields
    guard fields.count == names.count else {
      throw Manifest.failure(
        file, row.line,
        "\(fields.count) columns, expected \(names.count) as in the first line; put a field that holds "
          + "the separator into quotes")
    }
    let path = Self.plain(fields[path])
    guard !path.isEmpty else { throw Manifest.failure(file, row.line, "the path is empty") }
    guard !fields[label].isEmpty else {
      throw Manifest.failure(file, row.line, "the label of '\(path)' is empty")
    }
    var part = Split.all
    if isSplit, let split {
      guard let named = Split(customaryName: fields[split]) else {
        throw Manifest.failure(
          file, row.line,
          "'\(fields[split])' is no split of '\(path)'; expected 'train', 'val', 'test' or another "
            + "customary name for one of them")
      }
      part = named
    }
    let name = group.map { fields[$0] } ?? ""
    return Manifest.Row(
      line: row.line, path: path, label: fields[label], split: part,
      group: name.isEmpty ? nil : name)
  }

  /// Without "." and doubled slashes, so that a photo has one path.
  private static func plain(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

/// What is behind the last dot of a file's name, in lower case; `nil` without a dot.
func pathExtension(_ path: String) -> String? {
  let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring().utf8[...]
  guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
  return String(Substring(name[name.index(after: dot)...])).lowercased()
}
