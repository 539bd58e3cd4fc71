import Files
import Foundation
import Synchronization
import TransferLearning

/// Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed: during a training the first one ends it after the running step, with what has been learnt
/// so far, and another one ends the program at once; elsewhere the first one does.
final class Interruption: Sendable {
  private enum Stage {
    /// Nothing is worth keeping yet, or what is there stays as it is; what to take back, and to say.
    case preparing(cleanUp: @Sendable () -> Void, words: String)
    case training
    /// Everything worth keeping is written.
    case finishing
  }

  private let stop = StopFlag()
  private let stage = Mutex(
    Stage.preparing(cleanUp: {}, words: Interruption.beforeTraining("nothing was written")))

  var isRequested: Bool { stop.isSet }

  /// Receives these signals from now on; SIGHUP only where nobody has it ignored, as nohup does.
  func watch() throws {
    try Signals.watch([SIGINT, SIGTERM] + (Signals.isIgnored(SIGHUP) ? [] : [SIGHUP])) {
      [self] _ in receive()
    }
  }

  /// - Parameters:
  ///   - state: what the user is told to find when the program ends before training has begun.
  ///   - cleanUp: called then.
  func prepare(
    _ state: String = "nothing was written", cleanUp: @escaping @Sendable () -> Void = {}
  ) {
    stage.withLock { $0 = .preparing(cleanUp: cleanUp, words: Self.beforeTraining(state)) }
  }

  /// For what is no training: the draft of a file, which a signal takes away.
  /// - Throws: `FileError` when it cannot be created.
  func prepareDraft(of file: String) throws -> DraftFile {
    // No signal comes between the draft and what takes it away.
    try stage.withLock { stage in
      let draft = try DraftFile(for: URL(filePath: file))
      stage = .preparing(
        cleanUp: { draft.discard() }, words: "interrupted; '\(file)' was not written")
      return draft
    }
  }

  /// For what is no training: a folder in the making, which a signal takes away.
  /// - Parameters:
  ///   - draft: where it is until it is whole.
  ///   - folder: what it will be called.
  ///   - make: makes the draft.
  func prepareDraft(_ draft: URL, of folder: String, make: () throws(FileError) -> Void)
    throws(FileError)
  {
    // No signal comes between the draft and what takes it away.
    try stage.withLock { stage throws(FileError) in
      try make()
      stage = .preparing(
        cleanUp: {
          // Those who write into it may put files behind the one that removes them.
          for _ in 0..<100 {
            try? FileManager.default.removeItem(at: draft)
            guard FileStatus(unfollowed: draft.path) != nil else { return }
            usleep(10_000)
          }
        }, words: "interrupted; '\(folder)' was not written")
    }
  }

  /// For what is no training, while it writes no file. Where a signal has been received, this does not return.
  func prepareNothing() { stage.withLock { $0 = .preparing(cleanUp: {}, words: "interrupted") } }

  private static func beforeTraining(_ state: String) -> String {
    "interrupted before training began; \(state)"
  }

  func beginTraining() { stage.withLock { $0 = .training } }

  func endTraining() { stage.withLock { $0 = .finishing } }

  private func receive() {
    stage.withLock { stage in
      switch stage {
      case .preparing(let cleanUp, let words):
        cleanUp()
        Output.alert("finetune: \(words)")
        _exit(ExitStatus.interrupted.rawValue)
      case .training where !stop.isSet:
        stop.set()
        Output.alert("stopping after this step; once more ends the program at once")
      case .training:
        Output.alert("finetune: interrupted; the last checkpoint stays")
        _exit(ExitStatus.interrupted.rawValue)
      case .finishing:
        Output.alert(
          "finetune: interrupted; the run is complete but for its report, which --resume writes")
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
  }
}
