import Files
import WeightFiles

/// Why a run cannot be written or read back.
public struct RunError: Remediable, Hashable {
  /// Whether the folder's place, the disk or the folder's content is at fault.
  public enum Kind: String, Hashable, Sendable {
    /// The folder or a file in it cannot be created, or exists already.
    case cannotCreate
    /// Writing or reading failed midway; the disk may be full.
    case inputOutput
    /// There is no run where one was expected.
    case missing
    /// The folder is not a run, or a file of it has been damaged.
    case bad
  }

  /// What is wrong, to tell cases apart by.
  public let kind: Kind
  /// Which folder or file, what is wrong with it, and what helps where something is known to.
  public let sentence: Sentence

  package init(_ kind: Kind, _ message: String) { self.init(kind, sentence: Sentence(message)) }

  package init(_ kind: Kind, sentence: Sentence) {
    self.kind = kind
    self.sentence = sentence
  }

  init(_ error: WeightFileError) {
    let kind: Kind =
      switch error.kind {
      case .missingFile: .missing
      case .bad: .bad
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, sentence: error.sentence)
  }

  init(_ error: FileError) {
    let kind: Kind =
      switch error.kind {
      case .missing: .missing
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, sentence: error.sentence)
  }
}
