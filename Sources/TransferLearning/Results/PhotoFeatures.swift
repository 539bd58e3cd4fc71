import Files
import Foundation
import ImagePipeline
import TensorKernels
import WeightFiles

/// Features of photos, to be written as HDF5 or as CSV.
package struct PhotoFeatures: Sendable {
  /// Of one photo's features.
  package let shape: Shape
  /// What labels are indices of; none in a flat folder.
  package let classes: [String]
  /// What labels say.
  package let labelling: Labelling
  package internal(set) var skipped: [SkippedPhoto]
  /// What a user should know of the network, one line each.
  package let advice: [Sentence]
  private(set) var photos: [Photo] = []
  private var values: [Float] = []
  private let notes: [String: String]

  init(
    shape: Shape, classes: [String], labelling: Labelling, skipped: [SkippedPhoto],
    advice: [Sentence],
    notes: [String: String]
  ) {
    self.shape = shape
    self.classes = classes
    self.labelling = labelling
    self.skipped = skipped
    self.advice = advice
    self.notes = notes
  }

  /// The number of photos.
  package var images: Int { photos.count }

  mutating func reserve(_ count: Int) {
    photos.reserveCapacity(count)
    values.reserveCapacity(count * shape.count)
  }

  mutating func add(_ photo: Photo, _ features: UnsafeBufferPointer<Float>) {
    photos.append(photo)
    values += features
  }

  /// Writes them as HDF5: `/path`, `/label` (−1 for none) and `/features`; where photos have any number of classes
  /// `/labels`, which every label is −1 beside.
  /// - Throws: `WeightFileError`.
  package func writeHDF5(to file: URL) throws {
    let targets = photos.flatMap { photo -> [Float] in
      let own = Set(labelling.classes(of: photo.label))
      return classes.indices.map { own.contains($0) ? 1 : 0 }
    }
    try writeFeatures(
      paths: photos.map(\.path),
      labels: photos.map { labelling.isMultiLabel ? -1 : $0.label },
      targets: labelling.isMultiLabel ? targets : nil, features: values, shape: shape,
      notes: notes.merging(["classes": classes.joined(separator: "\n")]) { own, _ in own }, to: file
    )
  }

  /// Writes them as CSV (RFC 4180); see `csv`.
  /// - Throws: `FileError`.
  package func writeCSV(to file: URL) throws(FileError) {
    try AtomicFile.write(to: file) { put throws(FileError) in
      try csv { line throws(FileError) in
        var line = line + "\n"
        let outcome = line.withUTF8 { text in
          Result { () throws(FileError) in try put(UnsafeRawBufferPointer(text)) }
        }
        try outcome.get()
      }
    }
  }

  /// Hands over the lines of a table: `path`, `label` (the class's name, of several `cat|dog`; nothing in a flat folder) and the
  /// features, `f0` and so on. Numbers have as many digits as tell them apart.
  package func csv<Failure: Error>(_ body: (String) throws(Failure) -> Void) throws(Failure) {
    let width = shape.count
    try body((["path", "label"] + (0..<width).map { "f\($0)" }).joined(separator: ","))
    for (index, photo) in photos.enumerated() {
      let label = labelling.text(of: photo.label, classes)
      let numbers = values[index * width..<(index + 1) * width].map(\.description)
      try body(([photo.path.csvField, label.csvField] + numbers).joined(separator: ","))
    }
  }
}
