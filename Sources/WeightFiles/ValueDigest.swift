import Files
import TensorKernels

/// Digests beside what this program stores, so that other numbers than those that were written are never read:
/// neither HDF5 nor safetensors has any of its own.
enum ValueDigest {
  /// The attribute of a dataset, and of the root for what is said of a model; a text of a safetensors header.
  static let name = "finetune_sha256"

  /// Of values and how they are laid out.
  static func of(_ values: [Float], _ shape: Shape) -> String {
    var digest = ContentDigest()
    digest.add("\(shape)")
    values.withUnsafeBytes { digest.add($0) }
    return digest.hexadecimal
  }

  /// Of texts by name.
  static func of(_ texts: [String: String]) -> String {
    var digest = ContentDigest()
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      // The lengths, so that no text can pass for a part of its neighbour.
      digest.add("\(name.utf8.count) \(text.utf8.count) \(name)\(text)")
    }
    return digest.hexadecimal
  }

  /// - Parameter stored: what was written beside the values; `nil` in files of others.
  /// - Throws: `FormatError` where the values are not those that were written.
  static func require(_ stored: String?, of values: [Float], _ shape: Shape, at place: String)
    throws(FormatError)
  {
    guard let stored, stored != of(values, shape) else { return }
    throw FormatError(
      "is damaged: '\(place)' does not hold the numbers that were written; copy or export it again")
  }
}
