import Files
import Foundation
import TensorKernels

/// Writes features of images: `/path` (UTF-8 strings), `/label` (32-bit integers, −1 for none), `/features` (Float32,
/// `[images] + shape`) and, where there are targets, `/labels` (Float32, `[images, classes]`).
///
/// - Parameters:
///   - paths: one for each image.
///   - labels: one for each image.
///   - targets: for each image and class 1 where it has the class, else 0; `nil` where a label says it.
///   - features: `paths.count · shape.count` values, image by image.
///   - shape: of one image's features, `[d]` for pooled ones.
///   - notes: strings to be stored as attributes of the file, for example the base's name.
///   - url: written atomically; the same features give the same bytes.
/// - Precondition: the counts agree.
/// - Throws: `WeightFileError`: `cannotCreate`, `inputOutput`.
public func writeFeatures(
  paths: [String], labels: [Int], targets: [Float]? = nil, features: [Float], shape: Shape,
  notes: [String: String] = [:],
  to url: URL
) throws(WeightFileError) {
  precondition(
    labels.count == paths.count && features.count == paths.count * shape.count,
    "\(paths.count) paths, \(labels.count) labels, \(features.count) features of shape \(shape)")
  try HDF5Image.write(to: url, expectedByteCount: features.count * 4) { image throws(FormatError) in
    try image.add(dataset: "/path", paths)
    try image.add(dataset: "/label", labels.map { Int32(clamping: $0) })
    if let targets, !paths.isEmpty {
      let classes = targets.count / paths.count
      try image.add(dataset: "/labels", Shape([paths.count, classes]), targets)
    }
    try image.add(dataset: "/features", Shape([paths.count] + shape.dimensions), features)
    for (name, note) in notes.sorted(by: { $0.key < $1.key }) {
      try image.set(name, of: "/", toLong: note)
    }
  }
}
