import TensorKernels

/// How many axes a layer's window moves along, as the names of Keras's layers end: 1D, 2D or 3D.
public protocol Dimensions: Sendable {
  /// What sizes of a window are given as.
  associatedtype Size: Hashable, Sendable, ExpressibleByIntegerLiteral
  /// The number of axes.
  static var count: Int { get }
  /// A size along all axes; 1 along those that there are not.
  static func extent(_ size: Size) -> Extent
}

/// Sequences: `[length, channels]`.
public enum OneDimension: Dimensions {
  /// Length alone.
  public static let count = 1
  /// An extent of height 1 and this width.
  public static func extent(_ length: Int) -> Extent { .length(length) }
}

/// Images: `[height, width, channels]`.
public enum TwoDimensions: Dimensions {
  /// Height and width.
  public static let count = 2
  /// The size itself.
  public static func extent(_ size: Extent) -> Extent { size }
}

/// Volumes: `[depth, height, width, channels]`; sizes are `.cube(3)`, for example.
public enum ThreeDimensions: Dimensions {
  /// Depth, height and width.
  public static let count = 3
  /// The size itself.
  public static func extent(_ size: Extent) -> Extent { size }
}

extension Dimensions {
  /// A size as a list, outermost axis first.
  public static func sides(_ size: Size) -> [Int] { extent(size).sides(count) }
}

extension Extent {
  /// The innermost axes.
  func sides(_ count: Int) -> [Int] { [depth, height, width].suffix(count) }
}
