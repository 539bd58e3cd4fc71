import Files
import Glibc

/// A file whose header has been read and whose whole picture is still to be decoded.
///
/// The bytes that it was made of must outlive it.
protocol PictureDecoder {
  var header: ImageHeader { get }

  /// Writes `[height, width, 3]` bytes of RGB as stored, transparency laid over white; to be called once.
  ///
  /// - Returns: what the decoder remarked without a pixel being lost.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String]
}

/// A decoder's picture with an alpha channel, on its way to RGB.
struct TransparentPixels: ~Copyable {
  /// For each pixel.
  static let bytes = 4

  /// `[height, width, 4]`: red, green, blue and alpha, which does not multiply them; all 0 at first.
  let base: UnsafeMutablePointer<UInt8>
  let count: Int
  private let memory: UnsafeMutableRawPointer

  /// - Throws: `.outOfMemory`.
  init(width: Int, height: Int) throws(ImageError) {
    try AvailableMemory.require(width * height * Self.bytes, width: width, height: height)
    // Memory of the system's that nobody has touched is zero without being written.
    guard let memory = calloc(width * height, 4) else {
      throw ImageError(.outOfMemory, "there is no memory for \(width)×\(height) pixels")
    }
    self.memory = memory
    base = memory.assumingMemoryBound(to: UInt8.self)
    count = width * height
  }

  deinit { free(memory) }

  /// Writes the colours, three bytes a pixel, laid over white.
  func layOverWhite(into target: UnsafeMutablePointer<UInt8>) {
    write(into: target) { value, alpha in
      let sum = value * alpha + 255 * (255 - alpha) + 128
      return (sum + sum >> 8) >> 8  // sum / 255, rounded
    }
  }

  /// Writes the colours, three bytes a pixel, as if all were opaque.
  func dropAlpha(into target: UnsafeMutablePointer<UInt8>) {
    write(into: target) { value, _ in value }
  }

  @inline(__always)
  private func write(
    into target: UnsafeMutablePointer<UInt8>, _ colour: (_ value: Int32, _ alpha: Int32) -> Int32
  ) {
    var (from, to) = (UnsafePointer(base), target)
    for _ in 0..<count {
      let alpha = Int32(from[3])
      for channel in 0..<3 { to[channel] = UInt8(colour(Int32(from[channel]), alpha)) }
      from += 4
      to += 3
    }
  }
}
