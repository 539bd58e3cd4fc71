import Foundation
import ImagePipeline

/// A picture while it is changed: pixels as Float32 in a network's order of channels, on a torus, whose right border
/// is beside the left one and whose lower is beside the upper one.
struct PixelField {
  let height: Int
  let width: Int
  let channels: Int
  /// `[height, width, channels]`.
  var values: [Float]

  /// Every value moved by `x` columns and `y` rows.
  func shifted(by shift: (x: Int, y: Int)) -> PixelField {
    var result = self
    func wrapped(_ place: Int, _ length: Int) -> Int { (place % length + length) % length }
    for row in 0..<height {
      let target = wrapped(row + shift.y, height) * width
      for column in 0..<width {
        let to = (target + wrapped(column + shift.x, width)) * channels
        let from = (row * width + column) * channels
        for channel in 0..<channels { result.values[to + channel] = values[from + channel] }
      }
    }
    return result
  }

  /// Moves by `length`, the root of the mean square of the changes, along a direction; not where that is 0.
  mutating func climb(_ direction: PixelField, length: Float, in limits: ClosedRange<Float>) {
    let squares = direction.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard squares > 0, squares.isFinite else { return }
    let factor = length / Float((squares / Double(values.count)).squareRoot())
    for place in values.indices { values[place] += factor * direction.values[place] }
    self = limited(to: limits)
  }

  func limited(to limits: ClosedRange<Float>) -> PixelField {
    var result = self
    result.values = values.map { min(max($0, limits.lowerBound), limits.upperBound) }
    return result
  }

  /// Filtered with a Gaussian as far as three σ, across and down.
  func blurred(sigma: Float) -> PixelField {
    guard sigma > 0.05 else { return self }
    let radius = max(1, Int((3 * sigma).rounded(.up)))
    var kernel = (-radius...radius).map { exp(-Float($0 * $0) / (2 * sigma * sigma)) }
    let sum = kernel.reduce(0, +)
    kernel = kernel.map { $0 / sum }
    return filtered(kernel, across: true).filtered(kernel, across: false)
  }

  private func filtered(_ kernel: [Float], across: Bool) -> PixelField {
    let radius = kernel.count / 2
    var result = self
    result.values = [Float](repeating: 0, count: values.count)
    for (index, weight) in kernel.enumerated() {
      let shift = index - radius
      let moved = shifted(by: across ? (shift, 0) : (0, shift))
      for place in values.indices { result.values[place] += weight * moved.values[place] }
    }
    return result
  }

  /// The picture, rounded to bytes.
  /// - Parameter order: what the channels are.
  func image(_ order: Preprocessing.ChannelOrder) -> Image {
    let places: [Int] =
      switch order {
      case .rgb: [0, 1, 2]
      case .bgr: [2, 1, 0]
      case .gray: [0, 0, 0]
      }
    let pixels = (0..<height * width).flatMap { pixel in
      places.map { UInt8(min(255, max(0, values[pixel * channels + $0].rounded()))) }
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
