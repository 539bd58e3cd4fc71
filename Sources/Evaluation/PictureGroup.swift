/// Photos that show the same picture, at least one of them measured.
///
/// They count as often as they are there, and where their labels differ, one of these is wrong.
public struct PictureGroup: Codable, Hashable, Sendable {
  /// One file with the picture.
  public struct Photo: Codable, Hashable, Sendable {
    /// Relative to the folder of the photos, as in the predictions; of a photo that was learnt from, to that of the run's.
    public var path: String
    /// The name of its class, or of its classes.
    public var label: String
    /// Whether the weights have learnt from it; else it was measured.
    public var isLearnt: Bool

    /// A file of a group.
    public init(path: String, label: String, isLearnt: Bool) {
      self.path = path
      self.label = label
      self.isLearnt = isLearnt
    }
  }

  /// Two or more, the measured ones first.
  public var photos: [Photo]

  /// - Precondition: two photos or more, of which one was measured.
  public init(_ photos: [Photo]) {
    precondition(
      photos.count > 1 && photos.contains { !$0.isLearnt },
      "a group has a measured photo and another"
    )
    self.photos = photos.sorted { ($0.isLearnt ? 1 : 0, $0.path) < ($1.isLearnt ? 1 : 0, $1.path) }
  }

  /// Whether the photos have different labels.
  public var isLabelledDifferently: Bool { Set(photos.map(\.label)).count > 1 }
}
