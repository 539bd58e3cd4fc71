import Files

/// Why a folder of photos cannot be used.
public struct DataError: Remediable, Hashable {
  /// Whether there is no such folder or its content is at fault.
  public enum Kind: String, Hashable, Sendable {
    /// The folder is not there.
    case missing
    /// It does not hold what is needed.
    case bad
  }

  /// Which of the two it is.
  public let kind: Kind
  /// One line: what, where, and what to do.
  public let sentence: Sentence

  package init(_ kind: Kind, _ message: String) { self.init(kind, sentence: Sentence(message)) }

  package init(_ kind: Kind, sentence: Sentence) {
    self.kind = kind
    self.sentence = sentence
  }
}
