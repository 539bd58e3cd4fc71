import TensorKernels

/// What a user of a model needs beside its weights; stored in every file that is exported.
public struct ModelMetadata: Hashable, Sendable {
  /// Class names in the order of the outputs.
  public var labels: [String]
  /// How pixels become the network's input: JSON.
  public var preprocessing: String
  /// The network it comes from, for example `mobilenetv2`.
  public var baseName: String
  /// SHA-256 of the weights it started from, as hexadecimal digits.
  public var baseDigest: String
  /// Of the input.
  public var imageSize: ImageSize
  /// How a photo is brought to that size, for example `crop` or `squash`.
  public var resize: String
  /// The licence of the weights it comes from, where that forbids commercial use; `nil` for others.
  public var restriction: String?
  /// The licence of the weights it comes from, where it is known.
  public var licence: String?
  /// From which probability on each label is there, in their order; `nil` where labels exclude one another.
  public var thresholds: [Double]?

  /// What a saved model has to say of itself; none of it is checked here.
  public init(
    labels: [String], preprocessing: String, baseName: String, baseDigest: String,
    imageSize: ImageSize, resize: String, restriction: String? = nil, licence: String? = nil,
    thresholds: [Double]? = nil
  ) {
    self.labels = labels
    self.preprocessing = preprocessing
    self.baseName = baseName
    self.baseDigest = baseDigest
    self.imageSize = imageSize
    self.resize = resize
    self.restriction = restriction
    self.licence = licence
    self.thresholds = thresholds
  }
}
