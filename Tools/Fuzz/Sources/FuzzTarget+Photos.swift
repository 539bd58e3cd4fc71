import Foundation

@testable import ImagePipeline

extension FuzzTarget {
  /// Files of photos. The formats are told apart by content, so these differ in what they start from.
  static let photos: [FuzzTarget] =
    ["jpeg", "gif", "bmp", "tiff", "webp", "heic", "avif"].map { name in
      FuzzTarget(name: name) { try decode($0) }
    } + [
      FuzzTarget(name: "png") { try decode(Checksums.png($0)) },
      FuzzTarget(name: "exif") { bytes in
        bytes.withUnsafeBytes { _ = (Orientation(tiff: $0), Orientation(jpeg: $0)) }
      }
    ]

  private static let maximumPixels = 1 << 18

  /// As scans do, as training does, as pictures are shown.
  private static func decode(_ bytes: [UInt8]) throws {
    let file = try Scratch.file("photo", bytes)
    _ = try? PhotoFacts(contentsOf: file, maximumPixels: maximumPixels)
    let image = try decodeImage(bytes, maximumPixels: maximumPixels)
    guard image.pixels.count == image.width * image.height * 3 else {
      preconditionFailure("\(image.width)×\(image.height) pixels are \(image.pixels.count) bytes")
    }
    let part = PixelArea(
      x: image.width / 4, y: image.height / 3, width: (image.width + 1) / 2,
      height: (image.height + 1) / 2)
    _ = try? decodePart(part, of: bytes, reduction: 1)
  }
}
