import Foundation
import ImagePipeline
import TensorKernels
import TestSupport

extension Image {
  /// Noise that `Tools/References/pillow_goldens.py` makes too.
  static func pattern(_ width: Int, _ height: Int) -> Image {
    let pixels = (0..<width * height * 3).map { index in
      var z = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 31)) &* 0xBF58_476D_1CE4_E5B9
      return UInt8(z >> 56)
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// Something smooth, which survives JPEG: red rises to the right, green downwards.
  static func gradient(_ width: Int, _ height: Int, blue: UInt8 = 100) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(255 * x / max(1, width - 1)), UInt8(255 * y / max(1, height - 1)), blue]
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  subscript(x: Int, y: Int) -> [Int] { (0..<3).map { Int(pixels[(y * width + x) * 3 + $0]) } }

  /// FNV-1a, 64 bits.
  var fingerprint: UInt64 {
    pixels.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

extension TemporaryFolder {
  /// Writes `count` different photos below a folder.
  func writePhotos(_ folder: String, _ count: Int, seed: UInt8 = 0) throws {
    for number in 0..<count {
      let image = Image.gradient(40 + number, 30 + Int(seed), blue: UInt8(number % 250))
      try write("\(folder)/\(number).jpg", try JPEG.encode(image, quality: 90))
    }
  }
}

/// A team of threads of its own for each call: tests run side by side, sections of a pool may not.
var pool: WorkerPool { WorkerPool(count: 2) }

/// The error that `body` throws; `nil` if it returns.
func dataError(_ body: () throws -> Void) -> DataError? {
  do { try body() } catch { return error as? DataError }
  return nil
}
