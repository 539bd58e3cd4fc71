internal import Crypto
import Foundation

/// A checksum that the publisher of a file states.
package enum FileDigest: Hashable, Sendable {
  case md5(String)
  case sha256(String)
  /// The first digits of the SHA-256.
  case sha256Prefix(String)
  /// None is published.
  case none
}

extension FileDigest {
  /// The digest of a file's bytes, as lower-case hexadecimal digits; read in pieces.
  /// - Throws: `FileError` (`missing`, `inputOutput`).
  package static func sha256(of url: URL) throws(FileError) -> String {
    var hash = SHA256()
    try readPieces(of: url) { hash.update(bufferPointer: $0) }
    return hash.finalize().hexadecimal
  }

  /// The digest of a file's bytes, as lower-case hexadecimal digits; read in pieces. MD5 only ever
  /// compares a download with what its publisher states, beside TLS.
  /// - Throws: `FileError` (`missing`, `inputOutput`).
  package static func md5(of url: URL) throws(FileError) -> String {
    var hash = Insecure.MD5()
    try readPieces(of: url) { hash.update(bufferPointer: $0) }
    return hash.finalize().hexadecimal
  }

  /// What a file's digest of the same kind is; `nil` when no digest is published.
  package func found(in url: URL) throws(FileError) -> String? {
    switch self {
    case .md5: try Self.md5(of: url)
    case .sha256: try Self.sha256(of: url)
    case .sha256Prefix(let digits): String(try Self.sha256(of: url).prefix(digits.count))
    case .none: nil
    }
  }

  /// The digest itself; `nil` when none is published.
  package var hexadecimal: String? {
    switch self {
    case .md5(let digits), .sha256(let digits), .sha256Prefix(let digits): digits.lowercased()
    case .none: nil
    }
  }

  /// Whether a file has this digest; true when none is published.
  /// - Throws: `FileError` (`missing`, `inputOutput`).
  package func matches(_ url: URL) throws(FileError) -> Bool {
    try found(in: url) == hexadecimal
  }

  private static func readPieces(of url: URL, _ body: (UnsafeRawBufferPointer) -> Void)
    throws(FileError)
  {
    let descriptor: Int32
    do {
      descriptor = try InputFile.opened(url.path).descriptor
    } catch {
      throw FileError(.missing, "'\(url.path)' \(error.message)")
    }
    defer { close(descriptor) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    while true {
      let count = read(descriptor, piece.baseAddress, piece.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.inputOutput, "cannot read '\(url.path)': \(systemMessage(errno))")
      }
      body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
    }
  }
}
