import Foundation

/// Where things are kept that can be computed again.
package enum CacheFolder {
  /// `$FINETUNE_CACHE`, else `~/.cache/finetune`; it need not exist yet.
  package static var standard: URL {
    if let path = ProcessInfo.processInfo.environment["FINETUNE_CACHE"], !path.isEmpty {
      return URL(filePath: path, directoryHint: .isDirectory)
    }
    return URL(filePath: NSHomeDirectory(), directoryHint: .isDirectory)
      .appending(path: ".cache/finetune", directoryHint: .isDirectory)
  }
}
