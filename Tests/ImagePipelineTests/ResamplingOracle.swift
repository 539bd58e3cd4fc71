import ImagePipeline

/// Pillow's bilinear resize as its definition reads, one pixel at a time.
func naiveResize(_ image: Image, width: Int, height: Int, box: Box? = nil) -> Image {
  let box = box ?? Box(left: 0, top: 0, right: Float(image.width), bottom: Float(image.height))
  let across = naiveWeights(image.width, box.left, box.right, width)
  let down = naiveWeights(image.height, box.top, box.bottom, height)
  func byte(_ sum: Int) -> UInt8 { UInt8(min(255, (sum + (1 << 21)) >> 22)) }

  var middle: [UInt8] = []
  for y in 0..<image.height {
    for x in 0..<width {
      for channel in 0..<3 {
        middle.append(
          byte(
            across[x].reduce(0) { sum, tap in
              sum + tap.weight * Int(image.pixels[(y * image.width + tap.index) * 3 + channel])
            }))
      }
    }
  }
  var result: [UInt8] = []
  for y in 0..<height {
    for column in 0..<width * 3 {
      result.append(
        byte(
          down[y].reduce(0) { sum, tap in
            sum + tap.weight * Int(middle[tap.index * width * 3 + column])
          }))
    }
  }
  return Image(width: width, height: height, pixels: result)
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
