import Files

/// Why a weight file cannot be read or written: one sentence that names the file.
public struct WeightFileError: Remediable, Hashable {
  /// What a caller can do about it.
  public enum Kind: Hashable, Sendable {
    /// The file is not there or cannot be opened.
    case missingFile
    /// The file is there, but it is damaged, of another kind or for another network.
    case bad
    /// The output cannot be created where it should be.
    case cannotCreate
    /// Reading or writing failed half-way, for example because the disk is full.
    case inputOutput
  }

  /// Whether the file, its place or the disk is at fault.
  public let kind: Kind
  /// Which file, what is wrong with it, and what helps where something is known to.
  public let sentence: Sentence

  package init(_ kind: Kind, _ message: String) { self.init(kind, sentence: Sentence(message)) }

  package init(_ kind: Kind, sentence: Sentence) {
    self.kind = kind
    self.sentence = sentence
  }

  /// Of what writing a file that is checked ended with.
  init(writing error: any Error) {
    self =
      switch error {
      case let error as WeightFileError: error
      case let error as FileError: WeightFileError(error)
      case let error as any Remediable: WeightFileError(.bad, sentence: error.sentence)
      default: WeightFileError(.bad, "\(error)")
      }
  }

  /// What is wrong with the content of a file, or with reading it.
  init(_ error: FormatError, of name: String) {
    self.init(error.isUnreadable ? .inputOutput : .bad, "'\(name)' \(error.message)")
  }

  init(_ error: FileError) {
    let kind: Kind =
      switch error.kind {
      case .missing: .missingFile
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, sentence: error.sentence)
  }
}
