import Foundation

/// What the header of an image file tells.
struct ImageHeader {
  var format: PhotoFacts.Format
  /// As stored, before any rotation.
  var storedWidth: Int
  var storedHeight: Int
  var orientation: Orientation
  var colour: PhotoFacts.Colour
  /// Bits a channel.
  var bitDepth: Int
  var hasAlpha = false
  var isProgressive: Bool
  /// What the decoder takes beside the picture.
  var working = DecodingMemory()

  /// Upright, at full size.
  var size: (width: Int, height: Int) {
    orientation.size(width: storedWidth, height: storedHeight)
  }
}

/// An image file whose header has been read; nothing is decoded.
struct EncodedImage: ~Copyable {
  private enum Codec: ~Copyable {
    case jpeg(JPEGDecoder)
    /// Decoded as a whole, at full size.
    case whole(any PictureDecoder)

    init(_ bytes: UnsafeRawBufferPointer, maximumPixels: Int) throws(ImageError) {
      let format = ImageFormat(of: bytes)
      guard case .readable(let kind) = format else { throw format.refusal(bytes) }
      self =
        switch kind {
        case .jpeg: .jpeg(try JPEGDecoder(bytes))
        case .png: .whole(try PNGDecoder(bytes))
        case .gif: .whole(try GIFDecoder(bytes))
        case .bmp: .whole(try BMPDecoder(bytes))
        case .tiff: .whole(try TIFFDecoder(bytes))
        case .webP: .whole(try WebPDecoder(bytes))
        case .heic: .whole(try HEICDecoder(bytes, maximumPixels: maximumPixels))
        case .avif: .whole(try AVIFDecoder(bytes))
        }
    }
  }

  private let codec: Codec
  let header: ImageHeader

  /// Recognises the format by content and checks the size before anything is allocated.
  ///
  /// - Parameter bytes: must outlive the value.
  init(_ bytes: UnsafeRawBufferPointer, maximumPixels: Int) throws(ImageError) {
    let codec = try Codec(bytes, maximumPixels: maximumPixels)
    let header =
      switch codec {
      case .jpeg(let decoder): decoder.header
      case .whole(let decoder): decoder.header
      }
    try header.check(maximumPixels)
    self.header = header
    self.codec = codec
  }

  /// Upright, at full size.
  var width: Int { header.size.width }
  /// Upright, at full size.
  var height: Int { header.size.height }

  /// Whether `reduction` other than 1 is possible.
  var canReduce: Bool {
    switch codec {
    case .jpeg: true
    case .whole: false
    }
  }

  /// Upright, once decoded at a reduction.
  func size(reduction: Int) -> (width: Int, height: Int) {
    ((width + reduction - 1) / reduction, (height + reduction - 1) / reduction)
  }

  /// Decodes to upright RGB in memory of the workspace; valid until its next use.
  ///
  /// - Parameter part: of the upright photo at the reduction: at least so much is decoded, and the file
  ///   is not read beyond it; all of it if `nil`.
  func decode(
    _ part: PixelArea? = nil, reduction: Int = 1, in workspace: Workspace
  ) throws(ImageError) -> Raster {
    let orientation = header.orientation
    let whole = storedSize(reduction: reduction)
    if orientation != .upright {
      let (width, height) = part.map { ($0.width, $0.height) } ?? whole
      try take(2 * 3 * width * height, in: workspace)
    }
    let (stored, _) = try decodeStored(
      part.map { orientation.stored($0, width: whole.width, height: whole.height) },
      reduction: reduction, in: workspace)
    guard orientation != .upright else { return stored }
    let upright = try workspace.upright.reserve(width: stored.width, height: stored.height)
    orientation.apply(
      to: stored.base, width: stored.width, height: stored.height, into: upright)
    return Raster(
      base: upright,
      area: orientation.upright(stored.area, width: whole.width, height: whole.height),
      ofWidth: orientation.swapsSides ? whole.height : whole.width,
      height: orientation.swapsSides ? whole.width : whole.height)
  }

  /// Decodes without turning upright; the file is read to its end whatever the reduction, if `part`
  /// is `nil`.
  ///
  /// - Parameter part: of the stored picture at the reduction.
  /// - Returns: the raster, in memory of the workspace, valid until its next use, and what the
  ///   decoder remarked without a pixel being lost.
  func decodeStored(
    _ part: PixelArea? = nil, reduction: Int = 1, in workspace: Workspace
  ) throws(ImageError) -> (raster: Raster, warnings: [String]) {
    precondition(reduction == 1 || canReduce, "only JPEG is decoded smaller")
    let (width, height) = storedSize(reduction: reduction)
    let whole = PixelArea(x: 0, y: 0, width: width, height: height)
    let wanted = canReduce ? part ?? whole : whole
    try take(3 * wanted.width * wanted.height, in: workspace)
    try header.requireMemory(forWidth: wanted.width, height: wanted.height)
    switch codec {
    case .jpeg(let decoder):
      let (base, area) = try decoder.decode(wanted, reduction: reduction, into: workspace.decoded)
      return (Raster(base: base, area: area, ofWidth: width, height: height), decoder.warnings)
    case .whole(let decoder):
      let target = try workspace.decoded.reserve(width: width, height: height)
      let warnings = try decoder.decode(into: target)
      return (Raster(base: target, width: width, height: height), warnings)
    }
  }

  /// Takes so many bytes for pictures, and what decoding takes beside them.
  private func take(_ byteCount: Int, in workspace: Workspace) throws(ImageError) {
    try workspace.take(
      byteCount + header.workingMemory, width: header.storedWidth, height: header.storedHeight)
  }

  private func storedSize(reduction: Int) -> (width: Int, height: Int) {
    (
      (header.storedWidth + reduction - 1) / reduction,
      (header.storedHeight + reduction - 1) / reduction
    )
  }
}

extension EncodedImage {
  /// Decodes to an image of its own, into whose memory what is stored upright is written at once.
  fileprivate func image() throws(ImageError) -> Image {
    let count = width * height * 3
    var failure: ImageError?
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      let memory = ScratchMemory(lent: target)
      let workspace =
        header.orientation == .upright ? Workspace(decoded: memory) : Workspace(upright: memory)
      do throws(ImageError) {
        let raster = try decode(in: workspace)
        precondition(raster.base == target.baseAddress.map { UnsafePointer($0) })
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return Image(width: width, height: height, pixels: pixels)
  }
}

extension Image {
  /// The photo of a file made to fit a square of `maxSide`, never enlarged: what `thumbnail` makes of it, without an
  /// image of the whole on the way.
  /// - Throws: as `decodeImage`.
  package init(
    thumbnailOf file: URL, maxSide: Int, maximumPixels: Int = 100_000_000
  ) throws(ImageError) {
    let workspace = Workspace()
    let bytes = try readFile(file.path, in: workspace)
    let picture = try EncodedImage(bytes, maximumPixels: maximumPixels).decode(in: workspace)
    let (width, height) = Self.size(
      ofThumbnail: maxSide, width: picture.width, height: picture.height)
    self.init(picture, width: width, height: height, in: workspace)
  }
}

/// Decodes a part of an image file at a reduction, as training views do.
///
/// - Parameters:
///   - part: of the upright picture at the reduction; all of it if `nil`.
///   - reduction: 1, and for JPEG 2, 4 or 8.
/// - Returns: what was decoded, where in the picture it lies, and the size of the whole picture.
package func decodePart(
  _ part: PixelArea?, of bytes: [UInt8], reduction: Int
) throws(ImageError) -> (image: Image, area: PixelArea, whole: (width: Int, height: Int)) {
  try bytes.span.bytes.withUnsafeBytes { buffer throws(ImageError) in
    let encoded = try EncodedImage(buffer, maximumPixels: 100_000_000)
    let workspace = Workspace()
    let raster = try encoded.decode(part, reduction: reduction, in: workspace)
    return (Image(raster), raster.area, (raster.wholeWidth, raster.wholeHeight))
  }
}

/// Decodes an image file held in memory, recognised by its content: JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC
/// or AVIF.
///
/// The result is upright (the orientation of EXIF or of the container applied) RGB; grey, CMYK and YCCK
/// are converted as Pillow's `convert("RGB")` does, transparency is laid over white. Of an animation it is
/// the first picture, of several pages the first.
/// - Parameters:
///   - bytes: of the whole file; the memory must stay valid during the call.
///   - maximumPixels: larger images are refused before memory is taken for them.
/// - Throws: what `ImageError.Kind` lists; a file cut short is an error, not a half-grey image.
public func decodeImage(
  _ bytes: UnsafeRawBufferPointer, maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  try EncodedImage(bytes, maximumPixels: maximumPixels).image()
}

/// Decodes an image file held in an array; see the form with a buffer.
public func decodeImage(
  _ bytes: [UInt8], maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  try bytes.span.bytes.withUnsafeBytes { buffer throws(ImageError) in
    try decodeImage(buffer, maximumPixels: maximumPixels)
  }
}

/// Reads and decodes an image file; see the form with a buffer.
///
/// - Throws: also `.unreadable` if the system does not give its bytes.
public func decodeImage(
  contentsOf file: URL, maximumPixels: Int = 100_000_000
) throws(ImageError) -> Image {
  let workspace = Workspace()
  let bytes = try readFile(file.path, in: workspace)
  return try EncodedImage(bytes, maximumPixels: maximumPixels).image()
}
