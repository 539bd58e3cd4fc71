import Files
import FineTuning
import Foundation
import ImagePipeline

/// Something that was asked for and makes no sense.
public struct UsageError: Remediable, Hashable {
  /// What was asked for, why it makes no sense, and what to give instead.
  public let sentence: Sentence

  package init(_ message: String) { self.init(sentence: Sentence(message)) }

  package init(sentence: Sentence) { self.sentence = sentence }
}

/// Keeps outputs out of what is read.
extension OutputCheck {
  /// Files that are read stay as they are, also where a file that is there may be replaced.
  /// - Parameters:
  ///   - file: to be written.
  ///   - inputs: files that are read; runs and folders with weights, of which no file that is read may be replaced.
  ///     Names that lead nowhere, as those of a zoo's models, are passed over.
  /// - Throws: `UsageError`.
  package static func requireApart(file: URL, from inputs: [String]) throws(UsageError) {
    guard let own = FileStatus(file.path) else { return }
    for input in inputs {
      let parts = partsRead.map { "\(input)/\($0)" }
      for path in [input] + parts {
        guard let read = FileStatus(path), read.isSameFile(as: own) else { continue }
        throw UsageError(
          "'\(file.relativePath)' is '\(path)', which is only read here; choose another name for what is written"
        )
      }
    }
  }

  /// What is read of a run, and of a folder with weights; not its report, which may be written anew.
  private static let partsRead =
    RunFolder.File.allCases.map(\.rawValue) + [
      RunEvaluation.File.predictions.rawValue, RunEvaluation.File.study.rawValue,
      Run.knownPhotosFile, "model.safetensors", "pytorch_model.bin", "config.json",
    ]

  /// A folder of photos stays as its owner left it.
  /// - Parameter file: of the file or folder to be written; folders on the way to it need not exist.
  /// - Throws: `UsageError` when it would be inside the folder `data`, or replace the list `data`.
  package static func requireOutside(file: URL, data: String) throws(UsageError) {
    var folder = file.standardizedFileURL.deletingLastPathComponent()
    var missing = [file.lastPathComponent]
    while folder.path != "/", FileStatus(folder.path) == nil {
      missing.insert(folder.lastPathComponent, at: 0)
      folder.deleteLastPathComponent()
    }
    // What does not exist is found out by others.
    guard let own = realPath(folder.path), let root = realPath(data) else { return }
    let path = "\(own == "/" ? "" : own)/\(missing.joined(separator: "/"))"
    guard path.isSamePath(as: root) || path.isPath(below: root) else { return }
    throw UsageError(
      "'\(file.relativePath)' would be inside the data '\(data)', which is never written to; choose "
        + "another place")
  }

  /// The same for photos that a list names, wherever they are.
  /// - Throws: `UsageError` when the file would be beside one of the photos.
  package static func requireOutside(file: URL, photos: Photos) throws(UsageError) {
    guard let own = realPath(file.standardizedFileURL.deletingLastPathComponent().path) else {
      return
    }
    let folders = Set(
      photos.all.map { Array(photos.file(of: $0).deletingLastPathComponent().path.utf8) })
    let paths = folders.map { String(decoding: $0, as: UTF8.self) }.sorted()
    guard let folder = paths.first(where: { realPath($0)?.isSamePath(as: own) == true }) else {
      return
    }
    throw UsageError(
      "'\(file.relativePath)' would be among the photos in '\(folder)', where nothing is written; "
        + "choose another place")
  }

  /// Two outputs of one command are two files: the later one would replace the other.
  /// - Parameter outputs: the files to be written, by the options that name them; `nil` where one is not given.
  /// - Throws: `UsageError`.
  package static func requireDistinct(
    _ outputs: KeyValuePairs<String, String?>
  ) throws(UsageError) {
    var earlier: [(option: String, file: URL)] = []
    for (option, path) in outputs {
      guard let path else { continue }
      let file = URL(filePath: path)
      if let other = earlier.first(where: { isSame($0.file, file) }) {
        throw UsageError(
          "\(other.option) and \(option) both name '\(file.relativePath)', and only one of them can be in it; "
            + "choose another name for one")
      }
      earlier.append((option, file))
    }
  }

  /// Whether two names lead to one file, or would once it is there.
  private static func isSame(_ first: URL, _ second: URL) -> Bool {
    if let one = FileStatus(first.path), let other = FileStatus(second.path) {
      return one.isSameFile(as: other)
    }
    func place(_ file: URL) -> String {
      let file = file.standardizedFileURL
      let folder = file.deletingLastPathComponent().path
      return "\(realPath(folder) ?? folder)/\(file.lastPathComponent)"
    }
    return place(first).isSamePath(as: place(second))
  }
}
