import Files
import Foundation

/// Signals that the program receives itself.
enum Signals {
  /// Hands signals over in a thread of its own, also where a shell made a background job ignore them. Blocking them
  /// would not do: libraries start threads before `main`. To be called once.
  /// - Throws: `ThreadError`.
  static func watch(
    _ numbers: [Int32], _ receive: @escaping @Sendable (Int32) -> Void
  ) throws(ThreadError) {
    _ = SignalPipe.ends
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
private enum SignalPipe {
  static let ends: (read: Int32, write: Int32) = {
    var ends: [Int32] = [-1, -1]
    let status = pipe(&ends)
    precondition(status == 0, "the system refused a pipe (error \(errno))")
    return (ends[0], ends[1])
  }()
}
