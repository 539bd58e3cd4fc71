import Files
import Glibc

/// Files larger than this are not photos: 512 MiB. Each thread that reads holds one file.
let largestFile = 512 << 20

/// Reads an image file into the workspace; the bytes are valid until its next use.
func readFile(
  _ path: String, in workspace: Workspace
) throws(ImageError) -> UnsafeRawBufferPointer {
  // What is no image is refused by its start, for what it is and not for its size.
  let bytes = try readFile(path, in: workspace) { start throws(ImageError) in
    let format = ImageFormat(of: start)
    guard format != .unknown else { throw format.refusal(start) }
    return true
  }
  return bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
}

/// Reads a file (`open`, `fstat`, `read`) if its start is found worth it.
///
/// Only regular files are read: a pipe or device among the photos must not block the run. A file of
/// more than 512 MiB is refused by its size, before a byte of it is read.
/// - Parameter isWanted: judges the first 48 bytes, fewer if the file is shorter.
/// - Returns: `nil` if it is not wanted.
func readFile(
  _ path: String, in workspace: Workspace,
  if isWanted: (UnsafeRawBufferPointer) throws(ImageError) -> Bool
) throws(ImageError) -> UnsafeRawBufferPointer? {
  let (descriptor, status) = try opened(path)
  defer { close(descriptor) }
  let size = status.byteCount
  let first = min(size, ImageFormat.prefixLength)
  let start = workspace.file.reserve(first)
  var count = try fill(start, from: 0, to: first, of: descriptor)
  guard try isWanted(UnsafeRawBufferPointer(start: start, count: count)) else { return nil }
  guard size <= largestFile else {
    throw ImageError(
      .tooLarge, "the file has \(size >> 20) MiB, more than the \(largestFile >> 20) allowed")
  }
  if size > workspace.file.count, size >= AvailableMemory.worthAsking,
    let free = AvailableMemory.byteCount, free < size
  {
    throw .outOfMemory("the file takes \(size >> 20) MiB, and \(free >> 20) are free")
  }
  let prefix = Array(UnsafeBufferPointer(start: start, count: count))
  let memory = workspace.file.reserve(size)
  memory.update(from: prefix, count: count)
  count = try fill(memory, from: count, to: size, of: descriptor)
  return UnsafeRawBufferPointer(start: memory, count: count)
}

private func opened(
  _ path: String
) throws(ImageError) -> (descriptor: Int32, status: FileStatus) {
  do {
    return try InputFile.opened(path)
  } catch {
    throw ImageError(.unreadable, error.message)
  }
}

/// Reads on until a position or the file's end, which may have moved; returns where it is.
private func fill(
  _ memory: UnsafeMutablePointer<UInt8>, from start: Int, to end: Int, of descriptor: Int32
) throws(ImageError) -> Int {
  var count = start
  while count < end {
    let received = read(descriptor, memory + count, end - count)
    if received < 0 && errno == EINTR { continue }
    guard received >= 0 else {
      throw ImageError(.unreadable, FormatError(unreadable: systemMessage()).message)
    }
    guard received > 0 else { break }
    count += received
  }
  return count
}

/// What changes when a file does: size and times, to the nanosecond.
///
/// The time of the inode's change is among them, for it cannot be set: copying with `cp -p`, or
/// moving another file of the same size and time into place, is noticed too.
struct FileStamp: Hashable, Sendable {
  let size: Int
  let modified: Int
  let changed: Int

  init(size: Int, modified: Int, changed: Int) {
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// Of a regular file, which is not opened (`stat`); `nil` if it is none.
  init?(path: String) {
    guard let status = FileStatus(path), status.kind == .file else { return nil }
    self.init(size: status.byteCount, modified: status.modified, changed: status.changed)
  }
}
