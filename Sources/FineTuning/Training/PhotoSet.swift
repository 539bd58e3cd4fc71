import Foundation
import ImagePipeline
import TensorKernels

/// The photos of a run: those to train on, then those to validate on, in one list.
struct PhotoSet: Sendable {
  let root: URL
  let photos: [Photo]
  /// Indices into `photos`.
  let training: [Int]
  let validation: [Int]
  let classes: [String]

  init(root: URL, split: SavedSplit) {
    self.root = root
    photos = split.train + split.validation
    training = Array(split.train.indices)
    validation = Array(split.train.count..<photos.count)
    classes = split.classes
  }

  func labels(_ indices: [Int]) -> [Int] { indices.map { photos[$0].label } }

  func imagesPerClass(_ indices: [Int]) -> [Int] {
    indices.reduce(into: [Int](repeating: 0, count: classes.count)) {
      $0[photos[$1].label] += 1
    }
  }
}

/// Values of some photos, one row each, in memory: feature maps that repeat from epoch to epoch.
final class MapStore: Sendable {
  let rowCount: Int
  private let buffer: FloatBuffer
  private let rows: [Int: Int]

  /// Room for the photos of the given indices.
  init(rowCount: Int, indices: [Int]) {
    self.rowCount = rowCount
    buffer = FloatBuffer(count: rowCount * indices.count)
    rows = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
  }

  /// Where the values of a photo are; `nil` if it has no room here.
  func row(_ index: Int) -> UnsafeMutablePointer<Float>? {
    rows[index].map { buffer.pointer + $0 * rowCount }
  }
}
