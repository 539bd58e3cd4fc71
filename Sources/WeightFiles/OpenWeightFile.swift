import Crypto
import Files
import Foundation
import Synchronization

/// A weight file that is open: recognised once, and its bytes hashed once, for all that is read of it.
///
/// It stays the file it was, whatever appears under its name later.
final class OpenWeightFile: Sendable {
  let url: URL
  private let container: WeightContainer
  private let trouble: ReadingTrouble
  private let digest = Mutex<String?>(nil)

  /// The name in messages: the last component of the path.
  var name: String { url.lastPathComponent }

  /// - Throws: `WeightFileError`: `missingFile`, `inputOutput` when the system does not give its bytes, or `bad`
  ///   when it is of no known format or cut short.
  init(_ url: URL) throws(WeightFileError) {
    self.url = url
    let path = url.path
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw WeightFileError(.missingFile, "cannot open '\(path)': \(systemMessage(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw WeightFileError(.missingFile, "'\(path)' is not a file")
    }
    var trouble = ReadingTrouble()
    do throws(FormatError) {
      let bytes = try FileBytes(path: path)
      trouble = bytes.trouble
      container = try WeightContainer.open(path, bytes)
    } catch {
      throw WeightFileError(trouble.error ?? error, of: url.lastPathComponent)
    }
    self.trouble = trouble
  }

  /// Runs `body` on the content and puts the file's name before its errors.
  func read<Result>(_ body: (borrowing WeightContainer) throws(FormatError) -> Result)
    throws(WeightFileError) -> Result
  {
    do {
      return try body(container)
    } catch {
      throw WeightFileError(trouble.error ?? error, of: name)
    }
  }

  /// The SHA-256 of the file's bytes, as lower-case hexadecimal digits.
  /// - Throws: `WeightFileError` (`inputOutput`).
  func sha256() throws(WeightFileError) -> String {
    let digits = digest.withLock { digest in
      digest = digest ?? container.sha256()
      return digest
    }
    guard let digits else {
      throw WeightFileError(.inputOutput, "cannot read '\(url.path)' to its end")
    }
    return digits
  }
}

extension FileBytes {
  /// The SHA-256 of all bytes, as lower-case hexadecimal digits, read in pieces; `nil` where they cannot
  /// be read.
  func sha256() -> String? {
    var hash = SHA256()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    for start in stride(from: 0, to: byteCount, by: piece.count) {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: piece[..<min(piece.count, byteCount - start)])
      guard read(at: start, into: part) else { return nil }
      hash.update(bufferPointer: UnsafeRawBufferPointer(part))
    }
    return hash.finalize().flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined()
  }
}
