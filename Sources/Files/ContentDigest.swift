internal import Crypto
import Foundation

/// The SHA-256 of bytes that come piece by piece.
package struct ContentDigest {
  /// The length of a digest.
  package static let byteCount = SHA256.byteCount

  private var hash = SHA256()

  package init() {}

  /// Of all bytes at once.
  package init(_ bytes: some ContiguousBytes) {
    add(bytes)
  }

  package mutating func add(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
  }

  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// The digest of what has come so far.
  package var bytes: [UInt8] { Array(hash.finalize()) }

  /// The same as lower-case digits.
  package var hexadecimal: String { bytes.hexadecimal }
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits for each byte.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
