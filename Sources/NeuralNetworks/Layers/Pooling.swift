import TensorKernels

/// What becomes of the values in a pooling's window, channel by channel.
public protocol PoolingReduction: Sendable {
  /// What the layers' names begin with.
  static var name: String { get }
  /// That its settings make sense.
  func check() throws(LayerError)
  /// What the layer is lowered to.
  func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind
}

/// A reduction without settings.
public protocol PlainReduction: PoolingReduction {
  /// The reduction, which nothing about can be set.
  init()
}

/// One that Keras also has for all positions at once.
public protocol GlobalReduction: PlainReduction {
  /// Appends the operations, of which the output has one position.
  func lowerGlobally(into lowering: inout Lowering, keepsDimensions: Bool)
}

/// A pooling: a window moves over the input, and its values become one.
public struct Pooling<Reduction: PoolingReduction, Space: Dimensions>: Layer {
  /// Keras's name: `MaxPooling2D`, for example; those that Keras lacks are named alike.
  public static var kind: String { "\(Reduction.name)Pooling\(Space.count)D" }

  /// The window's extent.
  public var size: Space.Size
  /// By how many positions the window moves on.
  public var stride: Space.Size
  /// How far the input is extended first; what is added is never part of the result.
  public var padding: Padding
  /// What becomes of the window's values.
  public var reduction: Reduction

  /// A pooling by a reduction that may have settings.
  public init(
    _ size: Space.Size, stride: Space.Size, padding: Padding = .valid, by reduction: Reduction
  ) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.reduction = reduction
  }

  private var moving: Window { Window(Space.extent(size), stride: Space.extent(stride)) }

  /// Size and stride together.
  public var window: Window? { moving }

  /// The input's axes slid over, and its channels; an input smaller than the window is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try reduction.check()
    return try slidShape(over: try input(of: inputs, Space.self), moving, padding)
  }

  /// Becomes one pooling operation.
  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding, reduction)
  }
}

/// A pooling over all positions.
public struct GlobalPooling<Reduction: GlobalReduction, Space: Dimensions>: Layer {
  /// Keras's name: `GlobalAveragePooling2D`, for example.
  public static var kind: String { "Global\(Reduction.name)Pooling\(Space.count)D" }

  /// True for an output of `[1, 1, channels]`, as many ones as there are axes, instead of `[channels]`.
  public var keepsDimensions: Bool

  /// A pooling to `[channels]`, or with `keepsDimensions` to `[1, 1, channels]`.
  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  /// `[channels]`, or with ones for the axes that are gone.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try input(of: inputs, Space.self)
    return keepsDimensions ? Shape(1, channels: input.channels, like: input) : [input.channels]
  }

  /// Becomes what the reduction says.
  public func lower(into lowering: inout Lowering) {
    Reduction().lowerGlobally(into: &lowering, keepsDimensions: keepsDimensions)
  }
}

/// The largest value of each window of an image (Keras `MaxPooling2D`); padding never wins.
public typealias MaxPooling2D = Pooling<Largest, TwoDimensions>
/// The same of a sequence.
public typealias MaxPooling1D = Pooling<Largest, OneDimension>
/// The same of a volume.
public typealias MaxPooling3D = Pooling<Largest, ThreeDimensions>

/// The mean of each window of an image (Keras `AveragePooling2D`); padding is not counted.
public typealias AveragePooling2D = Pooling<Mean, TwoDimensions>
/// The same of a sequence.
public typealias AveragePooling1D = Pooling<Mean, OneDimension>
/// The same of a volume.
public typealias AveragePooling3D = Pooling<Mean, ThreeDimensions>

/// The p-norm of each window of an image.
public typealias LpPooling2D = Pooling<PNorm, TwoDimensions>
/// A random value of each window of an image.
public typealias StochasticPooling2D = Pooling<RandomChoice, TwoDimensions>

/// The largest value over height and width (Keras `GlobalMaxPooling2D`).
public typealias GlobalMaxPooling2D = GlobalPooling<Largest, TwoDimensions>
/// The same over a length.
public typealias GlobalMaxPooling1D = GlobalPooling<Largest, OneDimension>
/// The same over depth, height and width.
public typealias GlobalMaxPooling3D = GlobalPooling<Largest, ThreeDimensions>

/// The mean over height and width (Keras `GlobalAveragePooling2D`).
public typealias GlobalAveragePooling2D = GlobalPooling<Mean, TwoDimensions>
/// The same over a length.
public typealias GlobalAveragePooling1D = GlobalPooling<Mean, OneDimension>
/// The same over depth, height and width.
public typealias GlobalAveragePooling3D = GlobalPooling<Mean, ThreeDimensions>

extension Pooling where Reduction: PlainReduction {
  /// A pooling of windows that are `size` large and `stride` apart; without padding unless told
  /// otherwise.
  public init(_ size: Space.Size, stride: Space.Size, padding: Padding = .valid) {
    self.init(size, stride: stride, padding: padding, by: Reduction())
  }
}

extension Pooling where Reduction == PNorm {
  /// A pooling by the norm of this power, at least 1.
  public init(_ size: Space.Size, stride: Space.Size, padding: Padding = .valid, power: Float) {
    self.init(size, stride: stride, padding: padding, by: PNorm(power: power))
  }

  /// p, at least 1.
  public var power: Float { reduction.power }
}

extension Lowering {
  /// A pooling whose shapes have been checked.
  mutating func appendPooling(
    _ window: Window, _ padding: Padding, _ reduction: some PoolingReduction
  ) {
    let input = inputShapes[0]
    let edges = window.edges(padding, for: input.extent)
    guard let output = window.output(for: input.extent, padding: edges) else {
      preconditionFailure("a pooling layer is lowered only after its shapes were checked")
    }
    append(
      reduction.operation(window, edges), reading: inputs,
      shape: Shape(output, channels: input.channels, like: input))
  }
}
