import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Finds for photos those among others that a network takes for the most alike: the nearest, by Euclidean distance,
/// in what its last layer reads.
package struct NeighbourJob: Hashable, Sendable {
  /// Where network and weights come from.
  package var source: FeatureJob.Source
  /// A photo, or as `FeatureJob.data`.
  package var data: String
  /// As `FeatureJob.data`; `nil`: the photos that the run was trained on.
  package var among: String?
  /// How many are sought for each photo.
  package var count = 5
  package var backend = BackendChoice.oneDNN
  package var batchSize = 32
  package var maximumPixels = 100_000_000

  package init(_ source: FeatureJob.Source, data: String, among: String?) {
    self.source = source
    self.data = data
    self.among = among
  }

  /// - Throws: as `FeatureJob.run`; `UsageError` when it is not said among which photos to seek.
  package func run(
    pool: WorkerPool, onDownload: @escaping DownloadProgress = { _, _ in },
    progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> NeighbourReport {
    let asked = try PhotoSet(data, maximumPixels: maximumPixels, pool: pool)
    let others = try reference(pool)
    let network = try FeatureNetwork(source, node: lastHidden, onDownload)
    guard network.network.outputShape.rank == 1 else {
      throw UsageError(
        "'\(network.network[network.network.output].name)' gives \(network.network.outputShape), expected "
          + "a vector to measure distances of")
    }
    let runner = PhotoRunner(
      network: network.network, tensors: network.tensors, preprocessing: network.preprocessing,
      views: [.evaluation(network.resize)], backend: backend, precision: .float32,
      batchSize: batchSize, maximumPixels: maximumPixels)
    let total = asked.photos.count + others.photos.count
    var done = 0
    func count() {
      done += 1
      progress(done, total)
    }
    let reference = try VectorSet(others, runner, pool, count)
    guard !reference.photos.isEmpty else {
      let example = reference.skipped.first.map { ", for example '\($0.path)': \($0.reason)" } ?? ""
      throw DataError(
        .missing,
        "none of the \(others.photos.count) photos to seek among can be read below '\(others.root.relativePath)'\(example)"
      )
    }
    let questions = try VectorSet(asked, runner, pool, count)
    return NeighbourReport(
      questions, among: reference, count: self.count, advice: network.advice)
  }

  /// The node that the last layer of a run's network reads, where its head has hidden layers; else `nil`: the pooled
  /// features.
  private var lastHidden: String? {
    get throws {
      guard case .run(let path) = source else { return nil }
      let run = try Run(URL(filePath: path))
      let base = try run.base().network
      let whole = try run.network(base: base)
      guard let head = whole.node(named: run.record.head), let read = whole[head].inputs.first,
        read.index >= base.nodes.count
      else { return nil }
      return whole[read].name
    }
  }

  private func reference(_ pool: WorkerPool) throws -> PhotoSet {
    if let among { return try PhotoSet(among, maximumPixels: maximumPixels, pool: pool) }
    guard case .run(let path) = source else {
      throw UsageError(
        "it is not said among which photos to seek; name a folder of photos or a list")
    }
    let photos = try Run(URL(filePath: path)).photos
    return PhotoSet(photos, Array(photos.all[photos.training]))
  }
}

/// Photos with their classes' names.
struct PhotoSet {
  let root: URL
  private let classes: [String]
  private let labelling: Labelling
  let photos: [Photo]

  /// Some of the photos of a folder or list.
  init(_ all: Photos, _ some: [Photo]) {
    (root, classes, labelling, photos) = (all.root, all.classes, all.labelling, some)
  }

  /// One photo, or all of a folder or a list.
  init(_ path: String, maximumPixels: Int, pool: WorkerPool) throws {
    let url = URL(filePath: path)
    if FileStatus(path)?.kind == .file, !["csv", "tsv"].contains(url.pathExtension.lowercased()) {
      let photo = Photo(path: path)
      self.init(Photos(root: URL(filePath: "."), classes: [], splits: [.all: [photo]]), [photo])
      return
    }
    let scanned = try Photos.scanAll(
      url, maximumPixels: maximumPixels, cache: .standard, pool: pool)
    let sorted = scanned.all.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    self.init(scanned, sorted)
  }

  /// From the current folder.
  func path(of photo: Photo) -> String {
    guard !photo.path.isAbsolutePath, root.relativePath != "." else { return photo.path }
    let path = root.appending(path: photo.path).relativePath
    // A scan has made the folder absolute; below the current one paths are as a user would name them.
    return path.path(below: FileManager.default.currentDirectoryPath) ?? path
  }

  /// Its class, or its classes as a list has them; `nil` where nothing is known.
  func name(of photo: Photo) -> String? {
    photo.label < 0 ? nil : labelling.text(of: photo.label, classes)
  }
}

/// Photos with a vector each; those that cannot be read are left out.
struct VectorSet {
  var photos: [NeighbourReport.Photo] = []
  var values: [Float] = []
  let dimension: Int
  var skipped: [SkippedPhoto] = []

  init(_ set: PhotoSet, _ runner: PhotoRunner, _ pool: WorkerPool, _ done: () -> Void) throws {
    dimension = runner.network.outputShape.count
    try runner.run(set.photos, below: set.root, pool: pool) { index, outcome in
      let photo = set.photos[index]
      switch outcome {
      case .success(let vector):
        photos.append(NeighbourReport.Photo(path: set.path(of: photo), class: set.name(of: photo)))
        values += vector
      case .failure(let error):
        skipped.append(SkippedPhoto(path: photo.path, reason: error.message))
      }
      done()
    }
  }

  func vector(_ index: Int) -> [Float] {
    Array(values[index * dimension..<(index + 1) * dimension])
  }
}
