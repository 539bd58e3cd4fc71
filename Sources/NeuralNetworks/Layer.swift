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
  /// None: most layers have no weights.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] { [] }
  /// None; `Normalization` has one, the number of pictures that its statistics are of.
  public var unreadNumbers: Int { 0 }
  /// None: neither a convolution nor a dense layer.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int { 0 }
  /// One position.
  public var window: Window? { nil }
  /// The same window for every input: `window`.
  public func window(over input: Shape) -> Window? { window }
  /// 1 along each axis: the layer does not enlarge.
  public var magnification: Extent { 1 }
}

/// Why a layer cannot take its inputs: the sentence without the node's name, which `Network` adds.
public struct LayerError: Error, Hashable, Sendable {
  /// What is wrong with the inputs or the settings, for example `SquaredReLU reads one input`.
  public let message: String

  /// An error for a layer's `outputShape` to throw; the network puts the node's name before it.
  public init(_ message: String) { self.message = message }
}
