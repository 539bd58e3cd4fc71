import ImagePipeline
import NeuralNetworks
import TensorKernels

/// One architecture of the zoo: how to build it, and what Keras publishes for it.
struct Family: Sendable {
  let name: String
  let paper: String
  let preprocessing: Preprocessing
  let provenance: Provenance
  /// What there are weights for, in ascending order of α, then image size.
  let published: [Published]
  /// Whether the classifier's weights fit one image size only, because it flattens the feature map.
  var classifierNeedsPublishedSize = false
  let build: @Sendable (Variant) throws(NetworkError) -> Network

  /// Whether the widths can be scaled by α.
  var isScalable: Bool { published.contains { $0.alpha != nil } }

  /// All families, in the order in which they are listed.
  static let all: [Family] = [.vgg16, .resnet50, .mobilenet, .mobilenetv2]
}

/// What a family is built for.
struct Variant: Sendable {
  /// Scales the number of channels; 1 for the families that have no such factor.
  var alpha: Double
  /// Height and width of the input in pixels.
  var imageSize: Int
  var top: Model.Top

  var inputShape: Shape { [imageSize, imageSize, 3] }

  /// The activation that ends the classifier; `nil` when there is none to build.
  var classifierActivation: Activation? {
    switch top {
    case .imageNet: .softmax
    case .logits: .linear
    case .features: nil
    }
  }
}

/// A variant that has been trained on ImageNet.
struct Published: Sendable {
  var alpha: Double?
  var imageSize: Int
  /// The share of ImageNet's validation images whose class comes first, `0...1`.
  var topOne: Double
  var files: PublishedWeights
}

extension Family {
  /// The files for a variant: those of its α and size. Another size takes those of 224, as Keras
  /// does; another α has none.
  func weights(alpha: Double, imageSize: Int) -> PublishedWeights? {
    let rows = published.filter { $0.alpha == nil || $0.alpha == alpha }
    return (rows.first { $0.imageSize == imageSize } ?? rows.first { $0.imageSize == 224 })?.files
  }
}
