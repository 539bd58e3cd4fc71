import Foundation
import NeuralNetworks
import TensorKernels

/// An ONNX graph under construction.
///
/// Values of images, sequences and volumes are `[batch, channels, …]` in ONNX, while a network's are
/// `[…, channels]`; a vector is `[batch, channels]` in both.
struct ONNXGraphBuilder {
  /// A value of the graph.
  struct Value {
    let name: String
    /// As the network has it: the channels last, without the batch axis.
    let shape: Shape
  }

  /// A constant whose numbers are made only when they are written, since they may be many.
  struct Constant {
    let name: String
    let extents: [Int]
    let element: ONNXTensor.Element
    /// Little-endian, row by row.
    let bytes: () -> Data
  }

  private(set) var nodes: [ONNXNode] = []
  private(set) var constants: [Constant] = []
  /// How kernels are stored; all that is computed is Float32.
  let storage: ONNXStorage
  private let tensors: [String: Tensor]
  private var names: Set<String> = []
  /// The values that parameters have become.
  private var stored: [String: String] = [:]

  /// - Parameter tensors: by `Parameter.name`.
  init(_ tensors: [String: Tensor], storage: ONNXStorage) {
    self.tensors = tensors
    self.storage = storage
  }

  /// A name that nothing else has: this one, if it is free.
  mutating func unusedName(_ wish: String) -> String {
    var name = wish
    var count = 1
    while !names.insert(name).inserted {
      count += 1
      name = "\(wish)_\(count)"
    }
    return name
  }

  // MARK: Nodes

  /// Appends an operator with one result, and gives the result's name.
  /// - Parameter name: of the result, if it is free; else one made of it.
  mutating func add(
    _ type: String, _ inputs: [String], named name: String,
    _ attributes: [String: ONNXAttribute.Content] = [:]
  ) -> String {
    let result = unusedName(name)
    var node = ONNXNode()
    node.opType = type
    node.name = result
    node.input = inputs
    node.output = [result]
    node.attribute = attributes.sorted { $0.key < $1.key }.map { ONNXAttribute($0.key, $0.value) }
    nodes.append(node)
    return result
  }

  /// The same value with the channels last.
  mutating func channelsLast(_ value: Value) -> String {
    let axes = value.shape.rank
    guard axes > 1 else { return value.name }
    return add(
      "Transpose", [value.name], named: "\(value.name)/channels_last",
      ["perm": .integers([0] + (2...axes).map { $0 } + [1])])
  }

  /// A value with the channels first, of one that has them last.
  mutating func channelsFirst(_ name: String, _ shape: Shape, named wish: String) -> String {
    guard shape.rank > 1 else { return name }
    return add(
      "Transpose", [name], named: wish,
      ["perm": .integers([0, shape.rank] + (1..<shape.rank).map { $0 })])
  }

  /// The same numbers under other extents; the first, of the batch, follows from the rest.
  mutating func reshape(_ name: String, to extents: [Int], named wish: String) -> String {
    let target = integers([-1] + extents, named: "\(wish)/shape")
    return add("Reshape", [name, target], named: wish)
  }

  // MARK: Constants

  /// A constant of numbers that count or place something.
  mutating func integers(_ values: [Int], named name: String) -> String {
    constant(name, [values.count], .int64) { Data(littleEndian: values.map(Int64.init)) }
  }

  /// A constant of a few numbers.
  mutating func floats(_ values: [Float], _ extents: [Int], named name: String) -> String {
    constant(name, extents, .float) { Data(littleEndian: values.map(\.bitPattern)) }
  }

  /// One number, that goes with every value.
  mutating func number(_ value: Float, named name: String) -> String {
    floats([value], [], named: name)
  }

  /// Numbers for the innermost axes of values of this shape, laid out as these are in ONNX.
  /// - Parameter values: as many as the last axes have places together, or one for all.
  mutating func row(_ values: [Float], for shape: Shape, named name: String) throws(LayerError)
    -> String
  {
    if values.count == 1 { return number(values[0], named: name) }
    let extents = try shape.innermost(values.count)
    let (count, channels) = (values.count, extents[extents.count - 1])
    let places = count / channels
    // The channels, then the places, which the channels are innermost of in the network.
    let ordered = (0..<count).map { values[$0 % places * channels + $0 / places] }
    let ones = [Int](repeating: 1, count: shape.rank - extents.count)
    return floats(
      ordered, shape.rank == 1 ? extents : [channels] + ones + extents.dropLast(), named: name)
  }

  /// A parameter's values as they are, of any extents with as many places.
  mutating func vector(_ parameter: Parameter) throws(LayerError) -> String {
    try store(parameter, [parameter.shape.count]) { $0 }
  }

  /// A kernel `[places, in, out]` in ONNX's order.
  /// - Parameters:
  ///   - extents: as ONNX has them.
  mutating func kernel(
    _ parameter: Parameter, _ extents: [Int], places: Int, inputs: Int, outputs: Int
  ) throws(LayerError) -> String {
    try store(parameter, extents) {
      $0.withOutputsFirst(places: places, inputs: inputs, outputs: outputs)
    }
  }

  /// A matrix as it is.
  mutating func matrix(_ parameter: Parameter, _ extents: [Int]) throws(LayerError) -> String {
    try store(parameter, extents) { $0 }
  }

  /// The values of a parameter.
  func values(of parameter: Parameter) throws(LayerError) -> [Float] {
    guard let tensor = tensors[parameter.name] else {
      throw LayerError("'\(parameter.name)' has no values to be written")
    }
    guard tensor.shape == parameter.shape else {
      throw LayerError(
        "'\(parameter.name)' has the shape \(tensor.shape), expected \(parameter.shape)")
    }
    return tensor.values
  }

  private mutating func store(
    _ parameter: Parameter, _ extents: [Int], _ arranged: @escaping ([Float]) -> [Float]
  ) throws(LayerError) -> String {
    // Nodes that share weights share what is stored of them.
    let key = "\(parameter.name) \(extents)"
    if let name = stored[key] { return name }
    let values = try values(of: parameter)
    let name: String
    if storage == .float16, extents.count > 1 {
      let half = constant(parameter.name + "/float16", extents, .float16) {
        Data(littleEndian: arranged(values).map { Float16($0).bitPattern })
      }
      name = add(
        "Cast", [half], named: parameter.name, ["to": .integer(ONNXTensor.Element.float.rawValue)])
    } else {
      name = constant(parameter.name, extents, .float) {
        Data(littleEndian: arranged(values).map(\.bitPattern))
      }
    }
    stored[key] = name
    return name
  }

  private mutating func constant(
    _ wish: String, _ extents: [Int], _ element: ONNXTensor.Element, _ bytes: @escaping () -> Data
  ) -> String {
    let name = unusedName(wish)
    constants.append(Constant(name: name, extents: extents, element: element, bytes: bytes))
    return name
  }
}

/// How the kernels of an ONNX file are stored.
public enum ONNXStorage: String, Hashable, Sendable, CaseIterable {
  /// As they were trained.
  case float32
  /// Rounded to 16 bits, which halves the file; whoever runs it computes in Float32 all the same.
  case float16

  /// Refuses weights that would become infinite.
  /// - Throws: `WeightFileError` `bad` where a kernel has numbers that cannot be stored so.
  public func requireRange(of tensors: [String: Tensor]) throws(WeightFileError) {
    guard self == .float16 else { return }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where tensor.shape.rank > 1 {
      let largest = tensor.values.reduce(0) { max($0, abs($1)) }
      guard largest.isFinite, !Float16(largest).isFinite else { continue }
      throw WeightFileError(
        .bad,
        "'\(name)' has numbers as large as \(largest), and float16 ends at 65504; export in float32"
      )
    }
  }
}

extension Shape {
  /// The last axes, as many as have so many places together.
  fileprivate func innermost(_ count: Int) throws(LayerError) -> [Int] {
    for first in dimensions.indices.reversed()
    where dimensions[first...].reduce(1, *) == count {
      return Array(dimensions[first...])
    }
    throw LayerError("has \(count) numbers for values of the shape \(self)")
  }
}

extension Data {
  /// Whole numbers, the lowest byte of each first.
  init(littleEndian values: [some FixedWidthInteger]) {
    self = values.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }
}

extension ONNXAttribute {
  /// What an attribute holds.
  enum Content {
    case number(Float)
    case integer(Int)
    case text(String)
    case integers([Int])
  }

  init(_ name: String, _ content: Content) {
    self.init()
    self.name = name
    switch content {
    case .number(let value):
      f = value
      type = .float
    case .integer(let value):
      i = Int64(value)
      type = .int
    case .text(let value):
      s = Data(value.utf8)
      type = .string
    case .integers(let values):
      ints = values.map(Int64.init)
      type = .ints
    }
  }
}
