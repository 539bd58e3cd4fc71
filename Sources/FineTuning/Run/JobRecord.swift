import Files
import Foundation
import WeightFiles

/// What a run is to do, written before anything is done: `job.json`, from which `--resume` starts.
package struct JobRecord<Job: Codable & Sendable, Choices: Codable & Sendable>: Codable, Sendable {
  package var context: RunContext
  /// The folder in which the program ran; paths of the job are relative to it.
  package var folder: String
  /// When the run began, in ISO 8601.
  package var date: String
  /// Whatever described the job to the caller.
  package var job: Job
  /// From what the caller made the job, where it says so.
  package var choices: Choices?

  init(_ job: Job, choices: Choices?, context: RunContext) {
    self.job = job
    self.choices = choices
    self.context = context
    folder = FileManager.default.currentDirectoryPath
    date = Date().ISO8601Format()
  }

  /// Reads the record of a run.
  /// - Throws: `RunError`: `.missing` without such a folder, `.bad` when it is no run or damaged.
  package init(of run: URL) throws(RunError) {
    self = try RunFolder.read(.job, of: run)
    if let fault = (job as? any CheckedJob)?.fault {
      let file = run.appending(path: RunFolder.File.job.rawValue)
      throw RunError(.bad, "'\(file.relativePath)' is damaged: \(fault)")
    }
  }
}

/// A job whose values may be any that its types allow, for nobody has checked what a file says.
package protocol CheckedJob {
  /// Which value makes no sense, as a clause; `nil` if all do.
  var fault: String? { get }
}

/// A job, or choices, that nothing is known of.
package struct NoJob: Codable, Sendable {}

extension RunFolder {
  /// Reads a file of a run.
  package static func read<Value: Decodable>(_ file: RunFolder.File, of run: URL) throws(RunError)
    -> Value
  {
    let url = run.appending(path: file.rawValue)
    guard FileManager.default.fileExists(atPath: run.path) else {
      throw RunError(.missing, "there is no run '\(run.relativePath)'")
    }
    guard FileManager.default.fileExists(atPath: url.path) else {
      let job = run.appending(path: File.job.rawValue)
      let isBegun = FileManager.default.fileExists(atPath: job.path)
      throw RunError(
        .bad,
        sentence: isBegun
          ? "the training of '\(run.relativePath)' has not ended: it has no \(file.rawValue); continue"
            + " it with \(.resume(run: run.relativePath))"
          : "'\(run.relativePath)' is not a run of this program: it has no \(file.rawValue)")
    }
    do {
      return try JSONDecoder().decode(Value.self, from: InputFile.read(url))
    } catch let error as DecodingError {
      throw RunError(.bad, "'\(url.relativePath)' is damaged: \(error.reason)")
    } catch let error as FormatError {
      throw RunError(.inputOutput, "'\(url.relativePath)' \(error.message)")
    } catch {
      throw RunError(
        .inputOutput, "'\(url.relativePath)' cannot be read: \(error.localizedDescription)")
    }
  }
}

/// A folder that one process at a time may train into; given back with its last reference.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Parameters:
  ///   - file: exists and stays.
  ///   - isNew: whether this process has made it, so that nobody else can have begun with it.
  /// - Throws: `RunError` `.cannotCreate` when another process has it, or may have it.
  init(_ file: URL, isNew: Bool) throws(RunError) {
    do {
      descriptor = try InputFile.opened(file.path, verb: "opened").descriptor
    } catch {
      throw RunError(.missing, "'\(file.relativePath)' \(error.message)")
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
    let number = errno
    // A folder that this process has just made is its own in any case.
    if isNew, number != EWOULDBLOCK { return }
    let run = file.deletingLastPathComponent().relativePath
    throw RunError(
      .cannotCreate,
      number == EWOULDBLOCK
        ? "'\(run)' is being trained by another process; wait for it or end it"
        : "'\(run)' cannot be locked against a second process: \(systemMessage(number)); copy it to "
          + "another file system and continue it there")
  }

  deinit { close(descriptor) }

  /// Whether `file` is still the one that is locked: its folder was not moved, removed or replaced.
  func isHeld(at file: URL) -> Bool { isName(file.path, ofOpen: descriptor) }
}
