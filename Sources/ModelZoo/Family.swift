import ImagePipeline
import NeuralNetworks
import TensorKernels

/// One architecture of the zoo: how to build it, and what Keras publishes for it.
struct Family: Sendable {
  let name: String
  let paper: String
  /// Of three channels; its grey form is for one.
  let preprocessing: Preprocessing
  /// Of the published weights; `nil` if there are none.
  var provenance: Provenance?
  /// What there are weights for, in ascending order of α, then image size.
  var published: [Published] = []
  /// Where there are no weights: ImageNet's top 1 as the paper gives it.
  var topOne: Double?
  /// Height and width of the input unless told otherwise, in pixels: what it was trained with.
  var defaultImageSize = 224
  /// Below it, Keras refuses or nothing is left of the image.
  var minimumImageSize = 32
  var maximumImageSize = 4096
  var channels = 3
  /// Whether the classifier's weights fit one image size only, because it flattens the feature map.
  var classifierNeedsPublishedSize = false
  /// Builds the network, its nodes in the order in which the paper has them.
  let layers: @Sendable (Variant) throws(NetworkError) -> Network

  /// Builds the network, its nodes in Keras's order.
  func build(_ variant: Variant) throws(NetworkError) -> Network {
    try layers(variant).inKerasOrder()
  }

  /// Whether the widths can be scaled by α.
  var isScalable: Bool { published.contains { $0.alpha != nil } }

  var imageSizes: ClosedRange<Int> { minimumImageSize...maximumImageSize }

  /// All families, in the order in which they are listed: roughly by age.
  static let all: [Family] = first + EfficientNet.families + EfficientNetV2.families + others

  private static let first: [Family] = [
    .lenet5, .alexnet, .networkInNetwork, .vgg11, .vgg13, .vgg16, .vgg19, .googlenet,
    .inceptionV3, .resnet18, .resnet34, .resnet50, .resnet101, .resnet152, .resnet50v2,
    .resnet101v2, .resnet152v2, .inceptionResNetV2, .squeezeNet10, .squeezeNet11, .xception,
    .densenet121, .densenet169, .densenet201, .mobilenet, .mobilenetv2, .mobilenetV3Small,
    .mobilenetV3SmallMinimalistic, .mobilenetV3Large, .mobilenetV3LargeMinimalistic,
  ]

  /// Those that do not read photos.
  private static let others: [Family] = [.alphago, .sequence1d]
}

/// What a family is built for.
struct Variant: Sendable {
  /// Scales the number of channels; 1 for the families that have no such factor.
  var alpha: Double
  /// Of the input; the length of a sequence.
  var imageSize: ImageSize
  /// Of the input: 3 for colours, 1 for grey.
  var channels: Int
  var top: Model.Top

  var inputShape: Shape { [imageSize.height, imageSize.width, channels] }

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
  var topOne: Double?
  var files: PublishedWeights
}

extension Family {
  /// The files for a variant: those of its α and size. Another size takes those of the default one, as
  /// Keras does; another α has none.
  func weights(_ variant: Variant) -> PublishedWeights? {
    guard variant.channels == channels || variant.channels == 1 else { return nil }
    guard
      !classifierNeedsPublishedSize || variant.top == .features
        || variant.imageSize == ImageSize(side: defaultImageSize)
    else { return nil }
    let rows = published.filter { $0.alpha == nil || $0.alpha == variant.alpha }
    let exact = rows.first { ImageSize(side: $0.imageSize) == variant.imageSize }
    return (exact ?? rows.first { $0.imageSize == defaultImageSize })?.files
  }

  /// The layers with weights behind the last feature map.
  func classifierLayers(_ variant: Variant) throws(NetworkError) -> Set<String> {
    var whole = variant
    whole.top = .logits
    let network = try layers(whole)
    guard let head = network.stages.last else { return [] }
    return Set(network.nodes[head.nodes].filter { !$0.parameters.isEmpty }.map(\.name))
  }

  static func named(_ name: String) throws(ModelError) -> Family {
    let wanted = name.lowercased()
    guard let family = all.first(where: { $0.name == wanted }) else {
      throw ModelError(.unknownName(name, nearest: nearest(to: wanted, among: all.map(\.name))))
    }
    return family
  }
}
