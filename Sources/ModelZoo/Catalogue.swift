import NeuralNetworks

/// One line of the catalogue: a variant that Keras publishes weights for.
public struct CatalogueEntry: Hashable, Sendable, Codable {
  public let name: String
  /// `nil` for families without a factor on their widths.
  public let alpha: Double?
  /// Height and width of the input in pixels.
  public let imageSize: Int
  /// Single weights, classifier and moving statistics included.
  public let parameters: Int
  /// Multiply-adds of convolutions and dense layers for one image.
  public let multiplyAdds: Int
  /// Values per image that a new classifier reads.
  public let features: Int
  /// The share of ImageNet's validation images whose class comes first, `0...1`, as published.
  public let topOne: Double
  public let weights: PublishedWeights
  public let provenance: Provenance
  public let paper: String
}

extension Model {
  /// Every variant that Keras publishes weights for.
  public static let catalogue: [CatalogueEntry] = Family.all.flatMap { family in
    family.published.compactMap { row in
      let variant = Variant(alpha: row.alpha ?? 1, imageSize: row.imageSize, top: .imageNet)
      var headless = variant
      headless.top = .features
      // A published variant can be built; a test goes through all of them.
      guard let network = try? family.build(variant), let base = try? family.build(headless) else {
        return nil
      }
      return CatalogueEntry(
        name: family.name, alpha: row.alpha, imageSize: row.imageSize,
        parameters: network.parameterCount, multiplyAdds: network.multiplyAdds,
        features: base.outputShape.count, topOne: row.topOne, weights: row.files,
        provenance: family.provenance, paper: family.paper)
    }
  }
}
