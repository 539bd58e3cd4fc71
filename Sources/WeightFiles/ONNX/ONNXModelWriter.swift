import Files
import Foundation
import NeuralNetworks
internal import SwiftProtobuf
import TensorKernels

/// What an ONNX file reads and how it is stored.
public struct ONNXLayout: Hashable, Sendable {
  /// The type of the pixels that go in.
  public enum Pixels: String, Hashable, Sendable, CaseIterable {
    /// Numbers of 0...255.
    case float32
    /// Bytes.
    case uint8
  }

  /// The type of the pixels that go in.
  public var pixels: Pixels
  /// How photos of any size become the network's input; `nil`: pixels of that size go in.
  public var scaling: PhotoScaling?
  /// How kernels are stored.
  public var storage: ONNXStorage

  /// Float32 throughout, for pixels of the network's size, unless told otherwise.
  public init(
    pixels: Pixels = .float32, scaling: PhotoScaling? = nil, storage: ONNXStorage = .float32
  ) {
    self.pixels = pixels
    self.scaling = scaling
    self.storage = storage
  }
}

/// Writes a network as an ONNX model (opset 18) that any number of examples can be given at once.
///
/// Its input is `pixels`, `[batch, height, width, channels]` as photos are stored, or, with a scaling,
/// `[batch, height, width, 3]` of any height and width; its output `probabilities`, `[batch, …]`.
/// - Parameters:
///   - network: with all that is to happen to its input, preprocessing included.
///   - tensors: by `Parameter.name`; all of the network's, others are ignored.
///   - metadata: stored as the model's properties.
///   - layout: what it reads and how it is stored.
///   - url: written atomically, piece by piece; the same content gives the same bytes.
/// - Throws: `WeightFileError`: `bad` when a tensor is absent or ONNX has no such operation, or when what was
///   written does not read back as it should; `cannotCreate`, `inputOutput`.
public func writeONNX(
  _ network: Network, _ tensors: [String: Tensor], metadata: ModelMetadata,
  layout: ONNXLayout = ONNXLayout(), to url: URL
) throws(WeightFileError) {
  try layout.storage.requireRange(of: tensors)
  let model: ONNXModelImage
  do throws(NetworkError) {
    model = try ONNXModelImage(network, tensors, metadata, layout)
  } catch {
    throw WeightFileError(.bad, "\(error)")
  }
  guard model.byteCount < ONNXModelImage.largestByteCount else {
    throw WeightFileError(
      .bad,
      "the model takes \(model.byteCount) bytes, and an ONNX file cannot have more than 2 GiB")
  }
  do {
    let check = { (draft: URL) in try model.requireSame(in: draft, for: url) }
    try AtomicFile.write(to: url, checking: check) { put throws(FileError) in
      try model.hand(to: put)
    }
  } catch {
    throw WeightFileError(writing: error)
  }
}

/// An ONNX model whose large constants are made one after the other when it is written.
private struct ONNXModelImage {
  /// All but the graph.
  private let frame: Data
  /// The graph without its constants.
  private let graph: Data
  private let constants: [ONNXGraphBuilder.Constant]
  private let properties: [ONNXText]

  /// What protocol buffers can hold.
  static let largestByteCount = 1 << 31

  init(
    _ network: Network, _ tensors: [String: Tensor], _ metadata: ModelMetadata,
    _ layout: ONNXLayout
  ) throws(NetworkError) {
    var builder = ONNXGraphBuilder(tensors, storage: layout.storage)
    var graph = ONNXGraph()
    graph.name = "classifier"
    graph.input = [layout.input(of: network, named: builder.unusedName(ONNXLayout.inputName))]
    let pixels = builder.append(layout, to: network)
    let output = try builder.append(network, reading: pixels)
    let result = builder.channelsLast(output)
    let name = builder.add("Identity", [result], named: ONNXLayout.outputName)
    graph.node = builder.nodes
    graph.output = [
      ONNXValue(name, .float, [.batch] + output.shape.dimensions.map { .fixed($0) })
    ]
    properties = metadata.texts.sorted { $0.key < $1.key }.map(ONNXText.init)
    constants = builder.constants
    do {
      self.graph = try graph.serializedData()
      frame = try ONNXModel(properties: properties).serializedData()
    } catch {
      throw NetworkError(node: network[network.input].name, message: "cannot be written: \(error)")
    }
  }

  var byteCount: Int {
    constants.reduce(frame.count + graph.count) { $0 + $1.piece.count + $1.byteCount }
  }

  /// Hands over the file's bytes. Messages within messages have their lengths before them, so those of the
  /// graph and of each constant are put together here.
  func hand(to put: AtomicFile.Put) throws(FileError) {
    let length = constants.reduce(graph.count) { sum, constant in
      sum + constant.piece.count + constant.byteCount
    }
    try hand(frame, to: put)
    try hand(Data(field: 7, ofLength: length), to: put)
    try hand(graph, to: put)
    for constant in constants {
      try hand(constant.piece, to: put)
      try hand(constant.bytes(), to: put)
    }
  }

  private func hand(_ data: Data, to put: AtomicFile.Put) throws(FileError) {
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(FileError) in try put(bytes) }
    }
    try result.get()
  }

  /// Reads the file back and compares constants and properties with what was to be written.
  func requireSame(in draft: URL, for url: URL) throws(WeightFileError) {
    let read: ONNXModel
    do {
      read = try ONNXModel(serializedBytes: Data(contentsOf: draft, options: .alwaysMapped))
    } catch {
      throw WeightFileError(
        .inputOutput, "'\(url.relativePath)' was written and cannot be read back: \(error)")
    }
    let isSame =
      read.metadataProps == properties && read.graph.initializer.count == constants.count
      && zip(read.graph.initializer, constants).allSatisfy { stored, constant in
        stored.name == constant.name && stored.dims.map(Int.init) == constant.extents
          && stored.rawData == constant.bytes()
      }
    guard isSame else {
      throw WeightFileError(
        .inputOutput,
        "'\(url.relativePath)' does not hold what was written to it; is the disk damaged?")
    }
  }
}

extension ONNXLayout {
  /// What the file calls its input and its output.
  public static let inputName = "pixels"
  public static let outputName = "probabilities"

  fileprivate func input(of network: Network, named name: String) -> ONNXValue {
    let extents = network.inputShape.dimensions.map { ONNXValue.Extent.fixed($0) }
    return ONNXValue(
      name, pixels == .uint8 ? .uint8 : .float,
      [.batch] + (scaling == nil ? extents : [.free("height"), .free("width"), .fixed(3)]))
  }
}

extension ONNXGraphBuilder {
  /// Appends what happens to pixels before the network; gives what it reads, the channels first.
  fileprivate mutating func append(_ layout: ONNXLayout, to network: Network) -> String {
    var pixels = ONNXLayout.inputName
    if layout.pixels == .uint8 {
      pixels = add(
        "Cast", [pixels], named: "numbers",
        ["to": .integer(ONNXTensor.Element.float.rawValue)])
    }
    let shape = network.inputShape
    let photos = channelsFirst(pixels, shape, named: "channels_first")
    guard let scaling = layout.scaling else { return photos }
    let scaled = append(
      scaling, photos, to: ImageSize(height: shape[0], width: shape[1]))
    return shape.channels == 1 ? appendLuma(scaled) : scaled
  }
}

extension ONNXGraphBuilder.Constant {
  var byteCount: Int { extents.reduce(1, *) * element.byteCount }

  /// All of the constant's message but its numbers, and what stands before both.
  var piece: Data {
    var tensor = ONNXTensor()
    tensor.dims = extents.map(Int64.init)
    tensor.dataType = element
    tensor.name = name
    // Nothing that could fail: it has no required fields.
    let description =
      ((try? tensor.serializedData()) ?? Data()) + Data(field: 9, ofLength: byteCount)
    return Data(field: 5, ofLength: description.count + byteCount) + description
  }
}

extension ONNXTensor.Element {
  fileprivate var byteCount: Int {
    switch self {
    case .float: 4
    case .uint8: 1
    case .int64, .double: 8
    case .float16: 2
    case .undefined, .UNRECOGNIZED: 0
    }
  }
}

extension Data {
  /// The beginning of a message's field of so many bytes: number and kind, then the length.
  fileprivate init(field: Int, ofLength length: Int) {
    self.init()
    for value in [field << 3 | 2, length] {
      var rest = value
      while rest > 0x7f {
        append(UInt8(rest & 0x7f | 0x80))
        rest >>= 7
      }
      append(UInt8(rest))
    }
  }
}

extension ONNXModel {
  fileprivate init(properties: [ONNXText]) {
    self.init()
    // The version that goes with opset 18.
    irVersion = 8
    producerName = "finetune"
    var operators = ONNXOperatorSet()
    operators.version = 18
    opsetImport = [operators]
    metadataProps = properties
  }
}

extension ONNXText {
  fileprivate init(_ key: String, _ value: String) {
    self.init()
    self.key = key
    self.value = value
  }
}

extension ONNXValue {
  fileprivate enum Extent {
    case fixed(Int)
    case free(String)
    static let batch = Extent.free("batch")
  }

  fileprivate init(_ name: String, _ element: ONNXTensor.Element, _ extents: [Extent]) {
    self.init()
    self.name = name
    type.tensorType.elemType = element
    type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXValue.Dimensions.Dimension()
      switch extent {
      case .fixed(let count): dimension.dimValue = Int64(count)
      case .free(let name): dimension.dimParam = name
      }
      return dimension
    }
  }
}
