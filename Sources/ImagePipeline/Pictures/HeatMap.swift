import TensorKernels

/// One number for each cell of a grid that lies over a picture.
public struct HeatMap: Hashable, Sendable, Codable {
  /// Cells from top to bottom, at least 1.
  public let rows: Int
  /// Cells from left to right, at least 1.
  public let columns: Int
  /// Row by row from the top.
  public var values: [Float]

  /// - Precondition: there is a value for each cell.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(rows > 0 && columns > 0, "a map has at least one cell")
    precondition(values.count == rows * columns, "a map has a number for each cell")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The channels of an image's features, each a map.
  /// - Parameters:
  ///   - values: `[rows, columns, channels]`.
  ///   - shape: the same three numbers.
  package static func channels(of values: [Float], _ shape: Shape) -> [HeatMap] {
    precondition(shape.rank == 3 && values.count == shape.count, "features of one image")
    let channels = shape[2]
    return (0..<channels).map { channel in
      HeatMap(
        rows: shape[0], columns: shape[1],
        values: stride(from: channel, to: values.count, by: channels).map { values[$0] })
    }
  }

  /// From the smallest number to the largest; what is infinite or no number does not count.
  public var range: ClosedRange<Float> {
    let finite = values.filter(\.isFinite)
    return (finite.min() ?? 0)...(finite.max() ?? 0)
  }

  /// The same numbers with as many cells as a picture has pixels: between the cells' centres they change evenly,
  /// beyond the outermost ones they stay.
  public func resized(width: Int, height: Int) -> HeatMap {
    let across = Self.neighbours(columns, over: width)
    let down = Self.neighbours(rows, over: height)
    var result: [Float] = []
    result.reserveCapacity(width * height)
    for row in down {
      for column in across {
        func along(_ row: Int) -> Float {
          let (left, right) = (
            values[row * columns + column.first], values[row * columns + column.second]
          )
          return left + (right - left) * column.share
        }
        let (top, bottom) = (along(row.first), along(row.second))
        result.append(top + (bottom - top) * row.share)
      }
    }
    return HeatMap(rows: height, columns: width, values: result)
  }

  /// For each pixel the two cells whose centres it lies between, and how near it is to the second.
  private static func neighbours(
    _ cells: Int, over pixels: Int
  ) -> [(first: Int, second: Int, share: Float)] {
    (0..<pixels).map { pixel in
      let place = (Float(pixel) + 0.5) * Float(cells) / Float(pixels) - 0.5
      let inside = min(max(place, 0), Float(cells - 1))
      let first = Int(inside)
      return (first, min(first + 1, cells - 1), inside - Float(first))
    }
  }

  /// The map as a picture, one pixel a cell.
  /// - Parameters:
  ///   - colours: of the numbers.
  ///   - range: what the ends of the colours stand for; `nil`: the map's own.
  public func picture(
    _ colours: ColourMap = .violetToYellow, range: ClosedRange<Float>? = nil
  ) -> Image {
    let range = range ?? self.range
    let width = range.upperBound - range.lowerBound
    let pixels = values.flatMap { value in
      let colour = colours(width > 0 ? (value - range.lowerBound) / width : 0)
      return [colour.x, colour.y, colour.z]
    }
    return Image(width: columns, height: rows, pixels: pixels)
  }

  /// A picture under the map.
  /// - Parameters:
  ///   - image: what the map is of.
  ///   - colours: of the numbers.
  ///   - range: what the ends of the colours stand for; `nil`: the map's own.
  ///   - opacity: how much of each pixel's colour is the map's, `0...1`.
  public func over(
    _ image: Image, _ colours: ColourMap = .violetToYellow, range: ClosedRange<Float>? = nil,
    opacity: Float = 0.5
  ) -> Image {
    let cover = resized(width: image.width, height: image.height)
      .picture(colours, range: range ?? self.range)
    return image.covered(by: cover) { _ in opacity }
  }
}

extension Image {
  /// The picture under another one of its size.
  /// - Parameter opacity: for each pixel, row by row, how much of its colour is the other's, `0...1`.
  package func covered(by cover: Image, opacity: (_ pixel: Int) -> Float) -> Image {
    precondition(width == cover.width && height == cover.height, "pictures of one size")
    var result = self
    for pixel in 0..<width * height {
      let share = opacity(pixel)
      for place in pixel * 3..<pixel * 3 + 3 {
        let mixed = Float(pixels[place]) * (1 - share) + Float(cover.pixels[place]) * share
        result.pixels[place] = UInt8(min(255, max(0, mixed.rounded())))
      }
    }
    return result
  }
}
