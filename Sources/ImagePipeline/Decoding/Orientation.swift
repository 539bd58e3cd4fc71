/// How a stored image has to be turned to be upright: the values of EXIF's orientation tag.
enum Orientation: Int, CaseIterable {
  case upright = 1
  case mirrored
  case upsideDown
  case mirroredUpsideDown
  /// Rows become columns.
  case transposed
  /// To be turned a quarter clockwise.
  case quarter
  case transposedUpsideDown
  /// To be turned three quarters clockwise.
  case threeQuarters

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= 5 }

  /// The size once upright.
  func size(width: Int, height: Int) -> (width: Int, height: Int) {
    swapsSides ? (height, width) : (width, height)
  }

  /// Whether the stored columns, once rows are rows, run from right to left.
  private var mirrorsColumns: Bool {
    [.mirrored, .upsideDown, .transposedUpsideDown, .threeQuarters].contains(self)
  }

  /// Whether the stored rows run from bottom to top.
  private var mirrorsRows: Bool {
    [.upsideDown, .mirroredUpsideDown, .quarter, .transposedUpsideDown].contains(self)
  }

  /// Where a part of the upright image is stored, in `width` × `height` pixels.
  func stored(_ upright: PixelArea, width: Int, height: Int) -> PixelArea {
    mirrored(swapsSides ? upright.transposed : upright, width, height)
  }

  /// Where a part of what is stored, in `width` × `height` pixels, is in the upright image.
  func upright(_ stored: PixelArea, width: Int, height: Int) -> PixelArea {
    let area = mirrored(stored, width, height)
    return swapsSides ? area.transposed : area
  }

  private func mirrored(_ area: PixelArea, _ width: Int, _ height: Int) -> PixelArea {
    var result = area
    if mirrorsColumns { result.x = width - area.x - area.width }
    if mirrorsRows { result.y = height - area.y - area.height }
    return result
  }

  /// Writes the upright image; the two must not overlap.
  ///
  /// - Parameters:
  ///   - source: `[height, width, 3]`.
  ///   - target: as many bytes, `[width, height, 3]` if the sides change places.
  func apply(
    to source: UnsafePointer<UInt8>, width: Int, height: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    // A step along the upright image's row or column is a constant step in the stored one.
    let row = width * 3
    let right = (width - 1) * 3
    let bottom = (height - 1) * row
    let (start, along, down) =
      switch self {
      case .upright: (0, 3, row)
      case .mirrored: (right, -3, row)
      case .upsideDown: (bottom + right, -3, -row)
      case .mirroredUpsideDown: (bottom, 3, -row)
      case .transposed: (0, row, 3)
      case .quarter: (bottom, -row, 3)
      case .transposedUpsideDown: (bottom + right, -row, -3)
      case .threeQuarters: (right, row, -3)
      }
    let size = size(width: width, height: height)
    // In tiles, so that the columns read fit the cache.
    let tile = 32
    for top in stride(from: 0, to: size.height, by: tile) {
      let rows = top..<min(top + tile, size.height)
      for left in stride(from: 0, to: size.width, by: tile) {
        let columns = left..<min(left + tile, size.width)
        for y in rows {
          var from = source + (start + y * down + left * along)
          var to = target + (y * size.width + left) * 3
          for _ in columns {
            to[0] = from[0]
            to[1] = from[1]
            to[2] = from[2]
            from += along
            to += 3
          }
        }
      }
    }
  }
}

extension PixelArea {
  fileprivate var transposed: PixelArea { PixelArea(x: y, y: x, width: height, height: width) }
}
