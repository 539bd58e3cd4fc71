/// Pictures in rows and columns on white.
public struct PictureGrid: Sendable {
  /// Row by row; each as large as the largest asks for.
  public var pictures: [Image]
  /// Pictures in a row, at least 1.
  public var columns: Int
  /// White pixels between pictures and around them.
  public var gap = 2

  /// - Parameters:
  ///   - pictures: at least one.
  ///   - columns: pictures in a row; `nil`: as many as make the grid about as wide as high.
  public init(_ pictures: [Image], columns: Int? = nil) {
    precondition(!pictures.isEmpty, "a grid has at least one picture")
    precondition(columns ?? 1 > 0, "a grid has at least one column")
    self.pictures = pictures
    self.columns =
      columns ?? Int(Double(pictures.count).squareRoot().rounded(.up))
  }

  /// The grid as one picture.
  public var image: Image {
    let cell = (
      width: gap + (pictures.map(\.width).max() ?? 1),
      height: gap + (pictures.map(\.height).max() ?? 1)
    )
    let rows = (pictures.count + columns - 1) / columns
    let width = cell.width * min(columns, pictures.count) + gap
    var pixels = [UInt8](repeating: 255, count: width * (cell.height * rows + gap) * 3)
    for (index, picture) in pictures.enumerated() {
      let (x, y) = (
        gap + index % columns * cell.width, gap + index / columns * cell.height
      )
      for row in 0..<picture.height {
        let start = ((y + row) * width + x) * 3
        let source = row * picture.width * 3
        pixels.replaceSubrange(
          start..<start + picture.width * 3,
          with: picture.pixels[source..<source + picture.width * 3])
      }
    }
    return Image(width: width, height: cell.height * rows + gap, pixels: pixels)
  }
}

extension Image {
  /// The picture with each pixel a square of so many pixels a side, at least 1.
  public func magnified(_ factor: Int) -> Image {
    precondition(factor > 0, "a picture is enlarged by a whole number")
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for row in 0..<height {
      var line: [UInt8] = []
      line.reserveCapacity(width * factor * 3)
      for column in 0..<width {
        let place = (row * width + column) * 3
        for _ in 0..<factor { line += pixels[place..<place + 3] }
      }
      for _ in 0..<factor { result += line }
    }
    return Image(width: width * factor, height: height * factor, pixels: result)
  }
}
