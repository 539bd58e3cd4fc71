import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import TensorKernels

/// A base that takes part in a search, as a user would name it.
package struct Contestant: Sendable {
  package let source: Base.Source
  /// Up to its features, without weights.
  package let model: Model
  /// Whether the user named it: then it must be usable.
  let isNamed: Bool
  /// What tables call it.
  fileprivate(set) var title: String

  /// - Throws: as `Base.Source.model`; `UsageError` for one that reads no photos.
  fileprivate init(_ source: Base.Source, isNamed: Bool) throws {
    self.source = source
    self.isNamed = isNamed
    model = try source.model(.features)
    try model.requirePhotos()
    title = source.isFile || source.isRun ? source.name : model.title
  }

  func candidate(seed: UInt64) -> BaseCandidate {
    let (source, isNamed) = (source, isNamed)
    return BaseCandidate(title: title, network: model.network) {
      do {
        return try Base(loading: source, seed: seed)
      } catch let error as any Remediable where !isNamed {
        throw UnusableBase(error)
      }
    }
  }

  /// Whether its weights are at hand.
  fileprivate var isHere: Bool {
    guard !source.isFile, !source.isRun else { return true }
    return (try? WeightStore(isOffline: true).locate(.published, for: model)) != nil
  }
}

extension BaseSearch {
  /// The bases that are compared; weights that may be and have to be are downloaded.
  /// - Parameter template: an image size that holds for all.
  /// - Throws: `ModelError`, `UsageError`, `WeightFileError`, `RunError` for a name that is none;
  ///   `WeightStoreError` where weights are not to be had.
  package func contestants(
    like template: Base.Source, onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> [Contestant] {
    var found = try candidates.flatMap { try named($0, like: template) }
    if candidates.isEmpty { found = try unnamed(like: template) }
    var known: Set<Base.Source> = []
    found = found.filter { known.insert($0.source).inserted }
    for contestant in found where !contestant.isHere {
      guard fetches else { throw notHere(contestant) }
      _ = try WeightStore(isOffline: template.isOffline).locate(
        .published, for: contestant.model, progress: onDownload)
    }
    guard !found.isEmpty else { throw nothingHere }
    return found.telling
  }

  /// What a name stands for.
  private func named(_ name: String, like template: Base.Source) throws -> [Contestant] {
    var source = Base.Source(name)
    source.imageSize = template.imageSize
    guard !source.isFile, !source.isRun else { return [try Contestant(source, isNamed: true)] }
    let words = name.split(separator: " ")
    if words.count == 2, let alpha = Double(words[1]) {
      (source.name, source.alpha) = (String(words[0]), alpha)
    }
    let usual = try Contestant(source, isNamed: true)
    let here = try atHand(like: template, isNamed: true) { entry in
      entry.name == usual.model.name && (source.alpha == nil || entry.alpha == source.alpha)
    }
    return here.isEmpty ? [usual] : here
  }

  /// Those of the catalogue that are at hand, and if more may be fetched what is worth it.
  private func unnamed(like template: Base.Source) throws -> [Contestant] {
    let here = try atHand(like: template, isNamed: false) { _ in true }
    guard fetches else { return here }
    return here
      + (try Model.families.filter(\.startsSmall).compactMap(\.start).compactMap {
        try contestant($0, like: template, isNamed: false)
      })
  }

  private func atHand(
    like template: Base.Source, isNamed: Bool, where isWanted: (CatalogueEntry) -> Bool
  ) throws -> [Contestant] {
    try WeightCatalogue.entries(in: WeightStore(isOffline: true)).filter(isWanted).compactMap {
      try contestant($0, like: template, isNamed: isNamed)
    }.filter(\.isHere)
  }

  /// A variant of the catalogue; `nil` where its family has no such size of input, or is not for photos.
  private func contestant(
    _ entry: CatalogueEntry, like template: Base.Source, isNamed: Bool
  ) throws -> Contestant? {
    var source = Base.Source(entry.name)
    source.alpha = entry.alpha
    source.imageSize = template.imageSize
    guard let usual = try? Contestant(source, isNamed: isNamed) else { return nil }
    // The usual size is not said, so that a plan may take another.
    let size = ImageSize(side: entry.imageSize)
    guard template.imageSize == nil, size != usual.model.imageSize else { return usual }
    source.imageSize = size
    return try Contestant(source, isNamed: isNamed)
  }

  private func notHere(_ contestant: Contestant) -> WeightStoreError {
    WeightStoreError(
      .missing,
      sentence:
        "the weights of \(contestant.title) are not at hand: \(.fetch(model: contestant.model.name)) brings"
        + " them, or \(.fetchCandidates) before they are compared")
  }

  private var nothingHere: WeightStoreError {
    let folders = WeightStore(isOffline: true).folders.map { "'\($0.path)'" }
    return WeightStoreError(
      .missing,
      sentence:
        "there is no base to choose from: published weights are in none of \(folders.joined(separator: ", "));"
        + " bring some with \(.fetch(model: "mobilenetv2")) or with \(.fetchCandidates), or name files and"
        + " runs with \(.nameCandidates)")
  }
}

extension [Contestant] {
  /// With the size in the titles of those that have the same.
  fileprivate var telling: [Contestant] {
    let counts = reduce(into: [String: Int]()) { $0[$1.title, default: 0] += 1 }
    return map { contestant in
      var contestant = contestant
      if counts[contestant.title, default: 0] > 1 {
        contestant.title += " at \(contestant.model.imageSize)"
      }
      return contestant
    }
  }
}
