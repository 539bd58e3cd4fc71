import Files
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// The published weight files that the catalogue knows, and what is there of them.
package enum WeightCatalogue {
  /// One published file.
  package struct Row: Codable, Hashable, Sendable {
    /// The model's name.
    package let model: String
    /// The name of its network: the model's without the tag of its weights.
    package let architecture: String
    package let alpha: Double?
    package let imageSize: Int
    package let includesTop: Bool
    package let file: String
    package let url: String
    /// Where it was found; `nil` if it is not here.
    package let path: String?
  }

  /// Every published file, in the order of the catalogue.
  package static func rows(in store: WeightStore) -> [Row] {
    Model.catalogue.flatMap { entry in
      entry.weights.files.map { file in
        let item = WeightStore.Item(file)
        return Row(
          model: entry.name, architecture: entry.architecture, alpha: entry.alpha,
          imageSize: entry.imageSize,
          includesTop: file.includesTop, file: file.fileName, url: store.address(of: item),
          path: store.find(item)?.path)
      }
    }
  }

  /// The variants of the catalogue that have weights at hand, with their classifier or without.
  package static func entries(in store: WeightStore) -> [CatalogueEntry] {
    Model.catalogue.filter { entry in
      entry.weights.files.contains { store.find(WeightStore.Item($0)) != nil }
    }
  }

  /// The published file of this name.
  package static func item(named fileName: String) -> WeightStore.Item? {
    Model.catalogue.lazy.flatMap(\.weights.files)
      .first { $0.fileName == fileName }.map { WeightStore.Item($0) }
  }
}

/// Whether a weight file is what was published under its name.
package struct WeightVerification: Sendable {
  package enum Outcome: Hashable, Sendable {
    case intact
    /// The digest is another one than published.
    case damaged(expected: String, found: String)
    /// Nothing is published that it could be compared with.
    case unknown(sha256: String)
  }

  package let file: URL
  package let outcome: Outcome

  /// Compares a file with the digest that is published for its name.
  /// - Throws: `FileError` (`missing`, `inputOutput`).
  package init(_ file: URL) throws(FileError) {
    self.file = file
    let published = WeightCatalogue.item(named: file.lastPathComponent)?.digest ?? .none
    guard let expected = published.hexadecimal, let found = try published.found(in: file) else {
      outcome = .unknown(sha256: try FileDigest.sha256(of: file))
      return
    }
    outcome = found == expected ? .intact : .damaged(expected: expected, found: found)
  }
}

/// Which network of the zoo a weight file is for.
package struct WeightMatch: Sendable {
  /// The network's name, with its width.
  package let title: String
  package let top: Model.Top
  package let report: LoadReport
  /// Other networks that it fits as well, as torchvision's has timm's tensors.
  package private(set) var alike: [String] = []

  /// The network of the catalogue that the file fits; if none, the one that it comes nearest to.
  package init?(_ file: KerasWeightFile) {
    var best: WeightMatch?
    var seen: Set<String> = []
    for entry in Model.catalogue
    where seen.insert("\(entry.architecture) \(entry.alpha ?? 1)").inserted {
      for top in [Model.Top.imageNet, .features] {
        guard
          let model = try? Model.named(
            entry.name, alpha: entry.alpha, imageSize: ImageSize(side: entry.imageSize), top: top)
        else { continue }
        let match = WeightMatch(file, model)
        if match.report.isAcceptable, best?.report.isAcceptable == true, match.top == best?.top,
          match.report.matched.count == best?.report.matched.count
        {
          best?.alike.append(match.title)
        }
        if best.map({ match.isBetter(than: $0) }) ?? true { best = match }
      }
    }
    guard let best else { return nil }
    self = best
  }

  /// A file compared with one network.
  package init(_ file: KerasWeightFile, _ model: Model) {
    title = model.alpha == nil ? model.architecture : model.title
    top = model.top
    report = file.report(
      on: model.network.parameters, of: model.title,
      outputs: model.top == .features ? model.network.outputShape.count : nil)
  }

  /// Whether file and network have much in common, so that what differs is worth telling.
  package var isNear: Bool {
    let common = report.matched.count + report.misshapen.count
    return report.isAcceptable || common * 2 >= common + report.missing.count
  }

  /// Acceptable first, then by how much matches, then by how little is left over.
  private func isBetter(than other: WeightMatch) -> Bool {
    if report.isAcceptable != other.report.isAcceptable { return report.isAcceptable }
    if report.matched.count != other.report.matched.count {
      return report.matched.count > other.report.matched.count
    }
    return report.missing.count + report.unused.count
      < other.report.missing.count + other.report.unused.count
  }
}
