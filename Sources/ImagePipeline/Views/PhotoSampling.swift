import TensorKernels

/// A photo as a network reads it that resizes photos itself: as TensorFlow's resize without antialiasing
/// computes it, in Float32 and never rounded to bytes.
struct PhotoSampling {
  private let raster: Raster
  private let columns: [Taps]
  private let rows: [Taps]

  /// The two pixels along an axis between whose centres one of the result's lies, those of the border continued.
  private struct Taps {
    let first: Int
    let second: Int
    /// Of the second.
    let share: Float

    static func all(_ size: Int, to side: Int) -> [Taps] {
      let scale = Float(size) / Float(side)
      return (0..<side).map { index in
        let place = (Float(index) + 0.5) * scale - 0.5
        let low = place.rounded(.down)
        return Taps(
          first: max(Int(low), 0), second: min(Int(low) + 1, size - 1), share: place - low)
      }
    }
  }

  /// - Parameters:
  ///   - raster: all of the photo.
  ///   - size: of the result.
  init(_ raster: Raster, size: ImageSize) {
    self.raster = raster
    columns = Taps.all(raster.width, to: size.width)
    rows = Taps.all(raster.height, to: size.height)
  }

  /// Writes `[height, width, channels]`.
  func write(_ preprocessing: Preprocessing, to target: UnsafeMutablePointer<Float>) {
    var to = target
    for row in rows {
      let upper = raster.base + row.first * raster.width * 3
      let lower = raster.base + row.second * raster.width * 3
      for column in columns {
        var colour = SIMD3<Float>()
        for channel in 0..<3 {
          let (left, right) = (column.first * 3 + channel, column.second * 3 + channel)
          let top = Float(upper[left]) + (Float(upper[right]) - Float(upper[left])) * column.share
          let bottom =
            Float(lower[left]) + (Float(lower[right]) - Float(lower[left])) * column.share
          colour[channel] = top + (bottom - top) * row.share
        }
        preprocessing.write(colour, to: to)
        to += preprocessing.channels
      }
    }
  }
}

extension Preprocessing {
  /// Writes one pixel as the network's channels.
  /// - Parameter colour: red, green and blue, 0...255.
  fileprivate func write(_ colour: SIMD3<Float>, to target: UnsafeMutablePointer<Float>) {
    func normalised(_ value: Float, _ channel: Int) -> Float {
      (value / divisor - mean[channel]) / deviation[channel]
    }
    switch channelOrder {
    case .rgb: for channel in 0..<3 { target[channel] = normalised(colour[channel], channel) }
    case .bgr: for channel in 0..<3 { target[channel] = normalised(colour[2 - channel], channel) }
    case .gray:
      target[0] = normalised(0.299 * colour.x + 0.587 * colour.y + 0.114 * colour.z, 0)
    }
  }
}

extension Preprocessing {
  /// Writes what evaluation shows of an image as a network's input: `[height, width, channels]`.
  package func write(
    _ image: Image, _ policy: ResizePolicy, size: ImageSize, to target: UnsafeMutablePointer<Float>
  ) {
    guard policy == .bilinear else {
      return write(image.evaluationView(policy, size: size), to: target)
    }
    image.withRaster { PhotoSampling($0, size: size).write(self, to: target) }
  }
}

extension PhotoView {
  /// Whether it is all of the photo as a network that resizes photos itself reads it.
  var isSampling: Bool {
    switch self {
    case .evaluation(.bilinear), .testTime(.bilinear, index: 0, of: 1),
      .testTime(.bilinear, index: 0, of: 2):
      true
    default: false
    }
  }
}
