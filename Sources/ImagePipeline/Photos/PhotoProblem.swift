/// Something about a folder of photos that its owner should know.
public struct PhotoProblem: Codable, Hashable, Sendable {
  /// What is wrong. The first ones leave a photo out; the others only say something of it, of a
  /// class or of a folder.
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    // The photo is left out:
    /// The system gave no bytes: no permission, a disk error, a link to nothing.
    case unreadable
    /// It has no bytes.
    case empty
    /// It ends before its picture does.
    case truncated
    /// Its content is damaged in another way.
    case damaged
    /// A kind of image, or of JPEG, that is not read.
    case unsupported
    /// Not an image in spite of its name.
    case notAnImage
    /// More pixels than allowed.
    case tooLarge
    /// Its path is that of another photo but for how its letters are encoded: é as one scalar or as two.
    case sameName

    // The photo is used:
    /// Its name ends as if it were of another format.
    case wrongExtension
    /// Stored in printing colours; they are converted.
    case cmyk
    /// Its EXIF orientation is not upright; it is turned.
    case rotated
    /// Its shorter side is far below the network's.
    case tiny
    /// Far from square: most of it is not seen.
    case extremeAspect
    /// The decoder remarked something.
    case decoderWarning
    /// The same bytes as another photo of its class and split.
    case duplicate
    /// Looks the same as another photo of its class and split.
    case nearDuplicate
    /// The same picture is in two splits.
    case leak
    /// The same picture is in two classes.
    case conflictingLabels

    // About folders:
    /// A split without a usable photo.
    case emptySplit
    /// A class without a usable photo.
    case emptyClass
    /// A class with few photos.
    case smallClass
    /// One class has many times more photos than another.
    case imbalance
    /// All class names are numbers; their order is that of text.
    case numericNames
    /// A class that a split has and the label map does not.
    case unknownClass
    /// A class of the label map that a split does not have.
    case absentClass
    /// A hidden folder that would be a class.
    case hidden
    /// A symbolic link to a folder that is read already.
    case linkLoop
    /// A folder that cannot be listed.
    case unlistable
  }

  /// Relative to the data's root; a folder for a problem of folders, "" for the root.
  public var path: String
  /// What is wrong with it.
  public var kind: Kind
  /// One line without the path.
  public var detail: String

  package init(_ kind: Kind, path: String, _ detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }
}

extension PhotoProblem.Kind {
  /// Whether the photo cannot be used.
  public var leavesOut: Bool {
    switch self {
    case .unreadable, .empty, .truncated, .damaged, .unsupported, .notAnImage, .tooLarge, .sameName:
      true
    default: false
    }
  }
}
