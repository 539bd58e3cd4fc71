import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A network of the zoo together with what its weights ask for: the preprocessing they were trained
/// with, and the files that hold them.
public struct Model: Sendable {
  /// How the network ends.
  public enum Top: String, Hashable, Sendable, Codable, CaseIterable {
    /// The classifier of the paper, for most networks Keras's of the 1000 ImageNet classes:
    /// probabilities, shape `[classes]`.
    case imageNet
    /// The same without its softmax (Keras: `classifier_activation=None`).
    case logits
    /// The vector that a new classifier reads: the last feature map, averaged over all positions
    /// (Keras: `include_top=False, pooling="avg"`).
    case features
  }

  /// Keras's name in lower case, for example `mobilenetv2`; timm's and torchvision's with theirs in front, and with
  /// the tag of the weights: `timm/resnet50.a1_in1k`.
  public let name: String
  /// The factor on all widths; `nil` for families that have none.
  public let alpha: Double?
  /// Of the input; of a sequence, its length.
  public let imageSize: ImageSize
  /// Of the input: 3 for colours, 1 for grey, other numbers for what is no picture.
  public let channels: Int
  /// Where the network ends: in features, logits, or ImageNet's probabilities.
  public let top: Top
  /// The network itself, with nodes called as in the weight files of Keras, or as PyTorch's modules; it has no
  /// weights yet.
  public let network: Network
  /// What the published weights were trained to see in place of bytes; none for networks that read
  /// no photos.
  public let preprocessing: Preprocessing
  /// How the published weights expect photos to be brought to the network's size, unless the user says.
  public let resize: ResizePolicy
  /// The pretrained weights of this variant; `nil` if there are none.
  public let weightFiles: PublishedWeights?
  /// Of the pretrained weights; `nil` for networks that nobody publishes weights for.
  public let provenance: Provenance?
  /// The layers with weights of the paper's classifier: what a file may hold beyond `.features`.
  package let classifierLayers: Set<String>

  /// The name without the tag of weights: what networks with the same tensors have in common.
  package var architecture: String {
    name.contains("/") ? String(name.prefix { $0 != "." }) : name
  }

  /// The pretrained weights that fit `top`; `nil` if there are none.
  public var weightFile: WeightFile? {
    guard let weightFiles else { return nil }
    return top == .features ? weightFiles.noTop ?? weightFiles.top : weightFiles.top
  }

  /// Whether photos can be put in: `[height, width, 3]`, or grey ones `[height, width, 1]`.
  package var readsPhotos: Bool {
    network.inputShape.rank == 3 && (channels == 3 || channels == 1)
  }

  /// The model of this name.
  ///
  /// - Parameters:
  ///   - name: One of `names`, where there are several weights perhaps with a dot and a tag behind it; case does
  ///     not matter.
  ///   - alpha: The factor on all widths, for families that have one; 1 unless given.
  ///   - imageSize: Height and width of the input, the length of a sequence; that of the
  ///     family's paper or weights unless given.
  ///   - channels: Of the input; those of the family unless given: 3 for all that read photos. With
  ///     1 the published three-channel weights fit by way of `adapted(_:to:)`.
  ///   - top: Where the network ends: in features for a new classifier, in logits, or in
  ///     probabilities.
  /// - Throws: `ModelError` for an unknown name, and for what the family cannot have.
  public static func named(
    _ name: String, alpha: Double? = nil, imageSize: ImageSize? = nil, channels: Int? = nil,
    top: Top
  ) throws(ModelError) -> Model {
    let (family, tag) = try Family.named(name)
    if let alpha {
      guard family.isScalable else { throw ModelError(.noAlpha(name: family.name)) }
      guard alphas.contains(alpha) else {
        throw ModelError(.badAlpha(name: family.name, alpha: alpha))
      }
    }
    let own = tag.flatMap { tag in family.published.first { $0.tag == tag } }
    let size = imageSize ?? ImageSize(side: own?.imageSize ?? family.defaultImageSize)
    guard family.imageSizes.contains(size.height), family.imageSizes.contains(size.width) else {
      throw ModelError(
        .badImageSize(name: family.name, size: size, expected: family.imageSizes))
    }
    let channels = channels ?? family.channels
    guard channelCounts.contains(channels) else {
      throw ModelError(.badChannels(name: family.name, channels: channels))
    }
    let variant = Variant(
      alpha: alpha ?? 1, imageSize: size, channels: channels, top: top, tag: tag)
    let network: Network
    let classifierLayers: Set<String>
    do {
      network = try family.build(variant)
      classifierLayers = try family.classifierLayers(variant)
    } catch {
      throw ModelError(.unbuildable(name: family.name, error))
    }
    let published = family.published(for: variant)
    let preprocessing = published?.preprocessing ?? family.preprocessing
    return Model(
      name: [family.name, published?.tag].compactMap(\.self).joined(separator: "."),
      alpha: family.isScalable ? variant.alpha : nil, imageSize: size,
      channels: channels, top: top, network: network,
      preprocessing: channels == 1 ? preprocessing.gray : preprocessing,
      resize: published?.resize(at: size) ?? family.cut.map(ResizePolicy.cut) ?? .crop,
      weightFiles: published?.files, provenance: published?.provenance ?? family.provenance,
      classifierLayers: classifierLayers)
  }

  /// All names, in the order of the catalogue.
  public static let names: [String] = Family.all.map(\.name)
  /// Whether there is a model of this name, perhaps with a tag.
  package static func isKnown(_ name: String) -> Bool { (try? Family.named(name)) != nil }
  /// The factors that the scalable families can be built with; Keras publishes few of them.
  public static let alphas: ClosedRange<Double> = 0.05...4
  /// The numbers of input channels that networks can be built with.
  public static let channelCounts: ClosedRange<Int> = 1...1024

  /// The sizes of images that a family can be built for, in pixels.
  /// - Throws: `ModelError` for an unknown name.
  public static func imageSizes(of name: String) throws(ModelError) -> ClosedRange<Int> {
    try Family.named(name).family.imageSizes
  }
}
