/// Why pretrained weights are not to be had: one sentence that says where they were looked for and
/// what to do.
public struct WeightStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a caller can do about it; the command line turns each into an exit code.
  public enum Kind: Hashable, Sendable {
    /// They are nowhere, and downloading is not allowed (66).
    case missing
    /// A download was tried and failed (69).
    case unavailable
    /// The folder for downloads cannot be written to (73).
    case cannotCreate
    /// Writing failed half-way, for example because the disk is full (74).
    case inputOutput
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
