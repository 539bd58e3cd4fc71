import Foundation
import TransferLearning

/// The photos that a command line names.
enum PhotoArguments {
  /// The paths of photos: of a folder those below it, sorted; everything else as it is named, in that order.
  /// - Parameters:
  ///   - named: files and folders.
  ///   - list: a file with a path in each line, `-` for standard input; relative ones count from the current
  ///     folder, as what `find` prints does.
  /// - Throws: `CommandFailure`, `DataError`.
  static func paths(_ named: [String], list: String?) throws -> [String] {
    try (named + (list.map(lines) ?? [])).flatMap { path in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
      else { return [path] }
      let folder = URL(filePath: path)
      return try Photos.paths(below: folder).map {
        path.hasSuffix("/") ? path + $0 : "\(path)/\($0)"
      }
    }
  }

  private static func lines(of list: String) throws -> [String] {
    let bytes: Data
    if list == "-" {
      bytes = FileHandle.standardInput.readDataToEndOfFile()
    } else {
      guard FileManager.default.fileExists(atPath: list) else {
        throw CommandFailure(.missingInput, "there is no list of photos '\(list)'")
      }
      guard let content = try? Data(contentsOf: URL(filePath: list)) else {
        throw CommandFailure(.missingInput, "the list of photos '\(list)' cannot be read")
      }
      bytes = content
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw CommandFailure(
        .badData,
        "'\(list == "-" ? "standard input" : list)' is no list of photos: a path in each line, as UTF-8"
      )
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}
