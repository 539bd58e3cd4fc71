import TensorKernels

/// A layer as a value: what it computes, described by its configuration alone.
///
/// A layer owns no weights and runs nothing. It states its parameters and output shape, and lowers
/// itself to the few operations that the compiler knows (`Lowering`). Shapes carry no batch axis.
public protocol Layer: Sendable {
  /// The Keras class this layer equals, for example `Conv2D`.
  static var kind: String { get }

  /// The shape of the output, or why these inputs do not fit.
  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape

  /// The weights, in Keras's order, for inputs that `outputShape` accepted.
  func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)]

  /// Numbers that Keras stores with the weights and counts as such although nothing computes with them.
  var unreadNumbers: Int { get }

  /// Multiplications with a following addition, for one example. Only convolutions and dense layers
  /// count, as in the papers.
  func multiplyAdds(for inputs: [Shape], output: Shape) -> Int

  /// The window through which one output position sees the input; `nil` when it sees one position.
  var window: Window? { get }

  /// The same for layers whose window follows from the shape of their input.
  func window(over input: Shape) -> Window?

  /// How many output positions there are for one input position, along each axis.
  var magnification: Extent { get }

  /// Appends the operations that compute this layer.
  func lower(into lowering: inout Lowering)
}

extension Layer {
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] { [] }
  public var unreadNumbers: Int { 0 }
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int { 0 }
  public var window: Window? { nil }
  public func window(over input: Shape) -> Window? { window }
  public var magnification: Extent { 1 }
}

/// Why a layer cannot take its inputs: the sentence without the node's name, which `Network` adds.
public struct LayerError: Error, Hashable, Sendable {
  public let message: String

  public init(_ message: String) { self.message = message }
}
