import TensorKernels

/// A rectangular window that moves over height and width, over a length, or over a volume.
public struct Window: Hashable, Sendable {
  /// How many positions the window has along each axis, without the gaps of the dilation.
  public var kernel: Extent
  /// By how many positions it moves on.
  public var stride: Extent
  /// The distance between neighbouring positions of the window; 1 for no gaps.
  public var dilation: Extent

  /// A window that moves position by position, without gaps, unless told otherwise.
  public init(_ kernel: Extent, stride: Extent = 1, dilation: Extent = 1) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
  }

  /// What the kernel covers, gaps of the dilation included.
  package var covered: Extent {
    Extent(
      depth: (kernel.depth - 1) * dilation.depth + 1,
      height: (kernel.height - 1) * dilation.height + 1,
      width: (kernel.width - 1) * dilation.width + 1)
  }
}

/// A height and a width, in pixels, and for volumes a depth; an integer literal means height and width.
///
/// A sequence is an image of height 1.
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// Planes; 1 for images and sequences.
  public var depth: Int
  /// Rows; 1 for sequences.
  public var height: Int
  /// Columns; of a sequence its length.
  public var width: Int

  /// An extent of height and width, and of a depth for volumes.
  public init(depth: Int = 1, height: Int, width: Int) {
    self.depth = depth
    self.height = height
    self.width = width
  }

  /// A square of this side.
  public init(_ side: Int) { self.init(height: side, width: side) }

  /// A literal as the side of a square: `3` is 3 × 3.
  public init(integerLiteral side: Int) { self.init(side) }

  /// The same along all three axes.
  public static func cube(_ side: Int) -> Extent {
    Extent(depth: side, height: side, width: side)
  }

  /// Along the only axis of a sequence.
  public static func length(_ length: Int) -> Extent { Extent(height: 1, width: length) }

  /// The number of positions.
  public var count: Int { depth * height * width }
}

/// How far an input is extended beyond its borders before a window moves over it.
public enum Padding: Hashable, Sendable {
  /// Not at all.
  case valid
  /// So far that stride 1 keeps the size; an odd total puts the extra row or column bottom and
  /// right, as TensorFlow does.
  case same
  /// By these many zeros.
  case explicit(Edges)
}

/// Numbers of rows and columns at the four borders, and for volumes of planes in front and behind.
public struct Edges: Hashable, Sendable {
  /// Planes in front of a volume.
  public var front: Int
  /// Planes behind a volume.
  public var back: Int
  /// Rows above an image.
  public var top: Int
  /// Rows below an image.
  public var bottom: Int
  /// Columns to the left, of a sequence before its beginning.
  public var left: Int
  /// Columns to the right, of a sequence after its end.
  public var right: Int

  /// These numbers at the borders that are named, 0 at the others.
  public init(
    front: Int = 0, back: Int = 0, top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0
  ) {
    self.front = front
    self.back = back
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// The same at all four borders of an image.
  public init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }

  /// 0 at all borders.
  public static let none = Edges()
}

extension Window {
  /// The rows and columns that `padding` means for an input of this extent.
  package func edges(_ padding: Padding, for input: Extent) -> Edges {
    switch padding {
    case .valid: return .none
    case .explicit(let edges): return edges
    case .same:
      func total(_ size: Int, _ stride: Int, _ covered: Int) -> Int {
        max(0, ((size + stride - 1) / stride - 1) * stride + covered - size)
      }
      let planes = total(input.depth, stride.depth, covered.depth)
      let rows = total(input.height, stride.height, covered.height)
      let columns = total(input.width, stride.width, covered.width)
      return Edges(
        front: planes / 2, back: planes - planes / 2, top: rows / 2, bottom: rows - rows / 2,
        left: columns / 2, right: columns - columns / 2)
    }
  }

  /// ⌊(n + padding − f) / s⌋ + 1 along all axes; `nil` where the padded input is smaller than the
  /// window.
  package func output(for input: Extent, padding edges: Edges) -> Extent? {
    let depth = input.depth + edges.front + edges.back - covered.depth
    let height = input.height + edges.top + edges.bottom - covered.height
    let width = input.width + edges.left + edges.right - covered.width
    guard depth >= 0, height >= 0, width >= 0 else { return nil }
    return Extent(
      depth: depth / stride.depth + 1, height: height / stride.height + 1,
      width: width / stride.width + 1)
  }
}

extension Edges {
  static func + (left: Edges, right: Edges) -> Edges {
    Edges(
      front: left.front + right.front, back: left.back + right.back, top: left.top + right.top,
      bottom: left.bottom + right.bottom, left: left.left + right.left,
      right: left.right + right.right)
  }
}

extension Edges: CustomStringConvertible {
  /// All borders by name, those of volumes only if they are not 0.
  public var description: String {
    "top \(top), bottom \(bottom), left \(left), right \(right)"
      + (front == 0 && back == 0 ? "" : ", front \(front), back \(back)")
  }
}

extension Extent {
  /// With its borders.
  static func + (extent: Extent, edges: Edges) -> Extent {
    Extent(
      depth: extent.depth + edges.front + edges.back,
      height: extent.height + edges.top + edges.bottom,
      width: extent.width + edges.left + edges.right)
  }
}

extension Shape {
  /// The positions of an activation: `[length, channels]`, `[height, width, channels]` or
  /// `[depth, height, width, channels]`; a vector is one position.
  var extent: Extent {
    switch rank {
    case 2: .length(self[0])
    case 3: Extent(height: self[0], width: self[1])
    case 4: Extent(depth: self[0], height: self[1], width: self[2])
    default: 1
    }
  }

  /// The shape of an activation with this extent, of as many axes as `like`.
  init(_ extent: Extent, channels: Int, like shape: Shape) {
    switch shape.rank {
    case 2: self = [extent.width, channels]
    case 4: self = [extent.depth, extent.height, extent.width, channels]
    default: self = [extent.height, extent.width, channels]
    }
  }
}
