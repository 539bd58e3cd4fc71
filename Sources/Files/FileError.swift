import Foundation

/// Why a file cannot be read or written: one sentence that names it.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a caller can do about it; the command line turns each into an exit code.
  public enum Kind: Hashable, Sendable {
    /// The file is not there or cannot be opened (66).
    case missing
    /// The output cannot be created where it should be (73).
    case cannotCreate
    /// Reading or writing failed half-way, for example because the disk is full (74).
    case inputOutput
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Something that the system did not create just now: for its place, or because the disk is full or
  /// broken.
  /// - Parameters:
  ///   - number: the system's error number.
  ///   - phrase: says what cannot be created; the system's reason is put behind it.
  package init(_ number: Int32 = errno, notCreated phrase: String) {
    let isDisk = number == ENOSPC || number == EDQUOT || number == EIO
    self.init(isDisk ? .inputOutput : .cannotCreate, "\(phrase): \(systemMessage(number))")
  }

  public var description: String { message }
}

/// What is wrong with a file's content: a phrase that fits behind the file's name.
package struct FormatError: Error, Hashable, Sendable {
  package let message: String

  package init(_ message: String) { self.message = message }
}

/// The system's words for an error number, by default that of the call which has just failed.
package func systemMessage(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
