import Foundation

/// An image file whose header has been read: size and orientation are known, nothing is decoded.
struct EncodedImage: ~Copyable {
  private enum Codec: ~Copyable {
    case jpeg(JPEGDecoder)
    case png
  }

  private let bytes: UnsafeRawBufferPointer
  private let codec: Codec
  let orientation: Orientation
  private let storedWidth: Int
  private let storedHeight: Int

  /// Recognises the format by content and checks the size before anything is allocated.
  ///
  /// - Parameter bytes: must outlive the value.
  init(_ bytes: UnsafeRawBufferPointer, maximumPixels: Int) throws(ImageError) {
    self.bytes = bytes
    let format = ImageFormat(of: bytes)
    switch format {
    case .jpeg:
      let decoder = try JPEGDecoder(bytes)
      try Self.check(decoder.width, decoder.height, maximumPixels)
      (storedWidth, storedHeight) = (decoder.width, decoder.height)
      orientation = Orientation(jpeg: bytes)
      codec = .jpeg(decoder)
    case .png:
      let size = try PNG.size(bytes)
      try Self.check(size.width, size.height, maximumPixels)
      (storedWidth, storedHeight) = size
      orientation = Orientation(png: bytes)
      codec = .png
    default: throw format.unsupported(bytes)
    }
  }

  private static func check(
    _ width: Int, _ height: Int, _ maximumPixels: Int
  ) throws(ImageError) {
    guard width > 0, height > 0 else {
      throw ImageError(.corrupt, "the header says \(width)×\(height) pixels")
    }
    guard width <= maximumPixels / height else {
      throw ImageError(
        .tooLarge, "\(width)×\(height) pixels are more than the \(maximumPixels) allowed")
    }
  }

  /// Upright, at full size.
  var width: Int { orientation.size(width: storedWidth, height: storedHeight).width }
  /// Upright, at full size.
  var height: Int { orientation.size(width: storedWidth, height: storedHeight).height }

  /// Whether `reduction` other than 1 is possible.
  var canReduce: Bool {
    switch codec {
    case .jpeg: true
    case .png: false
    }
  }

  /// Upright, once decoded at a reduction.
  func size(reduction: Int) -> (width: Int, height: Int) {
    ((width + reduction - 1) / reduction, (height + reduction - 1) / reduction)
  }

  /// Decodes to upright RGB in memory of the workspace; valid until its next use.
  func decode(reduction: Int = 1, in workspace: Workspace) throws(ImageError) -> Raster {
    let (width, height) = size(reduction: reduction)
    let stored = workspace.decoded.reserve(width * height * 3)
    try decodeStored(reduction: reduction, into: stored)
    guard orientation != .upright else {
      return Raster(base: stored, width: width, height: height)
    }
    let upright = workspace.upright.reserve(width * height * 3)
    let size = orientation.size(width: width, height: height)  // its own inverse on sizes
    orientation.apply(to: stored, width: size.width, height: size.height, into: upright)
    return Raster(base: upright, width: width, height: height)
  }

  /// Reads every byte of the pixel data without keeping them all.
  func verify(in workspace: Workspace) throws(ImageError) {
    switch codec {
    case .jpeg(let decoder): try decoder.decode(reduction: 8, into: nil)
    case .png: _ = try decode(in: workspace)
    }
  }

  private func decodeStored(
    reduction: Int, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    switch codec {
    case .jpeg(let decoder): try decoder.decode(reduction: reduction, into: target)
    case .png: try PNG.decode(bytes, into: target)
    }
  }
}

/// Decodes a JPEG or PNG file held in memory, recognised by its content.
///
/// The result is upright (EXIF orientation applied) RGB; grey, CMYK and YCCK are converted as
/// Pillow's `convert("RGB")` does, transparency is laid over white.
/// - Parameter maximumPixels: larger images are refused before memory is taken for them.
/// - Throws: `.unsupported`, `.corrupt` (a truncated file too: no half-grey images) or `.tooLarge`.
public func decodeImage(
  _ bytes: UnsafeRawBufferPointer, maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  let encoded = try EncodedImage(bytes, maximumPixels: maximumPixels)
  let workspace = Workspace()
  return Image(try encoded.decode(in: workspace))
}

/// Decodes a JPEG or PNG file held in an array; see the form with a buffer.
public func decodeImage(
  _ bytes: [UInt8], maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  try bytes.span.bytes.withUnsafeBytes { buffer throws(ImageError) in
    try decodeImage(buffer, maximumPixels: maximumPixels)
  }
}

/// Reads and decodes a JPEG or PNG file; see the form with a buffer.
///
/// - Throws: also `.unreadable` if the system does not give its bytes.
public func decodeImage(
  contentsOf file: URL, maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  let workspace = Workspace()
  let bytes = try readFile(file.path, in: workspace)
  return Image(try EncodedImage(bytes, maximumPixels: maximumPixels).decode(in: workspace))
}
