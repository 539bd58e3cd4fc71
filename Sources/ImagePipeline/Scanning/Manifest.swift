import Files
import Foundation

/// A list of photos with their labels: a `.csv` or `.tsv` file whose header names the columns.
///
/// `path` (relative to the list's folder, or absolute) and `label` have to be there: a class or, where any label has
/// a bar, any number of them (`cat|dog`; `cat|` and `cat` are the same, nothing and `|` none); `split` (any name
/// that folders of splits may have, `SplitName`) and `group` may be. Photos of one group are never divided between
/// training and validation. Other columns are not used.
struct Manifest {
  struct Row {
    let line: Int
    let path: String
    /// Its classes, as they stand there: one unless the list is multi-label.
    let labels: [String]
    let split: Split
    let group: String?
  }

  let file: String
  /// Whether photos have any number of classes.
  let isMultiLabel: Bool
  /// The most classes of a list: five times as many as any network that is published here tells apart. Each takes
  /// some tens of KiB once something is trained, for its share of the head.
  private static let mostClasses = 100_000

  private(set) var rows: [Row] = []
  private(set) var notes: [String] = []

  /// The folder that paths are relative to.
  var root: URL { URL(filePath: file).deletingLastPathComponent() }

  /// The splits that have photos, in the order of `Split`.
  let splits: [Split]

  /// How the list was understood, in one line.
  var reading: String {
    let kind = isMultiLabel ? " with any number of labels each" : ""
    if splits == [.all] {
      return "a list of \(rows.count.counted("photo"))\(kind), not divided into splits"
    }
    let parts = splits.map { split in
      rows.count { $0.split == split }.counted("\(split.purpose) photo")
    }
    return "a list\(isMultiLabel ? " of photos\(kind)" : ""), divided by its column 'split': "
      + parts.joined(separator: ", ")
  }

  /// Whether a path names a file, which then has to be a list.
  static func isFile(_ path: String) -> Bool {
    FileStatus(path).map { $0.kind != .folder } ?? false
  }

  /// - Parameter wanted: whether photos are to have any number of classes; `nil`: as the list says.
  /// - Throws: `.bad` naming file and line, `.missing` if it cannot be read.
  init(file: String, isMultiLabel wanted: Bool? = nil) throws(DataError) {
    self.file = file
    let table = try Self.table(file)
    let header = try Header(table[0], of: file)
    notes = header.notes(file)
    var (lines, labels) = ([String: Int](), Set<String>())
    let body = table.dropFirst()
    let isSplit = header.split.map { column in
      body.contains { $0.fields.indices.contains(column) && !$0.fields[column].isEmpty }
    }
    isMultiLabel = try header.isMultiLabel(body, wanted, of: file)
    for row in body {
      let read = try header.read(
        row, of: file, isSplit: isSplit ?? false, isMultiLabel: isMultiLabel)
      if let other = lines.updateValue(row.line, forKey: read.path) {
        let isSame = rows.contains {
          $0.line == other && $0.path.utf8.elementsEqual(read.path.utf8)
        }
        throw Self.failure(
          file, row.line,
          isSame
            ? "'\(read.path)' is in line \(other) already; list each photo once"
            : "'\(read.path)' is the path of line \(other) with its letters encoded otherwise (Unicode "
              + "normalisation); rename one of the files")
      }
      labels.formUnion(read.labels)
      guard labels.count <= Self.mostClasses else {
        throw Self.failure(
          file, row.line,
          "more than \(Self.mostClasses) classes up to here, which is more than can be told apart; the column "
            + "'label' has to hold classes")
      }
      rows.append(read)
    }
    guard !rows.isEmpty else { throw DataError(.bad, "'\(file)' lists no photo") }
    let present = Set(rows.map(\.split))
    splits = Split.allCases.filter { present.contains($0) }
  }

  /// The rows of a list, the first of which names the columns.
  private static func table(_ file: String) throws(DataError) -> [SeparatedValues.Row] {
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
    guard !table.isEmpty else {
      throw DataError(
        .bad, "'\(file)' is empty; its first line has to name the columns path and label")
    }
    return table
  }

  /// The one label map: the labels of training, if there is such a split, or those given.
  ///
  /// - Returns: the label map and the rows of labels that it does not have.
  func classes(given: [String]?, for wanted: [Split]) -> (classes: [String], unknown: [Row]) {
    let sources = splits.contains(.train) ? [.train] : splits
    let own = Set(rows.lazy.filter { sources.contains($0.split) }.flatMap(\.labels))
    let classes = given ?? own.sorted(by: precedes)
    let known = Set(classes)
    return (
      classes,
      rows.filter { wanted.contains($0.split) && !$0.labels.allSatisfy(known.contains) }
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
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw Manifest.failure(file, row.line, "two columns are called '\(twice)'")
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

  /// What a row has in the column of labels, if it has so many.
  private func label(of row: SeparatedValues.Row) -> String? {
    row.fields.indices.contains(label) ? row.fields[label] : nil
  }

  /// Whether photos have any number of classes: as is wanted, or as any label says.
  /// - Throws: where one class of each is wanted and a label names several.
  func isMultiLabel(
    _ rows: ArraySlice<SeparatedValues.Row>, _ wanted: Bool?, of file: String
  ) throws(DataError) -> Bool {
    let several = rows.first { label(of: $0)?.contains(Labelling.separator) ?? false }
    if wanted == false, let several {
      throw Manifest.failure(
        file, several.line,
        "'\(label(of: several) ?? "")' is several labels, but here each photo has one class; a model "
          + "for several is trained on a list of such labels")
    }
    return wanted ?? (several != nil)
  }

  /// - Parameters:
  ///   - isSplit: whether any row says its split, so that all have to.
  ///   - isMultiLabel: whether a row may have any number of labels.
  func read(
    _ row: SeparatedValues.Row, of file: String, isSplit: Bool, isMultiLabel: Bool
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
    guard isMultiLabel || !fields[label].isEmpty else {
      throw Manifest.failure(
        file, row.line,
        "the label of '\(path)' is empty; only where labels have a bar, as 'cat|dog' or 'cat|', does that "
          + "mean none")
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
    let labels = isMultiLabel ? Self.labels(fields[label]) : [fields[label]]
    guard labels.count <= Self.mostLabels else {
      throw Manifest.failure(
        file, row.line,
        "'\(path)' has \(labels.count) labels, more than the \(Self.mostLabels) that a photo may "
          + "have")
    }
    return Manifest.Row(
      line: row.line, path: path, labels: labels, split: part, group: name.isEmpty ? nil : name)
  }

  /// The most labels of a photo: collections in which everything to be seen is named have some dozens, and what is
  /// counted of pairs grows with the square.
  private static let mostLabels = 1000

  /// What stands between bars, without blanks around it, each once.
  private static func labels(_ text: String) -> [String] {
    var seen: Set<String> = []
    return text.components(separatedBy: Labelling.separator)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  /// Without "." and doubled slashes, so that a photo has one path.
  private static func plain(_ path: String) -> String {
    (path.isAbsolutePath ? "/" : "") + path.pathParts.filter { $0 != "." }.joined(separator: "/")
  }
}

/// What is behind the last dot of a file's name, in lower case; `nil` without a dot.
func pathExtension(_ path: String) -> String? {
  let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring().utf8[...]
  guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
  return String(Substring(name[name.index(after: dot)...])).lowercased()
}
