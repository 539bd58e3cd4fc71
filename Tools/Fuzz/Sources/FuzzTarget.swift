import Foundation

/// What reads bytes of strangers. An error that it throws is what is wanted; a trap, a sanitizer's finding, too much
/// memory or too much time is not.
struct FuzzTarget: Sendable {
  let name: String
  let read: @Sendable ([UInt8]) throws -> Void

  /// Set once, before the first bytes; the fuzzer calls from one thread.
  nonisolated(unsafe) static var chosen: FuzzTarget?

  static let all = weights + photos + texts + runs

  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// Whether errors are told, as of files that are tried once.
  private static let isTelling = ProcessInfo.processInfo.environment["FUZZ_TELL"] != nil

  func tryOut(_ bytes: [UInt8]) {
    do {
      try read(bytes)
      if Self.isTelling { print("\(name): read") }
    } catch {
      if Self.isTelling { print("\(name): \(error)") }
    }
  }
}

/// The bytes as a file, for readers that want one.
enum Scratch {
  /// Of this process; `Tools/fuzz.sh` removes it.
  static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(getpid())")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }()

  /// Writes a file in place of the one that had the name.
  static func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> URL {
    let url = folder.appending(path: name)
    let bytes = Array(bytes)
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw CocoaError(.fileWriteOutOfSpace)
    }
    return url
  }
}
