/// Photos that the base takes for unlike all that a classifier has learnt from: of something else, damaged, or rare.
public struct UnusualPhotos: Codable, Hashable, Sendable {
  /// One of them.
  public struct Photo: Codable, Hashable, Sendable {
    /// As in the predictions.
    public var path: String
    /// The name of its class.
    public var label: String
    /// The share of the photos that were learnt from that lie nearer to what was learnt from others of them, `0...1`.
    public var share: Double
  }

  /// How many photos were looked at.
  public var photos: Int
  /// How many of them are farther away than `limit` of those that were learnt from.
  public var count: Int
  /// The farthest of these first, at most 24.
  public var farthest: [Photo]

  /// The share of the photos that were learnt from beyond which one is unusual. Of photos of the same kind one in a hundred
  /// is.
  public static let limit = 0.99

  private static let most = 24

  /// - Parameters:
  ///   - all: the photos that were looked at, and how far each is away.
  ///   - share: that a distance is beyond.
  package init(
    _ all: [(path: String, label: String, distance: Float)], share: (Float) -> Double
  ) {
    let far = all.map { (photo: $0, share: share($0.distance)) }
      .filter { $0.share >= Self.limit }
      .sorted { ($1.photo.distance, $0.photo.path) < ($0.photo.distance, $1.photo.path) }
    photos = all.count
    count = far.count
    farthest = far.prefix(Self.most).map {
      Photo(path: $0.photo.path, label: $0.photo.label, share: $0.share)
    }
  }

  /// Gives the photos other paths.
  package mutating func rename(_ path: (String) -> String) {
    for index in farthest.indices { farthest[index].path = path(farthest[index].path) }
  }
}
