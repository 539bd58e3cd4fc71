/// Why a file gave no image.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    /// Neither JPEG nor PNG, or a variety of them that is not read (12 bits, lossless).
    case unsupported
    /// Damaged or cut short.
    case corrupt
    /// More pixels than allowed.
    case tooLarge
    /// The system gave no bytes: no such file, no permission, a disk error.
    case unreadable
    /// Pixels could not be written as JPEG.
    case notEncodable
  }

  public let kind: Kind
  /// One line without the file's name.
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
