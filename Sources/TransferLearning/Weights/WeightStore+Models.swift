import Files
import FineTuning
import Foundation
import ModelZoo
import TensorKernels
import WeightFiles

extension WeightStore.Item {
  /// A file that Keras publishes.
  /// - Parameter smallestCount: how many numbers it holds at least.
  package init(_ file: WeightFile, smallestCount: Int = 1) {
    let digest: FileDigest =
      switch file.digest {
      case .md5(let digits): .md5(digits)
      case .sha256(let digits): .sha256(digits)
      case .sha256Prefix(let digits): .sha256Prefix(digits)
      case nil: .none
      }
    self.init(
      fileName: file.fileName, folder: file.folder, digest: digest, site: file.site,
      content: .weights(smallestCount: smallestCount), shelf: file.shelf)
  }

  /// The configuration in the same repository.
  fileprivate var configuration: WeightStore.Item {
    WeightStore.Item(
      fileName: "config.json", folder: folder, digest: .none, site: site, content: .configuration,
      shelf: shelf)
  }
}

/// The weights of a model, and where they come from.
package struct LoadedWeights: Sendable {
  /// By `Parameter.name`; without those that were allowed to be missing.
  package let tensors: [String: Tensor]
  /// How file and network correspond; it has the file's SHA-256.
  package let report: LoadReport
  package let location: WeightStore.Located
}

extension WeightStore {
  /// Finds, if need be downloads, and loads the weights of a model; `nil` when none are wanted.
  ///
  /// - Parameters:
  ///   - allowMissing: shell patterns of parameters that the file may lack.
  ///   - progress: of a download; bytes so far and, when known, in all; called on another thread.
  /// - Throws: `WeightStoreError` when there is no file, `WeightFileError` when it does not fit.
  package func load(
    _ model: Model, _ choice: Base.Source.Weights = .published, allowMissing: [String] = [],
    progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws -> LoadedWeights? {
    guard let located = try locate(choice, for: model, progress: progress) else { return nil }
    let file = try KerasWeightFile(located.url)
    do throws(WeightFileError) {
      let (tensors, report) = try file.load(
        model.network.parameters, for: model.name, allowMissing: allowMissing,
        mayBeUnused: model.top == .features ? model.classifierLayers : [],
        adaptation: model.channels == 1
          ? ChannelAdaptation(Set(model.inputParameters.map(\.name)), model.adapted) : nil,
        outputs: model.top == .features ? model.network.outputShape.count : nil,
        flattening: model.network.flattenedMaps)
      return LoadedWeights(tensors: tensors, report: report, location: located)
    } catch {
      guard let alpha = Self.alpha(of: file, like: model) else { throw error }
      throw WeightFileError(
        .bad,
        sentence:
          "'\(file.name)' is for \(model.name) of width \(alpha), not \(model.alpha ?? 1); give "
          + "\(.alpha(alpha))")
    }
  }

  /// The width that a model would have to have for a file to fit it; `nil` if none is found.
  private static func alpha(of file: KerasWeightFile, like model: Model) -> Double? {
    guard let alpha = model.alpha else { return nil }
    let report = file.report(on: model.network.parameters, of: model.name)
    // The first kernels are narrower by the factor itself, or by what is left of it when rounded.
    let ratios = (report.misshapen.prefix(8) + report.misshapen.suffix(8)).flatMap { tensor in
      let ratio = alpha * Double(tensor.found.channels) / Double(max(1, tensor.expected.channels))
      return [(ratio * 20).rounded() / 20, (ratio * 100).rounded() / 100, ratio]
    }
    let published = Model.catalogue.filter { $0.name == model.name }.compactMap(\.alpha)
    var candidates: [Double] = []
    for candidate in published + ratios where !candidates.contains(candidate) && candidate != alpha
    {
      candidates.append(candidate)
    }
    return candidates.first { candidate in
      guard
        let other = try? Model.named(
          model.name, alpha: candidate, imageSize: model.imageSize, channels: model.channels,
          top: model.top)
      else { return false }
      let report = file.report(
        on: other.network.parameters, of: other.name)
      return report.missing.isEmpty && report.misshapen.isEmpty
    }
  }

  /// Widths for which weights are published, as a phrase behind a message; empty if there is but one.
  private static func publishedWidths(of model: Model) -> String {
    let widths = Model.catalogue.filter { $0.name == model.name && !$0.weights.files.isEmpty }
      .compactMap(\.alpha)
    let distinct = Set(widths).sorted().map { "\($0)" }
    return distinct.isEmpty ? "" : " (they are for alpha \(distinct.joined(separator: ", ")))"
  }

  /// The weight file for a model; `nil` when none is wanted.
  /// - Throws: `WeightStoreError`, also when nobody publishes weights of this variant.
  package func locate(
    _ choice: Base.Source.Weights, for model: Model,
    progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws(WeightStoreError) -> Located? {
    switch choice {
    case .none: return nil
    case .file(let path): return try existing(URL(filePath: path))
    case .published: break
    }
    guard let file = model.weightFile else {
      let width = model.alpha.map { " with alpha \($0)" } ?? ""
      throw WeightStoreError(
        .missing,
        sentence: "no weights are published for \(model.name)\(width) at image size "
          + "\(model.imageSize)\(Self.publishedWidths(of: model)); give \(.weightFile), or \(.randomWeights)"
      )
    }
    let item = Item(
      file, smallestCount: model.network.parameters.reduce(0) { $0 + $1.shape.count })
    // A copy with classifier serves features too, and saves a download.
    if model.top == .features, find(item) == nil, let top = model.weightFiles?.top,
      let url = find(Item(top))
    {
      return Located(url: url, downloadedSHA256: nil)
    }
    // First: what is fetched without it would be found without it ever after.
    if item.shelf == .hub, find(item) == nil, !isOffline {
      _ = try fetch(item.configuration, progress: { _, _ in })
    }
    return try fetch(item, progress: progress)
  }
}
