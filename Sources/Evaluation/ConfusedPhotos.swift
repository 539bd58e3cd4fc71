/// The photos of one class that were taken for another.
public struct ConfusedPhotos: Hashable, Sendable {
  /// Indices of classes.
  public let truth, predicted: Int
  /// The most confident first: the photo's path and the probability of the class that it was taken for.
  public let photos: [Photo]

  /// One of them.
  public struct Photo: Hashable, Sendable {
    /// As in the predictions.
    public let path: String
    /// `0...1`.
    public let confidence: Float
  }

  /// All pairs of classes that occur, the commonest first, of equally common ones by their indices.
  /// - Parameter wrong: rows whose class is not the predicted one, in the order in which they are to stand.
  static func all(_ wrong: [PredictionRow]) -> [ConfusedPhotos] {
    var photos: [[Int]: [Photo]] = [:]
    for row in wrong {
      photos[[row.truth, row.predicted], default: []].append(
        Photo(path: row.path, confidence: row.confidence))
    }
    return photos.map { ConfusedPhotos(truth: $0.key[0], predicted: $0.key[1], photos: $0.value) }
      .sorted {
        ($1.photos.count, $0.truth, $0.predicted) < ($0.photos.count, $1.truth, $1.predicted)
      }
  }
}
