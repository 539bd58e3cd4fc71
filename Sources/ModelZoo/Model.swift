import ImagePipeline
import NeuralNetworks

/// A network of the zoo together with what its weights ask for: the preprocessing they were trained
/// with, and the files that hold them.
public struct Model: Sendable {
  /// How the network ends.
  public enum Top: String, Hashable, Sendable, Codable, CaseIterable {
    /// Keras's classifier of the 1000 ImageNet classes: probabilities, shape `[1000]`.
    case imageNet
    /// The same without its softmax (Keras: `classifier_activation=None`).
    case logits
    /// The vector that a new classifier reads: the last feature map, averaged over all positions
    /// (Keras: `include_top=False, pooling="avg"`).
    case features
  }

  /// Keras's name in lower case, for example `mobilenetv2`.
  public let name: String
  /// The factor on all widths; `nil` for families that have none.
  public let alpha: Double?
  /// Height and width of the input in pixels.
  public let imageSize: Int
  public let top: Top
  public let network: Network
  public let preprocessing: Preprocessing
  /// Keras's pretrained weights of this variant; `nil` if there are none.
  public let weightFiles: PublishedWeights?
  public let provenance: Provenance
  /// The layers with weights of Keras's classifier: what a file may hold beyond `.features`.
  public let classifierLayers: Set<String>

  /// The pretrained weights that fit `top`; `nil` if there are none.
  public var weightFile: WeightFile? {
    guard let weightFiles else { return nil }
    return top == .features ? weightFiles.noTop : weightFiles.top
  }

  /// The model of this name.
  ///
  /// - Parameters:
  ///   - name: One of `names`; case does not matter.
  ///   - alpha: The factor on all widths, for families that have one; 1 unless given.
  ///   - imageSize: Height and width of the input in pixels, `imageSizes`; 224 unless given.
  /// - Throws: `ModelError` for an unknown name, and for α or a size that the family cannot have.
  public static func named(
    _ name: String, alpha: Double? = nil, imageSize: Int? = nil, top: Top
  ) throws(ModelError) -> Model {
    let family = try Family.named(name)
    if let alpha {
      guard family.isScalable else { throw ModelError(.noAlpha(name: family.name)) }
      guard alphas.contains(alpha) else {
        throw ModelError(.badAlpha(name: family.name, alpha: alpha))
      }
    }
    let size = imageSize ?? defaultImageSize
    guard imageSizes.contains(size) else {
      throw ModelError(.badImageSize(name: family.name, size: size))
    }
    let variant = Variant(alpha: alpha ?? 1, imageSize: size, top: top)
    let network: Network
    let classifierLayers: [String]
    do {
      network = try family.build(variant)
      classifierLayers = try family.classifierLayers(variant)
    } catch {
      throw ModelError(.unbuildable(name: family.name, error))
    }
    let fits =
      !family.classifierNeedsPublishedSize || top == .features
      || family.published.contains { $0.imageSize == size }
    return Model(
      name: family.name, alpha: family.isScalable ? variant.alpha : nil, imageSize: size, top: top,
      network: network, preprocessing: family.preprocessing,
      weightFiles: fits ? family.weights(alpha: variant.alpha, imageSize: size) : nil,
      provenance: family.provenance, classifierLayers: Set(classifierLayers))
  }

  /// All names, in the order of the catalogue.
  public static let names: [String] = Family.all.map(\.name)
  /// The factors that the scalable families can be built with; Keras publishes few of them.
  public static let alphas: ClosedRange<Double> = 0.05...4
  /// The sizes that all families can be built for, in pixels: below, nothing is left of the image.
  public static let imageSizes: ClosedRange<Int> = 32...4096
  public static let defaultImageSize = 224
}

extension Family {
  /// The layers with weights behind the last feature map.
  fileprivate func classifierLayers(_ variant: Variant) throws(NetworkError) -> [String] {
    var whole = variant
    whole.top = .logits
    let network = try build(whole)
    guard let head = network.stages.last else { return [] }
    return network.nodes[head.nodes].filter { !$0.parameters.isEmpty }.map(\.name)
  }

  static func named(_ name: String) throws(ModelError) -> Family {
    let wanted = name.lowercased()
    guard let family = all.first(where: { $0.name == wanted }) else {
      throw ModelError(.unknownName(name, nearest: nearest(to: wanted, among: all.map(\.name))))
    }
    return family
  }
}
