import Foundation

/// Why a file cannot be read or written: one sentence that names it.
public struct FileError: Remediable, Hashable {
  /// What a caller can do about it.
  public enum Kind: Hashable, Sendable {
    /// The file is not there or cannot be opened.
    case missing
    /// The output cannot be created where it should be.
    case cannotCreate
    /// Reading or writing failed half-way, for example because the disk is full.
    case inputOutput
  }

  /// Whether the file, its place or the disk is at fault.
  public let kind: Kind
  /// What is wrong with which file, and what helps where something is known to.
  public let sentence: Sentence

  package init(_ kind: Kind, _ message: String) { self.init(kind, sentence: Sentence(message)) }

  package init(_ kind: Kind, sentence: Sentence) {
    self.kind = kind
    self.sentence = sentence
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
}

/// What is wrong with a file's content: a phrase that fits behind the file's name.
package struct FormatError: Error, Hashable, Sendable {
  package let message: String
  /// Whether nothing is known of the content, since the system did not give it.
  package let isUnreadable: Bool

  package init(_ message: String) {
    self.message = message
    isUnreadable = false
  }

  /// - Parameters:
  ///   - reason: the system's.
  ///   - verb: what cannot be done to the file.
  package init(unreadable reason: String, verb: String = "read") {
    message = "cannot be \(verb): \(reason)"
    isUnreadable = true
  }
}

/// The system's words for an error number, by default that of the call which has just failed.
package func systemMessage(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
