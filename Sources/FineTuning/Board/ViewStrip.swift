import Foundation
import ImagePipeline
import TensorKernels

/// The first photos of a batch side by side, as the network sees them, turned back into a picture.
package struct ViewStrip: Hashable, Sendable {
  package let image: Image

  /// - Parameters:
  ///   - batch: with at least one photo.
  ///   - size: of the network's input.
  ///   - preprocessing: what was done to the photos.
  ///   - limit: the most photos shown.
  package init(_ batch: PhotoBatch, size: ImageSize, preprocessing: Preprocessing, limit: Int = 8) {
    self.init(
      batch.pixels, count: min(batch.count, limit), size: size, preprocessing: preprocessing)
  }

  /// - Parameter pixels: `[count, height, width, channels]` in the network's channel order.
  package init(
    _ pixels: UnsafePointer<Float>, count: Int, size: ImageSize, preprocessing: Preprocessing
  ) {
    precondition(count > 0 && size.area > 0, "a strip shows something")
    let channels = preprocessing.channels
    // Where red, green and blue are among the network's channels.
    let order: [Int] =
      switch preprocessing.channelOrder {
      case .rgb: [0, 1, 2]
      case .bgr: [2, 1, 0]
      case .gray: [0, 0, 0]
      }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * size.area * 3)
    for row in 0..<size.height {
      for photo in 0..<count {
        for column in 0..<size.width {
          let pixel = pixels + ((photo * size.height + row) * size.width + column) * channels
          for channel in order {
            let value =
              (pixel[channel] * preprocessing.deviation[channel] + preprocessing.mean[channel])
              * preprocessing.divisor
            bytes.append(value > 0 ? UInt8(min(value.rounded(), 255)) : 0)
          }
        }
      }
    }
    image = Image(width: count * size.width, height: size.height, pixels: bytes)
  }

  /// The event that shows the strip; `nil` for one that no JPEG file can hold.
  package func event(phase: Int) -> TrainingEvent? {
    guard let jpeg = try? JPEG.encode(image, quality: 90) else { return nil }
    return .views(
      .init(phase: phase, width: image.width, height: image.height, jpeg: Data(jpeg)))
  }
}
