import Files
import Foundation
import TensorKernels

/// Tensors by name, with texts beside them: what a safetensors file holds.
///
/// Equal content gives equal bytes.
public struct Safetensors: Hashable, Sendable {
  /// Tensors by the names they have in the file.
  public var tensors: [String: Tensor]
  /// Texts of the file's header, under `__metadata__`; for example `format`.
  public var metadata: [String: String]

  /// What is to be written to a file.
  public init(_ tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file whose content is not trusted; numbers of other types become Float32.
  /// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is none or damaged.
  public init(contentsOf url: URL) throws(WeightFileError) {
    self = try OpenWeightFile(url).read { container throws(FormatError) in
      switch container {
      case .safetensors(let file):
        return Safetensors(try file.contents(), metadata: file.metadata)
      default: throw FormatError("is not a safetensors file")
      }
    }
  }

  /// Writes Float32 tensors in the order of their names; the file appears whole or not at all.
  /// - Throws: `WeightFileError`: `cannotCreate`, `inputOutput`.
  public func write(to url: URL) throws(WeightFileError) {
    let names = tensors.keys.sorted()
    let header = try header(of: names, for: url)
    do throws(FileError) {
      try AtomicFile.write(to: url) { put throws(FileError) in
        try hand(header, to: put)
        for name in names {
          guard let values = tensors[name]?.values else { continue }
          try hand(values, to: put)
        }
      }
    } catch {
      throw WeightFileError(error)
    }
  }

  private func hand<Element>(_ bytes: [Element], to put: AtomicFile.Put) throws(FileError) {
    var failure: FileError?
    bytes.withUnsafeBytes { bytes in
      do throws(FileError) { try put(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The digest of each tensor by its name, and under no name that of the texts: JSON.
  private func digests() throws(WeightFileError) -> String {
    var digests = tensors.mapValues { JSONValue.string(ValueDigest.of($0.values, $0.shape)) }
    digests[""] = .string(ValueDigest.of(metadata))
    return try JSONValue.object(digests).text()
  }

  /// The length in eight bytes, then JSON that spaces fill up, so that the tensors are aligned.
  private func header(of names: [String], for url: URL) throws(WeightFileError) -> [UInt8] {
    var items: [String: JSONValue] = [:]
    var texts = metadata
    texts[ValueDigest.name] = try digests()
    items["__metadata__"] = .object(texts.mapValues { .string($0) })
    var end = 0
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let start = end
      end += tensor.values.count * MemoryLayout<Float>.stride
      items[name] = .object([
        "dtype": .string("F32"), "shape": .list(tensor.shape.dimensions.map { .int($0) }),
        "data_offsets": .list([.int(start), .int(end)]),
      ])
    }
    guard var text = try? [UInt8](CanonicalJSON.line(JSONValue.object(items))) else {
      throw WeightFileError(.bad, "'\(url.lastPathComponent)': its texts cannot be JSON")
    }
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }
}
