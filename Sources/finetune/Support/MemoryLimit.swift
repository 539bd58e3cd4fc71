import Files
import Glibc

/// A limit that the system may have put on this process's memory.
enum MemoryLimit: CaseIterable {
  /// Of its addresses: `ulimit -v`.
  case addresses
  /// Of what it may write without a file behind it: `ulimit -d`.
  case data

  /// In bytes; `nil` where there is none.
  private var bytes: Int? { Self.bytes(self == .addresses ? RLIMIT_AS : RLIMIT_DATA) }

  private static func bytes(_ resource: __rlimit_resource) -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return nil }
    return Int(exactly: limit.rlim_cur)
  }

  /// Of a thread's stack, which ends a program that needs more of it without a word. In bytes.
  private static let leastStack = 256 << 10

  /// With less, libraries fail as they are loaded. In bytes.
  private var least: Int { (self == .addresses ? 768 : 96) << 20 }

  /// What is limited.
  private var subject: String { self == .addresses ? "addresses" : "memory of its own" }

  private var command: String { self == .addresses ? "ulimit -v" : "ulimit -d" }

  /// Which number of `/proc/self/statm`, from 0, has the pages that count.
  private var field: Int { self == .addresses ? 0 : 5 }

  /// Ends the program where there is too little for the libraries that compute, and lets it say what it died of
  /// where what there is comes to its end: not all of these libraries look whether they were given memory.
  static func require() {
    if let stack = bytes(RLIMIT_STACK), stack < leastStack {
      refuse("\(stack >> 10) KiB of stack (ulimit -s)", least: leastStack >> 10)
    }
    let limits = allCases.compactMap { kind in kind.bytes.map { (kind, $0) } }
    guard !limits.isEmpty else { return }
    for (kind, limit) in limits where limit < kind.least {
      refuse("\(limit >> 20) MiB of \(kind.subject) (\(kind.command))", least: kind.least >> 20)
    }
    restartWithoutThreads()
    LastWords.prepare(limits.map { ($0.0.field, $0.1, $0.0.subject, $0.0.command) })
  }

  private static func refuse(_ what: String, least: Int) -> Never {
    Output.loud(
      "finetune: this process may use \(what), expected at least \(least); raise the limit")
    // Without the libraries' own endings, one of which waits for its threads.
    _exit(ExitStatus.software.rawValue)
  }

  /// Starts the program anew, once, with an OpenBLAS that starts no threads: each takes 128 MiB before it does anything,
  /// and asks for them for ever where it does not get them. Nothing here uses them.
  private static func restartWithoutThreads() {
    let name = "OPENBLAS_NUM_THREADS"
    guard getenv(name).map({ String(cString: $0) }) != "1", setenv(name, "1", 1) == 0 else {
      return
    }
    // Only returns where it fails; then all is as before.
    execv("/proc/self/exe", CommandLine.unsafeArgv)
  }
}

/// What is said by a process that dies of a signal, ready before.
///
/// `nonisolated(unsafe)`: written once at the start, while there is one thread; read by a signal's handler.
private enum LastWords {
  /// What is said when a number of `/proc/self/statm` is above `pages`.
  private struct Words {
    let field: Int
    let pages: Int
    let text: UnsafeMutablePointer<CChar>
  }

  nonisolated(unsafe) private static var words: UnsafeMutableBufferPointer<Words>?

  static func prepare(_ limits: [(field: Int, bytes: Int, subject: String, command: String)]) {
    let all = limits.compactMap { limit -> Words? in
      let text = strdup(
        "finetune: there was no memory: this process had used up most of the \(limit.bytes >> 20) MiB of "
          + "\(limit.subject) that it may use (\(limit.command)); raise the limit, or use a smaller batch or "
          + "image size\n")
      // A request that was too large leaves some of them.
      let pages = limit.bytes / 4 * 3 / Int(getpagesize())
      return text.map { Words(field: limit.field, pages: pages, text: $0) }
    }
    let memory = UnsafeMutableBufferPointer<Words>.allocate(capacity: all.count)
    _ = memory.initialize(from: all)
    words = memory
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in LastWords.speak() }
    // Once: a second time, and whatever had nothing to do with memory, is as without this.
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    for signal in [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGTRAP] { sigaction(signal, &action, nil) }
  }

  /// Of what a signal's handler may call.
  private static func speak() {
    guard let words else { return }
    for index in words.indices where usedPages(words[index].field) >= words[index].pages {
      write(STDERR_FILENO, words[index].text, strlen(words[index].text))
      _exit(ExitStatus.software.rawValue)
    }
  }

  /// A number of `/proc/self/statm`.
  private static func usedPages(_ field: Int) -> Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    var (digit, pages, passed): (UInt8, Int, Int) = (0, 0, 0)
    while read(file, &digit, 1) == 1, passed <= field {
      if digit == UInt8(ascii: " ") {
        passed += 1
      } else if passed == field, (48...57).contains(digit) {
        pages = pages * 10 + Int(digit - 48)
      }
    }
    close(file)
    return pages
  }
}
