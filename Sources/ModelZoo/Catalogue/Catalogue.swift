import NeuralNetworks
import TensorKernels

/// One line of the catalogue: a variant that Keras publishes weights for, or a network without any.
public struct CatalogueEntry: Hashable, Sendable, Codable {
  /// What `Model.named` calls it, for example `mobilenetv2`.
  public let name: String
  /// `nil` for families without a factor on their widths.
  public let alpha: Double?
  /// Height and width of the input in pixels; of a sequence, its length.
  public let imageSize: Int
  /// `[height, width, channels]`, or `[length, channels]`.
  public let inputShape: Shape
  /// Single weights, classifier and moving statistics included.
  public let parameters: Int
  /// Multiply-adds of convolutions and dense layers for one example.
  public let multiplyAdds: Int
  /// Values per example that a new classifier reads.
  public let features: Int
  /// The share of ImageNet's validation images whose class comes first, `0...1`, as published for
  /// the weights, else by the paper; `nil` where nobody published one.
  public let topOne: Double?
  /// `nil` for networks to be trained from scratch.
  public let weights: PublishedWeights?
  /// Of the weights.
  public let provenance: Provenance?
  /// Who described the network, when, and where.
  public let paper: String
}

extension Model {
  /// Every variant that Keras publishes weights for, and the networks without weights.
  public static let catalogue: [CatalogueEntry] = Family.all.flatMap { family in
    family.rows.compactMap { row in
      var variant = Variant(
        alpha: row.alpha ?? 1, imageSize: ImageSize(side: row.imageSize), channels: family.channels,
        top: .logits)
      // What is listed can be built; a test goes through all of them.
      guard let network = try? family.layers(variant) else { return nil }
      variant.top = .features
      guard let base = try? family.layers(variant) else { return nil }
      return CatalogueEntry(
        name: family.name, alpha: row.alpha, imageSize: row.imageSize,
        inputShape: network.inputShape, parameters: network.parameterCount,
        multiplyAdds: network.multiplyAdds, features: base.outputShape.count, topOne: row.topOne,
        weights: row.files, provenance: family.provenance, paper: family.paper)
    }
  }
}

extension Family {
  /// What the catalogue lists: the published variants, or the one that the paper describes.
  fileprivate var rows:
    [(alpha: Double?, imageSize: Int, topOne: Double?, files: PublishedWeights?)]
  {
    guard published.isEmpty else {
      return published.map { ($0.alpha, $0.imageSize, $0.topOne, $0.files) }
    }
    return [(nil, defaultImageSize, topOne, nil)]
  }
}
