/// Vectors of photos among which the nearest are sought, by Euclidean distance: every one is looked at.
public struct NearestPhotos: Sendable {
  /// A photo that was found.
  public struct Neighbour: Hashable, Sendable {
    /// Its place among the vectors.
    public let index: Int
    /// From the vector that was asked for.
    public let distance: Float
  }

  /// Values of one vector.
  public let dimension: Int
  /// One vector after the other.
  private let vectors: [Float]

  /// - Parameters:
  ///   - dimension: values of one vector, at least 1.
  ///   - vectors: one after the other.
  public init(dimension: Int, vectors: [Float]) {
    precondition(
      dimension > 0 && vectors.count % dimension == 0, "vectors of \(dimension) values each")
    self.dimension = dimension
    self.vectors = vectors
  }

  /// The number of vectors.
  public var count: Int { vectors.count / dimension }

  /// The nearest vectors, the nearest first; of equally near ones the first.
  /// - Parameters:
  ///   - vector: of `dimension` values.
  ///   - limit: how many are sought.
  ///   - isLeftOut: whether a vector is not to be found, as a photo's own is not.
  public func nearest(
    to vector: [Float], limit: Int, except isLeftOut: (_ index: Int) -> Bool = { _ in false }
  ) -> [Neighbour] {
    precondition(vector.count == dimension, "a vector of \(dimension) values")
    var found: [Neighbour] = []
    for index in 0..<count where !isLeftOut(index) {
      var squares: Float = 0
      for place in 0..<dimension {
        let difference = vectors[index * dimension + place] - vector[place]
        squares += difference * difference
      }
      let neighbour = Neighbour(index: index, distance: squares.squareRoot())
      if found.count == limit, let last = found.last, last.distance <= neighbour.distance {
        continue
      }
      let place = found.firstIndex { $0.distance > neighbour.distance } ?? found.count
      found.insert(neighbour, at: place)
      if found.count > limit { found.removeLast() }
    }
    return found
  }
}
