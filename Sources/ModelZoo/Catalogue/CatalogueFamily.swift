import TensorKernels

/// The variants of the catalogue that one paper describes and one publisher gives weights for.
public struct CatalogueFamily: Hashable, Sendable {
  /// All of them, in the order of the catalogue.
  public let entries: [CatalogueEntry]
  /// The variant to begin with: of those that a bare name stands for and that have weights, the most
  /// accurate of the small ones, else the smallest; `nil` where nobody publishes weights.
  public let start: CatalogueEntry?

  /// Multiply-adds up to which a base is small: what two cores run through 30 to 100 times a second.
  public static let small = 500_000_000

  init(_ entries: [CatalogueEntry]) {
    self.entries = entries
    // Of other weights of the same network a bare name stands for the first.
    var architectures: Set<String> = []
    let published = entries.filter {
      $0.weights != nil && $0.isUsual && architectures.insert($0.architecture).inserted
    }
    let small = published.filter { $0.multiplyAdds <= Self.small }
    start =
      small.max { ($0.topOne ?? 0) < ($1.topOne ?? 0) }
      ?? published.min { $0.multiplyAdds < $1.multiplyAdds }
  }

  /// Whether what to begin with is small: worth a download only to be tried.
  public var startsSmall: Bool { start.map { $0.multiplyAdds <= Self.small } ?? false }
}

extension Model {
  /// The catalogue by families, in its order.
  public static let families: [CatalogueFamily] = {
    var names: [String] = []
    var entries: [String: [CatalogueEntry]] = [:]
    for entry in catalogue {
      // A publisher stands before a slash; Keras's names have none.
      let publisher = entry.name.contains("/") ? entry.name.prefix { $0 != "/" } : ""
      let family = "\(publisher) \(entry.paper)"
      if entries[family] == nil { names.append(family) }
      entries[family, default: []].append(entry)
    }
    return names.map { CatalogueFamily(entries[$0] ?? []) }
  }()
}

extension CatalogueEntry {
  /// Whether a bare name stands for it: the full width, and the size of input that the family has unless
  /// told otherwise.
  public var isUsual: Bool {
    (alpha ?? 1) == 1
      && (try? Model.named(name, top: .features))?.imageSize == ImageSize(side: imageSize)
  }
}
