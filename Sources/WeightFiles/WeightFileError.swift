import Files

/// Why a weight file cannot be read or written: one sentence that names the file.
public struct WeightFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a caller can do about it; the command line turns each into an exit code.
  public enum Kind: Hashable, Sendable {
    /// The file is not there or cannot be opened (66).
    case missingFile
    /// The file is there, but it is damaged, of another kind or for another network (65).
    case bad
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

  init(_ error: FileError) {
    let kind: Kind =
      switch error.kind {
      case .missing: .missingFile
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.message)
  }

  public var description: String { message }
}
