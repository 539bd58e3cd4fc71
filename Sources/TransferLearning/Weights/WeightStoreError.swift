import Files

/// Why pretrained weights are not to be had: one sentence that says where they were looked for and
/// what to do.
public struct WeightStoreError: Remediable, Hashable {
  /// What a caller can do about it.
  public enum Kind: Hashable, Sendable {
    /// They are nowhere, and downloading is not allowed.
    case missing
    /// A download was tried and failed.
    case unavailable
    /// The folder for downloads cannot be written to.
    case cannotCreate
    /// Writing failed half-way, for example because the disk is full.
    case inputOutput
  }

  /// What a caller can do about it: allow a download, try it again, or see to the folder or the
  /// disk.
  public let kind: Kind
  /// Which file or address, what is wrong, and what helps where something is known to.
  public let sentence: Sentence

  package init(_ kind: Kind, _ message: String) { self.init(kind, sentence: Sentence(message)) }

  package init(_ kind: Kind, sentence: Sentence) {
    self.kind = kind
    self.sentence = sentence
  }
}
