import NeuralNetworks
import TensorKernels

/// One line of the catalogue: a variant that weights are published for, or a network without any.
public struct CatalogueEntry: Hashable, Sendable, Codable {
  /// What `Model.named` calls it, for example `mobilenetv2` or `timm/resnet50.a1_in1k`.
  public let name: String
  /// The same without a tag: what entries with the same tensors have in common, for one α.
  public let architecture: String
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
  /// Every variant that weights are published for, and the networks without weights.
  public static let catalogue: [CatalogueEntry] = Family.all.flatMap { family -> [CatalogueEntry] in
    // Most rows of a family are other weights of the same network.
    var known: [Variant: NetworkCounts] = [:]
    return family.rows.compactMap { row in
      let variant = Variant(
        alpha: row.alpha ?? 1, imageSize: ImageSize(side: row.imageSize), channels: family.channels,
        top: .logits)
      // What is listed can be built; a test goes through all of them.
      guard let counts = known[variant] ?? (try? NetworkCounts(family, variant)) else { return nil }
      known[variant] = counts
      return CatalogueEntry(
        name: [family.name, row.tag].compactMap(\.self).joined(separator: "."),
        architecture: family.name, alpha: row.alpha, imageSize: row.imageSize,
        inputShape: counts.inputShape, parameters: counts.parameters,
        multiplyAdds: counts.multiplyAdds, features: counts.features, topOne: row.topOne,
        weights: row.files, provenance: row.provenance ?? family.provenance, paper: family.paper)
    }
  }
}

/// What of an entry follows from the network alone.
private struct NetworkCounts {
  let inputShape: Shape
  let parameters: Int
  let multiplyAdds: Int
  let features: Int

  /// - Parameter variant: with its classifier.
  init(_ family: Family, _ variant: Variant) throws(NetworkError) {
    let network = try family.layers(variant)
    var base = variant
    base.top = .features
    inputShape = network.inputShape
    parameters = network.parameterCount
    multiplyAdds = network.multiplyAdds
    features = try family.layers(base).outputShape.count
  }
}

extension Family {
  /// What the catalogue lists: the published variants, or the one that the paper describes.
  fileprivate var rows: [CatalogueRow] {
    guard published.isEmpty else {
      return published.map {
        CatalogueRow(
          alpha: $0.alpha, tag: $0.tag, imageSize: $0.imageSize, topOne: $0.topOne,
          files: $0.files, provenance: $0.provenance)
      }
    }
    return [CatalogueRow(imageSize: defaultImageSize, topOne: topOne)]
  }
}

/// What of an entry belongs to the weights.
private struct CatalogueRow {
  var alpha: Double?
  var tag: String?
  var imageSize: Int
  var topOne: Double?
  var files: PublishedWeights?
  var provenance: Provenance?
}
