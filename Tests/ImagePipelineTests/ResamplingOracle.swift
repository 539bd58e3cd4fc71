import ImagePipeline

/// Pillow's bilinear resize as its definition reads, one pixel at a time.
func naiveResize(_ image: Image, width: Int, height: Int, box: Box? = nil) -> Image {
  let box = box ?? Box(left: 0, top: 0, right: Float(image.width), bottom: Float(image.height))
  let across = naiveWeights(image.width, box.left, box.right, width)
  let down = naiveWeights(image.height, box.top, box.bottom, height)
  func byte(_ sum: Int) -> UInt8 { UInt8(min(255, (sum + (1 << 21)) >> 22)) }

  /// One pass: `at` and `into` say where a position along and across the pass's axis is stored.
  func pass(
    _ plane: [UInt8], _ taps: [[(index: Int, weight: Int)]], across count: Int,
    at: (_ along: Int, _ across: Int) -> Int, into: (_ along: Int, _ across: Int) -> Int
  ) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: taps.count * count)
    for (along, weights) in taps.enumerated() {
      for other in 0..<count {
        result[into(along, other)] = byte(
          weights.reduce(0) { $0 + $1.weight * Int(plane[at($1.index, other)]) })
      }
    }
    return result
  }
  func alongRows(_ plane: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    pass(
      plane, across, across: rows * 3,
      at: { ($1 / 3 * columns + $0) * 3 + $1 % 3 }, into: { ($1 / 3 * width + $0) * 3 + $1 % 3 })
  }
  func downColumns(_ plane: [UInt8], columns: Int) -> [UInt8] {
    pass(
      plane, down, across: columns * 3, at: { $0 * columns * 3 + $1 },
      into: { $0 * columns * 3 + $1 })
  }
  let rowsLost = image.height - height
  let pixels =
    rowsLost > 0 && rowsLost > 2 * (image.width - width)
    ? alongRows(downColumns(image.pixels, columns: image.width), rows: height, columns: image.width)
    : downColumns(
      alongRows(image.pixels, rows: image.height, columns: image.width), columns: width)
  return Image(width: width, height: height, pixels: pixels)
}

/// The triangle filter, widened by the reduction, in 22 fractional bits.
private func naiveWeights(
  _ size: Int, _ start: Float, _ end: Float, _ total: Int
) -> [[(index: Int, weight: Int)]] {
  let scale = Double(end - start) / Double(total)
  let support = max(1, scale)
  return (0..<total).map { x in
    let center = Double(start) + (Double(x) + 0.5) * scale
    let first = max(0, Int(center - support + 0.5))
    let last = min(size, Int(center + support + 0.5))
    let weights = (first..<last).map {
      max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support)))
    }
    let sum = weights.reduce(0, +)
    return zip(first..<last, weights).map { ($0, Int(0.5 + $1 / sum * Double(1 << 22))) }
  }
}
