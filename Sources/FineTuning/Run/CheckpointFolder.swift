import Files
import Foundation
import TensorKernels

/// The checkpoints of a run: the last two, each of which appears whole or not at all.
struct CheckpointFolder {
  static let name = "checkpoints"
  private static let kept = 2

  let url: URL

  init(run: URL) { url = run.appending(path: Self.name) }

  /// The files, without any order.
  private var files: [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.map {
      url.appending(path: $0)
    }
  }

  /// Writes a checkpoint, then removes all but the newest.
  /// - Parameter base: the weights that a reader has in any case.
  /// - Returns: the file.
  /// - Throws: `RunError`: `.cannotCreate`, `.inputOutput`; earlier checkpoints are as they were.
  func write(_ checkpoint: Checkpoint, base: [String: Tensor]) throws(RunError) -> URL {
    let file = url.appending(path: checkpoint.fileName)
    guard mkdir(url.path, 0o777) == 0 || errno == EEXIST else {
      throw RunError(FileError(notCreated: "cannot create '\(url.relativePath)'"))
    }
    try checkpoint.write(to: file, base: base)
    let others = files.filter { $0.lastPathComponent != file.lastPathComponent }
      .map { (file: $0, time: Self.time($0)) }
      .sorted { $0.time > $1.time }
    for old in others.dropFirst(Self.kept - 1) { unlink(old.file.path) }
    return file
  }

  /// When a file was written, in nanoseconds.
  private static func time(_ file: URL) -> Int { FileStatus(file.path)?.modified ?? 0 }

  /// The checkpoint that is furthest; `nil` if there is none.
  ///
  /// One that is damaged gives way to the one before it.
  /// - Parameter onDamage: told what is wrong with a file that is left aside.
  /// - Throws: `RunError` `.bad` when there are files and none is usable.
  func newest(base: [String: Tensor], onDamage: (Sentence) -> Void) throws(RunError) -> (
    checkpoint: Checkpoint, file: URL
  )? {
    var best: (checkpoint: Checkpoint, file: URL)?
    var failure: RunError?
    for file in files.sorted(by: { Self.time($0) > Self.time($1) }) {
      do throws(RunError) {
        let found = try Checkpoint(contentsOf: file, base: base)
        let position = found.state.position
        if let best, !best.checkpoint.state.position.lexicographicallyPrecedes(position) {
          continue
        }
        best = (found, file)
      } catch {
        failure = failure ?? error
        onDamage(error.sentence)
      }
    }
    if best == nil, let failure { throw failure }
    return best
  }

  /// Removes everything, once the training is over.
  func remove() { try? FileManager.default.removeItem(at: url) }

  /// Removes what an interrupted write left, here and in the run's folder.
  func removeLeftovers() {
    for folder in [url, url.deletingLastPathComponent()] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names where name.hasPrefix(".") && name.hasSuffix(".tmp") {
        unlink(folder.appending(path: name).path)
      }
    }
  }
}
