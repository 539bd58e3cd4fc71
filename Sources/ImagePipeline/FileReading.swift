import Glibc

/// Files larger than this are not photos: 512 MiB.
private let largestFile = 512 << 20

/// Reads a file into the workspace (`open`, `fstat`, `read`); the bytes are valid until its next use.
///
/// Only regular files are read: a pipe or device among the photos must not block the run.
/// - Parameter limit: reads at most that many bytes.
func readFile(
  _ path: String, limit: Int = .max, in workspace: Workspace
) throws(ImageError) -> UnsafeRawBufferPointer {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw .system() }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .system() }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw ImageError(.unreadable, "not a file")
  }
  let size = min(Int(status.st_size), limit)
  guard size <= largestFile else {
    throw ImageError(
      .tooLarge, "the file has \(size >> 20) MiB, more than the \(largestFile >> 20) allowed")
  }
  let memory = workspace.file.reserve(size)
  var count = 0
  while count < size {
    let received = read(descriptor, memory + count, size - count)
    if received < 0 && errno == EINTR { continue }
    guard received >= 0 else { throw .system() }
    guard received > 0 else { break }  // it shrank while being read
    count += received
  }
  return UnsafeRawBufferPointer(start: memory, count: count)
}

extension ImageError {
  /// The reason that `errno` gives.
  fileprivate static func system() -> ImageError {
    ImageError(.unreadable, "cannot be read: \(String(cString: strerror(errno)))")
  }
}
