/// What can be seen beside the photos that a report shows: what speaks for an answer, and the photos that the network
/// takes for the most alike.
public struct PhotoLooks: Hashable, Sendable {
  /// By the photos' paths, as in the predictions.
  public var photos: [String: PhotoLook] = [:]
  /// How many photos were sought among, and how many the weights have learnt from; `nil` where none were sought.
  public var among, learnt: Int?
  /// What pictures are of, and why some are missing, in sentences.
  public var notes: [String] = []

  /// Nothing yet.
  public init() {}

  /// What `report.json` has of them.
  var neighbours: Neighbours? {
    guard let among, let learnt else { return nil }
    return Neighbours(
      among: among, learnt: learnt,
      photos: photos.sorted { $0.key < $1.key }.compactMap { path, look in
        look.nearest.isEmpty && look.nearestByClass.isEmpty
          ? nil
          : .init(path: path, nearest: look.nearest, byClass: look.nearestByClass)
      })
  }

  struct Neighbours: Encodable {
    struct Photo: Encodable {
      let path: String
      let nearest: [NearPhoto]
      let byClass: [ClassNeighbours]
    }
    let among, learnt: Int
    let photos: [Photo]
  }
}

/// What can be seen beside one photo.
public struct PhotoLook: Hashable, Sendable {
  /// A small JPEG of the photo as the network saw it.
  public var view: [UInt8]?
  /// What speaks for some classes.
  public var maps: [EvidenceMap] = []
  /// The photos that the weights have learnt from that are the most alike, the nearest first.
  public var nearest: [NearPhoto] = []
  /// The same of some classes alone.
  public var nearestByClass: [ClassNeighbours] = []

  /// Nothing yet.
  public init() {}
}

/// A photo under a map of what speaks for a class.
public struct EvidenceMap: Hashable, Sendable {
  /// The class's index.
  public var `class`: Int
  /// Whether nothing speaks for it.
  public var isEmpty: Bool
  /// A small JPEG.
  public var picture: [UInt8]

  /// A map of one class.
  public init(class: Int, isEmpty: Bool, picture: [UInt8]) {
    self.class = `class`
    self.isEmpty = isEmpty
    self.picture = picture
  }
}

/// A photo that a network takes for alike with another one.
public struct NearPhoto: Hashable, Sendable, Encodable {
  /// Relative to the folder of the photos that the weights have learnt from.
  public var path: String
  /// The name of its class, or of its classes.
  public var `class`: String
  /// Between what the last layer reads of both: Euclidean.
  public var distance: Double
  /// A small JPEG; kept out of the JSON.
  public var thumbnail: [UInt8]?

  private enum CodingKeys: CodingKey { case path, `class`, distance }

  /// A photo that was found.
  public init(path: String, class: String, distance: Double, thumbnail: [UInt8]? = nil) {
    self.path = path
    self.class = `class`
    self.distance = distance
    self.thumbnail = thumbnail
  }
}

/// The nearest photos of one class.
public struct ClassNeighbours: Hashable, Sendable, Encodable {
  /// The class's index.
  public var `class`: Int
  /// The nearest first.
  public var nearest: [NearPhoto]

  /// What was found of a class.
  public init(class: Int, nearest: [NearPhoto]) {
    self.class = `class`
    self.nearest = nearest
  }
}
