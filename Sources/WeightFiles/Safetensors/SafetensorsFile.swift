import Files
import TensorKernels

/// A safetensors file that is open for reading, whose content is not trusted: eight bytes with the
/// length of a JSON header, the header, and the tensors' bytes without a gap.
struct SafetensorsFile: ~Copyable {
  private struct Tensor {
    let name: String
    let shape: Shape
    let type: ElementType
    /// In the file.
    let bytes: Range<Int>
  }

  private let bytes: FileBytes
  /// In the order of their bytes.
  private let tensors: [Tensor]
  private let positions: [String: Int]
  /// The texts that go with the tensors.
  let metadata: [String: String]
  /// The digests that were written beside the tensors, by their names; none in files of others.
  private let digests: [String: String]

  private static let elementTypes: [String: (type: ElementType, size: Int)] = [
    "F64": (.float64, 8), "F32": (.float32, 4), "F16": (.float16, 2), "BF16": (.bfloat16, 2),
    "I64": (.integer(bits: 64), 8), "I32": (.integer(bits: 32), 4), "I16": (.integer(bits: 16), 2),
    "I8": (.integer(bits: 8), 1), "U64": (.integer(bits: 64), 8), "U32": (.integer(bits: 32), 4),
    "U16": (.integer(bits: 16), 2), "U8": (.integer(bits: 8), 1),
    "BOOL": (.other("truth values"), 1),
  ]

  /// Takes the file's bytes for itself and reads the header.
  init(_ bytes: consuming FileBytes) throws(FormatError) {
    guard let start = bytes.bytes(at: 0, 8) else { throw FormatError("is cut short") }
    let length = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: length), count <= JSONParser.largestByteCount else {
      throw FormatError("declares a header of \(length) bytes, more than is read")
    }
    guard let text = bytes.bytes(at: 8, count) else {
      throw FormatError(
        "is cut short: it ends after \(bytes.byteCount) bytes, within a header of \(count); download "
          + "or copy it again")
    }
    let header: JSONValue
    do throws(FormatError) {
      header = try JSONParser.parse(text)
    } catch {
      throw FormatError("has bad JSON in its header: \(error.message)")
    }
    guard let items = header.object else { throw FormatError("has a header that is no object") }
    var found: [Tensor] = []
    for (name, item) in items where name != "__metadata__" {
      found.append(try Self.tensor(name, item, data: 8 + count))
    }
    found.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name)
        < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
    }
    var end = 8 + count
    for tensor in found {
      guard tensor.bytes.lowerBound == end else {
        let what = tensor.bytes.lowerBound < end ? "overlap" : "leave a gap"
        throw FormatError(
          "has tensors that \(what): '\(tensor.name)' begins at byte \(tensor.bytes.lowerBound), "
            + "expected \(end)")
      }
      end = tensor.bytes.upperBound
    }
    guard end <= bytes.byteCount else {
      throw FormatError(
        "is cut short: it ends after \(bytes.byteCount) bytes of \(end); download or copy it again")
    }
    guard end == bytes.byteCount else {
      throw FormatError("has \(bytes.byteCount - end) bytes behind its last tensor")
    }
    var texts = items["__metadata__"]?.object?.compactMapValues(\.string) ?? [:]
    let digests = try Self.digests(texts.removeValue(forKey: ValueDigest.name), texts)
    self.bytes = bytes
    self.digests = digests
    metadata = texts
    tensors = found
    positions = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.name, $0) })
  }

  /// The digests of the tensors, where these are written beside them.
  /// - Throws: `FormatError` where the other texts are not those that were written.
  private static func digests(_ text: String?, _ texts: [String: String]) throws(FormatError)
    -> [String: String]
  {
    guard let text else { return [:] }
    guard let all = try? JSONParser.parse(text.utf8).object?.compactMapValues(\.string),
      all[""] == ValueDigest.of(texts)
    else {
      throw FormatError("is damaged: its header is not the one that was written")
    }
    return all
  }

  private static func tensor(_ name: String, _ item: JSONValue, data: Int) throws(FormatError)
    -> Tensor
  {
    guard let typeName = item["dtype"]?.string, let list = item["shape"]?.list,
      let offsets = item["data_offsets"]?.list, offsets.count == 2,
      let start = offsets[0].int, let end = offsets[1].int, start >= 0, end >= start,
      end <= Int.max / 2
    else { throw FormatError("does not say type, shape and place of '\(name)'") }
    guard let (type, size) = elementTypes[typeName] else {
      throw FormatError("stores '\(name)' as \(typeName.prefix(20)), which is not read")
    }
    var dimensions: [Int] = []
    for item in list {
      guard let dimension = item.int, dimension >= 0 else {
        throw FormatError("has a shape of '\(name)' that is none")
      }
      dimensions.append(dimension)
    }
    guard let shape = Shape(declared: dimensions) else {
      throw FormatError("declares an impossible size for '\(name)'")
    }
    let byteCount = shape.count * size
    guard end - start == byteCount else {
      throw FormatError(
        "has \(end - start) bytes for '\(name)', expected \(byteCount) for \(shape) of \(type)")
    }
    return Tensor(name: name, shape: shape, type: type, bytes: data + start..<data + end)
  }

  /// The tensors under Keras's names, `layer/kernel`, `layer.kernel` or `layer/kernel:0`, or PyTorch's.
  func content() throws(FormatError) -> WeightFileContent {
    if TorchNames.areThese(tensors.map(\.name)) {
      var content = WeightFileContent(.torchSafetensors)
      content.entries = TorchNames.entries(
        of: tensors.map { .init(name: $0.name, shape: $0.shape, type: $0.type) })
      return content
    }
    var content = WeightFileContent(.safetensors)
    var counts: [String: Int] = [:]
    for tensor in tensors {
      let keys = KerasTensorName(flat: tensor.name)
      let (models, layer) = (keys.models, keys.displayLayer)
      let place = (models + [layer]).joined(separator: "/")
      let index = counts[place, default: 0]
      counts[place] = index + 1
      content.entries.append(
        KerasWeightFile.Entry(
          name: "\(layer)/\(keys.role)", path: tensor.name, models: models, layer: layer,
          role: keys.role, index: index, shape: tensor.shape, type: tensor.type,
          layers: keys.layers))
    }
    return content
  }

  /// The SHA-256 of all bytes; `nil` where they cannot be read.
  func sha256() -> String? { bytes.sha256() }

  /// All tensors as Float32, under the names that they have in the file.
  func contents() throws(FormatError) -> [String: TensorKernels.Tensor] {
    var result: [String: TensorKernels.Tensor] = [:]
    for tensor in tensors {
      result[tensor.name] = TensorKernels.Tensor(tensor.shape, try floats(of: tensor.name))
    }
    return result
  }

  /// The values of the tensor of this name as Float32.
  func floats(of name: String) throws(FormatError) -> [Float] {
    guard let position = positions[name] else { throw FormatError("has no '\(name)'") }
    let tensor = tensors[position]
    let values = try bytes.floats(
      at: tensor.bytes.lowerBound, tensor.shape.count, tensor.type, tensor.name)
    try ValueDigest.require(digests[name], of: values, tensor.shape, at: name)
    return values
  }
}
