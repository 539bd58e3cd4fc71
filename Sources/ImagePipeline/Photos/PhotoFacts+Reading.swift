import Files
import Foundation

extension PhotoFacts {
  /// Reads and decodes a file to its end.
  ///
  /// - Parameter maximumPixels: larger images are refused by their header.
  /// - Throws: why the photo cannot be used.
  package init(contentsOf file: URL, maximumPixels: Int = 100_000_000) throws(ImageError) {
    let workspace = Workspace()
    let bytes = try readFile(file.path, in: workspace)
    try self.init(bytes, maximumPixels: maximumPixels, in: workspace)
  }

  /// Takes the digest of a file's bytes and decodes them as far as needed to know that all are good.
  init(
    _ bytes: UnsafeRawBufferPointer, maximumPixels: Int, in workspace: Workspace
  ) throws(ImageError) {
    let image = try EncodedImage(bytes, maximumPixels: maximumPixels)
    let (fingerprint, warnings) = try image.fingerprint(in: workspace)
    let header = image.header
    self.init(
      digest: ContentDigest(bytes).hexadecimal, byteCount: bytes.count, format: header.format,
      width: header.size.width, height: header.size.height,
      orientation: header.orientation.rawValue, colour: header.colour, bitDepth: header.bitDepth,
      hasAlpha: header.hasAlpha, isProgressive: header.isProgressive, warnings: warnings,
      fingerprint: fingerprint)
  }
}
