import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// Bytes so far and, when known, in all; called on another thread.
public typealias DownloadProgress = @Sendable (_ received: Int, _ total: Int?) -> Void

extension Base {
  /// A base by its name, with its published weights, downloaded unless they are there.
  /// - Throws: as `init(_:seed:onDownload:)` for a source.
  public init(_ name: String) async throws { try await self.init(Source(name)) }

  /// A base as a user names it, on a thread of its own.
  /// - Parameters:
  ///   - source: a model of the zoo or a Keras file, and which weights it starts from; it must read
  ///     photos.
  ///   - seed: for random weights.
  ///   - onDownload: called on another thread.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`, `UsageError`.
  public init(
    _ source: Source, seed: UInt64 = 0, onDownload: @escaping DownloadProgress = { _, _ in }
  ) async throws {
    self = try await onOwnThread { _ in try Base(loading: source, seed: seed, onDownload) }
  }

  /// The same on this thread, which waits for a download.
  package init(
    loading source: Source, seed: UInt64 = 0,
    _ onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws {
    try source.model(.features).requirePhotos()
    self.init(try source.load(.features, seed: seed, progress: onDownload), source)
  }

  /// The base as `init(loading:)` gives it, but nothing is downloaded: where weights would be, the network
  /// has random values in their place, good for estimates only.
  /// - Returns: the base, and the name of the file that a training would download.
  /// - Throws: as `init(loading:)`.
  package static func withoutDownload(
    _ source: Source, seed: UInt64
  ) throws -> (base: Base, missing: String?) {
    var local = source
    local.isOffline = true
    do {
      return (try Base(loading: local, seed: seed), nil)
    } catch let error as WeightStoreError where error.kind == .missing && !source.isOffline {
      guard source.weights == .published, let file = try source.model(.features).weightFile else {
        throw error
      }
      local.weights = .none
      var base = try Base(loading: local, seed: seed)
      base.weights = .pretrained(sha256: "")
      base.source = source
      return (base, file.title)
    }
  }

  /// - Precondition: the model's top is `.features`.
  init(_ loaded: PretrainedModel, _ source: Source) {
    precondition(loaded.model.top == .features, "a base ends in features")
    self.init(
      name: loaded.model.name, alpha: loaded.model.alpha, network: loaded.model.network,
      tensors: loaded.tensors,
      weights: loaded.report.map { .pretrained(sha256: $0.sha256) } ?? .random,
      preprocessing: loaded.model.preprocessing)
    architecture = loaded.architecture
    (resize, cropping, resizeNote) = (loaded.resize, loaded.cropping, loaded.resizeNote)
    self.source = source
    file = loaded.file
    report = loaded.report
    restriction = loaded.restriction
    licence = loaded.licence
    notes = loaded.notes
  }
}

extension Base {
  /// The base with an input of another size and the same weights.
  /// - Parameter size: height and width in pixels.
  /// - Returns: `nil` for a base with a configuration of its own, or whose weights belong to one size.
  package func resized(to size: Int) -> Base? {
    guard var source, architecture == nil else { return nil }
    source.imageSize = ImageSize(side: size)
    guard let model = try? source.model(.features),
      model.network.parameters == network.parameters
    else { return nil }
    var base = self
    base.network = model.network
    return base
  }
}

extension Base.Source {
  /// The network, without weights.
  /// - Throws: `ModelError`; for a file `WeightFileError` and `UsageError`; for a run `RunError`, too.
  public func model(_ top: Model.Top) throws -> Model {
    if isRun { return try runBase().model(top) }
    if isTimmFolder {
      return try TimmFolder(name).model(top, imageSize: imageSize, channels: channels)
    }
    if isFile { return try fileBase().model(top) }
    try checkZooOptions()
    return try Model.named(
      name, alpha: alpha, imageSize: imageSize, channels: channels, top: top)
  }

  /// How photos are brought to this base's size by a user's choice; `nil`: without one.
  /// - Throws: as `model(_:)`.
  package func view(_ chosen: ResizePolicy?) throws -> ResizePolicy {
    if isRun {
      let run = try runBase()
      return ResizePolicy(chosen, usual: run.resize, cropping: run.cropping)
    }
    guard isFile, !isTimmFolder else {
      let usual = try model(.features).resize
      return ResizePolicy(chosen, usual: usual, cropping: usual)
    }
    let file = try fileBase()
    return ResizePolicy(chosen, usual: file.resize, cropping: file.cropping)
  }

  /// Finds the weights, downloading them if need be, and reads them.
  ///
  /// - Parameter seed: for random weights.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`, `UsageError`, `RunError`.
  package func load(
    _ top: Model.Top, seed: UInt64 = 0, progress: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    if isRun {
      return try runBase().load(top, weights, allowMissing: allowMissing, seed: seed)
    }
    if isTimmFolder {
      let folder = try TimmFolder(name)
      return try PretrainedModel(
        folder.model(top, imageSize: imageSize, channels: channels),
        weights == .published ? folder.source : weights, allowMissing: allowMissing, seed: seed,
        store: WeightStore(isOffline: true))
    }
    if isFile {
      return try fileBase().load(top, weights, allowMissing: allowMissing, seed: seed)
    }
    return try PretrainedModel(
      model(top), weights, allowMissing: allowMissing, seed: seed,
      store: WeightStore(isOffline: isOffline), progress: progress)
  }

  /// - Throws: `UsageError`, `RunError`.
  private func runBase() throws -> RunBase {
    try checkOwnShape()
    if preprocessing != nil {
      throw UsageError(
        sentence:
          "\(.without(.preprocessing)) is for a base that is a file; the run '\(name)' has its own")
    }
    return try RunBase(name, imageSize: imageSize)
  }

  private func checkOwnShape() throws(UsageError) {
    if alpha != nil || channels != nil {
      throw UsageError(
        sentence:
          "\(.without(.alpha)) and \(.without(.channels)) are for models of the zoo; '\(name)' says its own"
      )
    }
  }

  /// - Throws: `UsageError`, `WeightFileError`.
  private func fileBase() throws -> FileBase {
    try checkOwnShape()
    return try FileBase(name, imageSize: imageSize, preprocessing: preprocessing)
  }

  /// - Throws: `UsageError`.
  private func checkZooOptions() throws {
    if preprocessing != nil {
      throw UsageError(
        sentence: "\(.without(.preprocessing)) is for a base that is a file; \(name) has its own")
    }
  }
}
