import Foundation

/// A row of the table that `Tools/keras/parity_table.py` makes: one model in one format on one backend, beside its peer,
/// Keras or PyTorch.
struct ParityRow: Encodable {
  var model: String
  var format: String
  var backend: String
  /// How the network came about: by name, or from the file's own configuration.
  var network: String
  var parameters: Int
  var peerParameters: Int
  /// The largest difference as a share of the largest magnitude.
  var logits: Double?
  var features: Double?
  /// By `early`, `middle`, `last`, or the name of the worst: our distance and the peer's own.
  var gradients: [Gradient] = []
  /// What went wrong, if the comparison could not be made.
  var failure: String?

  struct Gradient: Encodable {
    var which: String
    var ours: Double
    var peer: Double?
  }

  /// Appends the row to `rows.jsonl` beside the references, Keras's unless told otherwise.
  func write(to folder: URL? = ParityManifest.folder) throws {
    guard let url = folder?.appending(path: "rows.jsonl") else { return }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(self) + Data("\n".utf8)
    if let file = FileHandle(forWritingAtPath: url.path) {
      try file.seekToEnd()
      try file.write(contentsOf: line)
      try file.close()
    } else {
      try line.write(to: url)
    }
  }
}
