import Glibc

/// Standard input, output and error of a program that may have been started without them (`2>&-`).
enum StandardStreams {
  /// Takes the descriptors 0 to 2 where they are closed, before a file or pipe of ours gets one and text for
  /// people is written into it. They are opened the wrong way round, so that using them fails as before.
  static func open() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is taken, and those below are open by now.
      _ = Glibc.open("/dev/null", mode)
    }
  }
}
