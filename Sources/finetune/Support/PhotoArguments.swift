import Files
import Foundation
import TransferLearning

/// The photos that a command line names.
struct PhotoArguments {
  /// Of a folder the photos below it, sorted; everything else as it is named, in that order.
  private(set) var paths: [String] = []
  /// Folders in which there is none.
  private(set) var emptyFolders: [String] = []

  /// - Parameters:
  ///   - named: files and folders.
  ///   - list: a file with a path in each line, `-` for standard input; relative ones count from the current
  ///     folder, as what `find` prints does.
  /// - Throws: `CommandFailure` `.missingInput` also where no photo is named at all; `DataError`.
  init(_ named: [String], list: String?) throws {
    for path in named + (try list.map(Self.lines) ?? []) {
      guard FileStatus(path)?.kind == .folder else {
        paths.append(path)
        continue
      }
      let photos = try Photos.paths(below: URL(filePath: path))
      if photos.isEmpty { emptyFolders.append(path) }
      paths += photos.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
    }
    guard paths.isEmpty else { return }
    throw CommandFailure(.missingInput, "there is no photo in what was named")
  }

  /// Keeps a file that is to be written away from the photos.
  /// - Parameter named: files and folders, as in `init`.
  /// - Throws: `UsageError`, `FileError`.
  static func requireWritable(_ file: String, apartFrom named: [String]) throws {
    let url = URL(filePath: file)
    for path in named { try OutputCheck.requireOutside(file: url, data: path) }
    try OutputCheck.requireCreatable(file: url)
  }

  private static func lines(of list: String) throws -> [String] {
    let bytes: Data
    if list == "-" {
      bytes = FileHandle.standardInput.readDataToEndOfFile()
    } else {
      guard FileManager.default.fileExists(atPath: list) else {
        throw CommandFailure(.missingInput, "there is no list of photos '\(list)'")
      }
      do throws(FormatError) {
        bytes = try InputFile.read(URL(filePath: list))
      } catch {
        throw CommandFailure(
          error.isUnreadable ? .inputOutput : .missingInput,
          "the list of photos '\(list)' \(error.message)")
      }
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
