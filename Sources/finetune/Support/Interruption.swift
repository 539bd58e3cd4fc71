import Foundation
import Synchronization
import TransferLearning

/// Ctrl-C and SIGTERM during a training: the first one ends it after the running step, with what has
/// been learnt so far; another one ends the program at once.
final class Interruption: Sendable {
  private enum Stage {
    /// Nothing is worth keeping yet; what to take back.
    case preparing(cleanUp: (@Sendable () -> Void)?)
    case training
    /// Everything worth keeping is written.
    case finishing
  }

  private let stop = StopFlag()
  private let stage = Mutex(Stage.preparing(cleanUp: nil))

  var isRequested: Bool { stop.isSet }

  /// Blocks both signals in this thread and those it starts, and receives them in one of its own.
  func watch() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let watched = signals
    let thread = Thread { [self] in
      var watched = watched
      var number: Int32 = 0
      while true {
        if sigwait(&watched, &number) == 0 { receive() }
      }
    }
    thread.name = "signals"
    thread.start()
  }

  /// - Parameter cleanUp: called when the program ends before training has begun.
  func prepare(cleanUp: @escaping @Sendable () -> Void) {
    stage.withLock { $0 = .preparing(cleanUp: cleanUp) }
  }

  func beginTraining() { stage.withLock { $0 = .training } }

  func endTraining() { stage.withLock { $0 = .finishing } }

  private func receive() {
    stage.withLock { stage in
      switch stage {
      case .preparing(let cleanUp):
        cleanUp?()
        Output.note("finetune: interrupted before training began; nothing was written")
        _exit(ExitStatus.interrupted.rawValue)
      case .training where !stop.isSet:
        stop.set()
        Output.note("stopping after this step; once more ends the program at once")
      case .training:
        Output.note("finetune: interrupted")
        _exit(ExitStatus.interrupted.rawValue)
      case .finishing:
        Output.note("finetune: interrupted; the run is complete but for its report")
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
  }
}
