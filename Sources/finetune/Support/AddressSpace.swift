import Files
import Glibc

/// The limit that a process may have on its addresses (`ulimit -v`).
enum AddressSpace {
  /// With less, libraries fail as they are loaded, and wait at the end for threads that they never had.
  private static let least = 768 << 20

  /// Ends the program where there is too little for the libraries that compute.
  static func require() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(least)
    else { return }
    Output.loud(
      "finetune: this process may use \(limit.rlim_cur >> 20) MiB of addresses (ulimit -v), expected at least "
        + "\(least >> 20); raise the limit")
    // Without the libraries' own endings, one of which waits for its threads.
    _exit(ExitStatus.software.rawValue)
  }
}
