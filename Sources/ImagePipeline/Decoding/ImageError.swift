/// Why a file gave no image.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong with the bytes, or with reading them.
  public enum Kind: String, Hashable, Sendable {
    /// A format that is not read, or a variety of one that is (12 bits, floating point).
    case unsupported
    /// No image of any kind that is known here.
    case notAnImage
    /// Without a byte.
    case empty
    /// The file ends before its picture does.
    case truncated
    /// Damaged in another way.
    case corrupt
    /// More pixels or bytes than allowed.
    case tooLarge
    /// There was not enough memory.
    case outOfMemory
    /// The system gave no bytes: no such file, no permission, a disk error.
    case unreadable
    /// Pixels could not be written as JPEG or PNG.
    case notEncodable
  }

  /// What was wrong, to tell cases apart by.
  public let kind: Kind
  /// One line without the file's name.
  public let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The same as `message`.
  public var description: String { message }
}

extension PhotoProblem.Kind {
  /// What a photo that gave no image is listed under.
  init(_ kind: ImageError.Kind) {
    self =
      switch kind {
      case .unsupported: .unsupported
      case .notAnImage: .notAnImage
      case .empty: .empty
      case .truncated: .truncated
      case .corrupt, .notEncodable: .damaged
      case .tooLarge, .outOfMemory: .tooLarge
      case .unreadable: .unreadable
      }
  }
}
