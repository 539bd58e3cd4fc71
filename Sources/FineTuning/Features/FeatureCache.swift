import Files
import Foundation
import Glibc
import ImagePipeline
import TensorKernels

/// Pooled features on disk, so that no photo goes through the same frozen base twice.
///
/// One file holds the features of one key: everything that decides what the numbers are, apart from
/// the photo, which is known by the digest of its bytes. A renamed or copied photo is found again, a
/// changed one is not. A file that is damaged, or that is not what its name says, is as good as
/// none.
package struct FeatureCache: Sendable {
  /// Everything but the photo that features depend on.
  package struct Key: Codable, Hashable, Sendable {
    /// The sha256 of the weight file, in hexadecimal digits.
    package var weightsDigest: String
    /// The network, for example `mobilenetv2`, with its width if it has one.
    package var network: String
    /// The name of the node whose output this is.
    package var node: String
    package var dimension: Int
    package var preprocessing: Preprocessing
    package var view: PhotoView
    /// `[height, width]` in pixels.
    package var imageSize: [Int]
    package var backend: String
    package var precision: String
    /// The libraries that decode and compute, with their versions and the instruction set: another
    /// one rounds differently.
    package var library: String

    package init(
      weightsDigest: String, network: String, node: String, dimension: Int,
      preprocessing: Preprocessing, view: PhotoView, imageSize: [Int], backend: String,
      precision: String = Precision.float32.rawValue, library: String
    ) {
      self.weightsDigest = weightsDigest
      self.network = network
      self.node = node
      self.dimension = dimension
      self.preprocessing = preprocessing
      self.view = view
      self.imageSize = imageSize
      self.backend = backend
      self.precision = precision
      self.library = library
    }

    /// The same text for equal keys.
    var canonical: Data {
      get throws { try CanonicalJSON.line(self) }
    }
  }

  /// The features of a key: rows by the digest of the photo.
  package struct Rows: Sendable {
    let matrix: FeatureMatrix
    private let digests: [String]
    private let positions: [String: Int]

    init(_ contents: FeatureFile.Contents) {
      matrix = contents.matrix
      digests = contents.digests
      positions = Dictionary(
        contents.digests.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var dimension: Int { matrix.dimension }

    package var count: Int { digests.count }

    /// A copy of the features of a photo, if they are known.
    package subscript(digest: String) -> [Float]? { row(digest).map { matrix[$0] } }

    /// Which row a photo has.
    func row(_ digest: String) -> Int? { positions[digest] }

    /// Adds the rows to a file in the making.
    func add(to draft: FeatureFile.Draft, where isKept: (String) -> Bool) {
      for (row, digest) in digests.enumerated() where isKept(digest) {
        matrix.withRow(row) { draft.add(digest, $0) }
      }
    }
  }

  /// Where the files are.
  package let folder: URL
  /// The size beyond which a file is not read, and rows of other photos are not kept, in bytes.
  package let limit: Int

  /// - Parameter folder: by default `$FINETUNE_CACHE`, else `~/.cache/finetune`.
  package init(folder: URL? = nil, limit: Int = 2 << 30) {
    self.folder = folder ?? CacheFolder.standard
    self.limit = limit
  }

  /// The file of a key.
  package func file(for key: Key) throws -> URL {
    let name = ContentDigest(try key.canonical).hexadecimal
    return folder.appending(path: "\(name.prefix(40)).features")
  }

  /// What is known under a key: nothing when there is no file, or no sound one.
  package func load(_ key: Key) -> Rows {
    guard let file = try? file(for: key), let canonical = try? key.canonical,
      let contents = FeatureFile.read(
        file, key: canonical, dimension: key.dimension, limit: limit)
    else { return Rows(.init(matrix: FeatureMatrix(dimension: key.dimension), digests: [])) }
    return Rows(contents)
  }

  /// Begins the file that will replace that of a key: with what is known, and room for more.
  ///
  /// Where all would take more than the limit, of what is known only the rows of some photos stay.
  /// - Parameter digests: of those photos.
  /// - Returns: `nil` where these and the new ones would still take more.
  /// - Throws: `RunError`. A run can do without its cache: say so and go on.
  func draft(
    for key: Key, known: Rows, keeping digests: Set<String>, adding count: Int
  ) throws(RunError) -> FeatureFile.Draft? {
    let (file, canonical) = try place(of: key)
    func fits(_ rows: Int) -> Bool {
      FeatureFile.byteCount(rows: rows, dimension: key.dimension, key: canonical) <= limit
    }
    let keepsAll = fits(known.count + count)
    let kept = keepsAll ? known.count : digests.count { known.row($0) != nil }
    guard fits(kept + count) else { return nil }
    let draft = try FeatureFile.Draft(
      file, key: canonical, dimension: key.dimension, capacity: kept + count)
    known.add(to: draft) { keepsAll || digests.contains($0) }
    return draft
  }

  /// Replaces the file of a key.
  /// - Parameter rows: the features by the sha256 of the photo, in hexadecimal digits.
  /// - Throws: `RunError`.
  package func store(_ rows: KeyValuePairs<String, [Float]>, for key: Key) throws(RunError) {
    let (file, canonical) = try place(of: key)
    let draft = try FeatureFile.Draft(
      file, key: canonical, dimension: key.dimension, capacity: rows.count)
    for (digest, values) in rows {
      precondition(values.count == key.dimension, "a row has \(key.dimension) features")
      values.withUnsafeBufferPointer { values in
        if let start = values.baseAddress { draft.add(digest, start) }
      }
    }
    try draft.finish()
  }

  /// Where the file of a key belongs, in a folder that exists.
  private func place(of key: Key) throws(RunError) -> (file: URL, canonical: Data) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError(
        .cannotCreate,
        "the cache '\(folder.path)' cannot be created: \(error.localizedDescription);"
          + " set FINETUNE_CACHE to a folder that can")
    }
    do {
      return (try file(for: key), try key.canonical)
    } catch {
      throw RunError(.cannotCreate, "the key of the cache cannot be written: \(error)")
    }
  }
}
