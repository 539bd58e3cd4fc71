import Files
import Foundation
import Glibc

extension RunFolder {
  /// Creates a folder that must not exist, and those above that do not; outermost first. It appears
  /// with its record, so that it can be continued from its first moment on.
  static func createFolder(_ url: URL, _ record: some Encodable) throws(RunError) -> [URL] {
    let target = url.standardizedFileURL
    if FileStatus(unfollowed: target.path) != nil {
      let job = target.appending(path: File.job.rawValue)
      throw RunError(
        .cannotCreate,
        sentence: "'\(url.relativePath)' exists already; choose \(.otherOutput), remove it"
          + (FileManager.default.fileExists(atPath: job.path)
            ? ", or continue it with \(.resume(run: nil))" : ""))
    }
    var absent: [URL] = []
    var folder = target.deletingLastPathComponent()
    while folder.path != "/", FileStatus(folder.path) == nil {
      absent.append(folder)
      folder.deleteLastPathComponent()
    }
    var created: [URL] = []
    let temporary = DraftName.url(beside: target)
    do throws(RunError) {
      for folder in absent.reversed() + [temporary] {
        guard mkdir(folder.path, 0o777) == 0 else {
          // Another program may need the same folder around its own run.
          if errno == EEXIST, folder != temporary { continue }
          throw creationError(url)
        }
        created.append(folder)
      }
      try write(record, to: temporary.appending(path: File.job.rawValue))
      guard rename(temporary.path, target.path) == 0 else { throw creationError(url) }
    } catch {
      unlink(temporary.appending(path: File.job.rawValue).path)
      for folder in created.reversed() { rmdir(folder.path) }
      throw error
    }
    return created.dropLast() + [target]
  }

  private static func creationError(_ url: URL) -> RunError {
    guard errno != ENOTEMPTY, errno != EEXIST else {
      return RunError(
        .cannotCreate,
        "'\(url.relativePath)' exists already: another program has just created it; choose another name"
      )
    }
    return RunError(FileError(notCreated: "'\(url.relativePath)' cannot be created"))
  }
}
