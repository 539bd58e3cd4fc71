/// One readable photo of a collection.
public struct Photo: Codable, Hashable, Sendable {
  /// Relative to the collection's root, or absolute.
  public let path: String
  /// Index of its class, or of its set of classes: what it stands for, the `Labelling` of the photos says. −1 if
  /// nothing is known.
  public let label: Int
  /// SHA-256 of the file's bytes, 64 hexadecimal digits; empty if it was not read yet.
  public let digest: String
  /// What it belongs to (a patient, a film, a place): a split never divides a group. `nil`: nothing.
  public let group: String?

  /// A photo that need not have been scanned, for example one to classify: label −1 stands for
  /// none.
  public init(path: String, label: Int = -1, digest: String = "", group: String? = nil) {
    self.path = path
    self.label = label
    self.digest = digest
    self.group = group
  }
}

/// A photo that is left out, and why.
public struct SkippedPhoto: Codable, Hashable, Sendable {
  /// Relative to the collection's root.
  public let path: String
  /// One line without the path.
  public let reason: String
  /// Where it would have been; `nil` if that is not known.
  public let split: Split?

  package init(path: String, reason: String, split: Split? = nil) {
    self.path = path
    self.reason = reason
    self.split = split
  }
}
