import ImagePipeline
import NeuralNetworks
import TensorKernels

/// One architecture of the zoo: how to build it, and what is published for it.
struct Family: Sendable {
  let name: String
  let paper: String
  /// Of three channels, unless the published weights have their own; its grey form is for one.
  let preprocessing: Preprocessing
  /// Of the published weights; `nil` if there are none.
  var provenance: Provenance?
  /// What there are weights for: Keras's in ascending order of α, then image size, those of timm and torchvision
  /// with those first that are taken unless a tag is named.
  var published: [Published] = []
  /// How photos come to the network's size where no row of the published weights says; `nil`: as for all bases.
  var cut: PhotoCut?
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
  static let all: [Family] =
    first + EfficientNet.families + EfficientNetV2.families + ConvNeXt.families + others + timm
    + torchvision + MobileFamilies.lite

  /// The networks of timm.
  private static let timm: [Family] =
    TorchVGG.timm + TorchResNet.timm + TorchDenseNet.timm + MobileFamilies.timm + RegNet.timm
    + HGNetV2.timm + ConvNeXt.timm

  /// Those of torchvision.
  private static let torchvision: [Family] =
    TorchVGG.torchvision + TorchResNet.torchvision + TorchDenseNet.torchvision
    + MobileFamilies.torchvision + RegNet.torchvision + ConvNeXt.torchvision

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
struct Variant: Hashable, Sendable {
  /// Scales the number of channels; 1 for the families that have no such factor.
  var alpha: Double
  /// Of the input; the length of a sequence.
  var imageSize: ImageSize
  /// Of the input: 3 for colours, 1 for grey.
  var channels: Int
  var top: Model.Top
  /// Which of several published weights of one variant.
  var tag: String?

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
  /// An input at which other accuracies are published than at that of the training.
  struct Test: Sendable {
    var imageSize: Int
    /// What share of the resized photo is seen.
    var fraction: Double
  }

  var alpha: Double?
  /// Tells several weights of one variant apart, for example `a1_in1k`; `nil` where there is one.
  var tag: String?
  var imageSize: Int
  /// The share of ImageNet's validation images whose class comes first, `0...1`.
  var topOne: Double?
  var files: PublishedWeights
  /// Of three channels; `nil`: the family's.
  var preprocessing: Preprocessing?
  /// `nil`: the family's.
  var provenance: Provenance?
  /// How photos come to the network's size; `nil`: as for all bases.
  var cut: PhotoCut?
  var test: Test?
}

extension Published {
  /// How photos come to a size: at that of the accuracies as for these.
  func resize(at size: ImageSize) -> ResizePolicy? {
    guard var cut else { return nil }
    if let test, size == ImageSize(side: test.imageSize) { cut.fraction = test.fraction }
    return .cut(cut)
  }
}

extension Family {
  /// What is published for a variant: that of its α, size and tag. Another size takes that of the default one, as
  /// Keras does; another α has none.
  func published(for variant: Variant) -> Published? {
    guard variant.channels == channels || variant.channels == 1 else { return nil }
    guard
      !classifierNeedsPublishedSize || variant.top == .features
        || variant.imageSize == ImageSize(side: defaultImageSize)
    else { return nil }
    let rows = published.filter {
      ($0.alpha == nil || $0.alpha == variant.alpha)
        && (variant.tag == nil || $0.tag == variant.tag)
    }
    if rows.contains(where: { $0.tag != nil }) { return rows.first }
    let exact = rows.first { ImageSize(side: $0.imageSize) == variant.imageSize }
    return exact ?? rows.first { $0.imageSize == defaultImageSize }
  }

  /// The layers with weights behind the last feature map.
  func classifierLayers(_ variant: Variant) throws(NetworkError) -> Set<String> {
    var whole = variant
    whole.top = .logits
    let network = try layers(whole)
    guard let head = network.stages.last else { return [] }
    return Set(network.nodes[head.nodes].filter { !$0.parameters.isEmpty }.map(\.name))
  }

  /// A family, and the tag where the name has one: `timm/resnet50.a1_in1k`.
  static func named(_ name: String) throws(ModelError) -> (family: Family, tag: String?) {
    let wanted = name.lowercased()
    if let family = all.first(where: { $0.name == wanted }) { return (family, nil) }
    let parts = wanted.split(separator: ".", maxSplits: 1).map(String.init)
    guard let family = all.first(where: { $0.name == parts.first }), family.hasTags else {
      let bare = wanted.contains("/") ? parts.first ?? wanted : wanted
      throw ModelError(.unknownName(name, nearest: nearest(to: bare, among: all.map(\.name))))
    }
    let tags = family.published.compactMap(\.tag)
    guard let tag = parts.last, tags.contains(tag) else {
      throw ModelError(.unknownTag(name, family: family.name, tags: tags))
    }
    return (family, tag)
  }

  /// Whether there are several weights of one variant.
  private var hasTags: Bool { published.contains { $0.tag != nil } }
}
