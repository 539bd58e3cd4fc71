import Files
import Glibc

/// The limit that a process may have on its addresses (`ulimit -v`).
enum AddressSpace {
  /// With less, libraries fail as they are loaded, and wait at the end for threads that they never had.
  private static let least = 768 << 20

  /// In bytes; `nil` where there is none.
  private static var limit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    return Int(exactly: limit.rlim_cur)
  }

  /// Ends the program where there is too little for the libraries that compute, and lets it say what it died of
  /// where what there is comes to its end: not all of these libraries look whether they were given memory.
  static func require() {
    guard let limit else { return }
    guard limit >= least else {
      Output.loud(
        "finetune: this process may use \(limit >> 20) MiB of addresses (ulimit -v), expected at least "
          + "\(least >> 20); raise the limit")
      // Without the libraries' own endings, one of which waits for its threads.
      _exit(ExitStatus.software.rawValue)
    }
    LastWords.prepare(limit: limit)
  }
}

/// What is said by a process that dies of a signal, ready before.
///
/// `nonisolated(unsafe)`: written once at the start, while there is one thread; read by a signal's handler.
private enum LastWords {
  nonisolated(unsafe) private static var text: UnsafeMutablePointer<CChar>?
  nonisolated(unsafe) private static var pages = Int.max

  /// - Parameter limit: of addresses, in bytes.
  static func prepare(limit: Int) {
    text = strdup(
      "finetune: there was no memory: this process had used up most of the \(limit >> 20) MiB of addresses that it "
        + "may use (ulimit -v); raise the limit, or use a smaller batch or image size\n")
    // A request that was too large leaves some of them.
    pages = limit / 4 * 3 / Int(getpagesize())
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in LastWords.speak() }
    // Once: a second time, and whatever had nothing to do with memory, is as without this.
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    for signal in [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGTRAP] { sigaction(signal, &action, nil) }
  }

  /// Of what a signal's handler may call.
  private static func speak() {
    guard let text, usedPages >= pages else { return }
    write(STDERR_FILENO, text, strlen(text))
    _exit(ExitStatus.software.rawValue)
  }

  /// Of all addresses: the first number of `/proc/self/statm`.
  private static var usedPages: Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    var (digit, pages): (UInt8, Int) = (0, 0)
    while read(file, &digit, 1) == 1, (48...57).contains(digit) {
      pages = pages * 10 + Int(digit - 48)
    }
    close(file)
    return pages
  }
}
