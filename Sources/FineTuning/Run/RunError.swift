import Files
import WeightFiles

/// Why a run cannot be written or read back.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    /// The folder or a file in it cannot be created, or exists already (exit code 73).
    case cannotCreate
    /// Writing or reading failed midway; the disk may be full (exit code 74).
    case inputOutput
    /// There is no run where one was expected (exit code 66).
    case missing
    /// The folder is not a run, or a file of it has been damaged (exit code 65).
    case bad
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  init(_ error: WeightFileError) {
    let kind: Kind =
      switch error.kind {
      case .missingFile: .missing
      case .bad: .bad
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.message)
  }

  init(_ error: FileError) {
    let kind: Kind =
      switch error.kind {
      case .missing: .missing
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.message)
  }
}
