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
      case nil: .none
      }
    self.init(
      fileName: file.fileName, folder: file.folder, digest: digest, site: file.site,
      smallestCount: smallestCount)
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
    let (tensors, report) = try KerasWeightFile(located.url).load(
      model.network.parameters, for: model.name, allowMissing: allowMissing,
      mayBeUnused: model.top == .features ? model.classifierLayers : [],
      adaptation: model.channels == 1
        ? ChannelAdaptation(Set(model.inputParameters.map(\.name)), model.adapted) : nil)
    return LoadedWeights(tensors: tensors, report: report, location: located)
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
          + "\(model.imageSize); give \(.weightFile), or \(.randomWeights)")
    }
    let item = Item(
      file, smallestCount: model.network.parameters.reduce(0) { $0 + $1.shape.count })
    // A copy with classifier serves features too, and saves a download.
    if model.top == .features, find(item) == nil, let top = model.weightFiles?.top,
      let url = find(Item(top))
    {
      return Located(url: url, downloadedSHA256: nil)
    }
    return try fetch(item, progress: progress)
  }
}
