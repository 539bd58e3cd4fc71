import Files
import Foundation

/// Signals that the program receives itself.
enum Signals {
  /// Whether a signal is ignored, which whoever starts the program may have asked for.
  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    // Of the two handlers that are no functions, SIG_IGN is 1.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// Hands signals over in a thread of its own, also where a shell made a background job ignore them. Blocking them
  /// would not do: libraries start threads before `main`. To be called once.
  /// - Throws: `ThreadError`; `CommandFailure` where the process may open no more files.
  static func watch(
    _ numbers: [Int32], _ receive: @escaping @Sendable (Int32) -> Void
  ) throws {
    try SignalPipe.open()
    try SystemThread.start("signals") {
      var byte: UInt8 = 0
      while true {
        let count = read(SignalPipe.ends.read, &byte, 1)
        if count == 1 { receive(Int32(byte)) } else if count == 0 || errno != EINTR { return }
      }
    }
    for number in numbers {
      signal(number) { number in
        // Only what a signal handler may do: the thread below does the rest.
        var byte = UInt8(truncatingIfNeeded: number)
        let saved = errno
        _ = write(SignalPipe.ends.write, &byte, 1)
        errno = saved
      }
    }
    // Whoever started the program may have had them blocked, which children inherit.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

/// How the signal handler tells the thread: both ends of a pipe, made before the handler is set.
///
/// `nonisolated(unsafe)`: written once, before the thread and the handler that read it.
private enum SignalPipe {
  nonisolated(unsafe) static private(set) var ends: (read: Int32, write: Int32) = (-1, -1)

  static func open() throws(CommandFailure) {
    var both: [Int32] = [-1, -1]
    guard pipe(&both) == 0 else {
      throw CommandFailure(
        .software,
        "the system refused a pipe: \(systemMessage()); raise the limit of open files (ulimit -n)")
    }
    ends = (both[0], both[1])
  }
}
