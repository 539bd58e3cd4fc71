/// A file of pretrained weights that Keras publishes.
public struct WeightFile: Hashable, Sendable, Codable {
  /// What the bytes must hash to, in lower-case hexadecimal.
  public enum Digest: Hashable, Sendable, Codable {
    case md5(String)
    case sha256(String)
  }

  /// The name under which Keras keeps it in `~/.keras/models`.
  public let fileName: String
  /// The folder below `baseURL`, for example `resnet`.
  public let folder: String
  /// `nil` where none is published.
  public let digest: Digest?
  /// Whether the file holds the 1000-class classifier too.
  public let includesTop: Bool

  /// Where Keras downloads from.
  public static let baseURL = "https://storage.googleapis.com/tensorflow/keras-applications/"

  /// The address below `baseURL`, or below another server's copy of it.
  public func url(base: String = Self.baseURL) -> String {
    "\(base)\(base.hasSuffix("/") ? "" : "/")\(folder)/\(fileName)"
  }
}

/// The two files that Keras publishes for one variant of a model.
public struct PublishedWeights: Hashable, Sendable, Codable {
  /// Classifier included.
  public let top: WeightFile
  /// Up to the last feature map.
  public let noTop: WeightFile
}

extension PublishedWeights {
  init(
    folder: String, top: String, _ topDigest: WeightFile.Digest?, noTop: String,
    _ noTopDigest: WeightFile.Digest?
  ) {
    self.top = WeightFile(fileName: top, folder: folder, digest: topDigest, includesTop: true)
    self.noTop = WeightFile(
      fileName: noTop, folder: folder, digest: noTopDigest, includesTop: false)
  }
}

/// Who trained the published weights, and under which licence they are given.
public struct Provenance: Hashable, Sendable, Codable {
  public let origin: String
  public let licence: String
}

extension Provenance {
  static let tensorFlowModels = Provenance(
    origin: "Google, TensorFlow model garden; converted by Keras", licence: "Apache 2.0")
}
