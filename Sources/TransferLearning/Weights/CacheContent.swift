import Files
import Foundation
import ImagePipeline

/// What the program keeps to save work: features of photos, and what was found when they were read. All of
/// it is computed again when it is needed.
package struct CacheContent: Codable, Hashable, Sendable {
  /// The files of one kind.
  package struct Part: Codable, Hashable, Sendable {
    package var files = 0
    package var bytes = 0
  }

  /// `$FINETUNE_CACHE`, else `~/.cache/finetune`.
  package let folder: String
  /// What frozen bases said of photos.
  package private(set) var features = Part()
  /// What reading folders of photos has found.
  package private(set) var scans = Part()

  /// Looks what is there.
  package init(of folder: URL = CacheFolder.standard) {
    self.folder = folder.path
    for file in Self.files(in: folder) {
      let size = FileStatus(unfollowed: file.path)?.byteCount ?? 0
      let part: WritableKeyPath<CacheContent, Part> =
        file.pathExtension == "features" ? \.features : \.scans
      self[keyPath: part].files += 1
      self[keyPath: part].bytes += size
    }
  }

  /// Removes what is there, and nothing that anybody else has put beside it.
  /// - Throws: `FileError` when a file cannot be removed.
  package func clear() throws(FileError) {
    for file in Self.files(in: URL(filePath: folder)) where unlink(file.path) != 0 {
      guard errno == ENOENT else {
        throw FileError(.inputOutput, "cannot remove '\(file.path)': \(systemMessage())")
      }
    }
  }

  /// Those that are called as this program calls them, to the letter (`FeatureCache.file`, `ScanCache.record`): a
  /// digest and `.features`, or `scan-`, a digest and `.facts`.
  private static func files(in folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter {
      $0.wholeMatch(of: /[0-9a-f]{40}\.features/) != nil || ScanCache.isOwn($0)
    }
    .sorted().map { folder.appending(path: $0) }
    .filter { FileStatus(unfollowed: $0.path)?.kind == .file }
  }
}
