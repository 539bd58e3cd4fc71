internal import CWebP

/// Reads WebP files with libwebp, lossy and lossless; of an animation its first picture.
final class WebPDecoder: PictureDecoder {
  let header: ImageHeader
  private let demuxer: OpaquePointer
  private var frame = WebPIterator()

  /// Finds the parts of the file (`WebPDemuxPartial`); none is decoded.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    var data = WebPData()
    data.bytes = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    data.size = bytes.count
    var state = WEBP_DEMUX_PARSE_ERROR
    let demuxer = WebPDemuxPartial(&data, &state)
    guard let demuxer, state == WEBP_DEMUX_DONE else {
      WebPDemuxDelete(demuxer)
      throw state == WEBP_DEMUX_PARSE_ERROR
        ? ImageError(.corrupt, "damaged WebP: its parts do not fit together")
        : ImageError(.truncated, "cut short: the WebP ends before its picture does")
    }
    var features = WebPBitstreamFeatures()
    guard WebPDemuxGetFrame(demuxer, 1, &frame) != 0,
      WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) == VP8_STATUS_OK
    else {
      WebPDemuxReleaseIterator(&frame)
      WebPDemuxDelete(demuxer)
      throw ImageError(.corrupt, "damaged WebP: there is no picture in it")
    }
    self.demuxer = demuxer
    let isLossless = features.format == 2
    let width = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH))
    let height = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))
    let hasAlpha = WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG.rawValue != 0
    // Lossless pictures are decoded to four bytes a pixel, alpha of the others to one.
    let isPart = Int(frame.width) != width || Int(frame.height) != height
    let own = isLossless ? 4 : hasAlpha ? 1 : 0
    header = ImageHeader(
      format: .webP, storedWidth: width, storedHeight: height,
      orientation: Self.orientation(demuxer), colour: isLossless ? .rgb : .ycbcr, bitDepth: 8,
      hasAlpha: hasAlpha, isProgressive: false,
      working: DecodingMemory(
        perPixel: own + (hasAlpha || isPart ? TransparentPixels.bytes : 0)))
  }

  deinit {
    WebPDemuxReleaseIterator(&frame)
    WebPDemuxDelete(demuxer)
  }

  /// Of the EXIF chunk, which may begin as JPEG's segment does.
  private static func orientation(_ demuxer: OpaquePointer) -> Orientation {
    var chunk = WebPChunkIterator()
    guard WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0 else { return .upright }
    defer { WebPDemuxReleaseChunkIterator(&chunk) }
    let bytes = UnsafeRawBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size)
    let isSegment = bytes.starts(with: Array("Exif\0\0".utf8))
    let block = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(isSegment ? 6 : 0))
    return Orientation(tiff: block) ?? .upright
  }

  /// `WebPDecode`. What an animation's first picture leaves free is transparent.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    let (width, height) = (header.storedWidth, header.storedHeight)
    let area = PixelArea(
      x: Int(frame.x_offset), y: Int(frame.y_offset), width: Int(frame.width),
      height: Int(frame.height))
    guard area.x >= 0, area.y >= 0, area.x + area.width <= width, area.y + area.height <= height
    else { throw ImageError(.corrupt, "damaged WebP: a picture beyond its edges") }
    if !header.hasAlpha, area == PixelArea(x: 0, y: 0, width: width, height: height) {
      try decode(MODE_RGB, into: target, stride: width * 3, count: width * height * 3)
    } else {
      let pixels = try TransparentPixels(width: width, height: height)
      let start = (area.y * width + area.x) * 4
      try decode(
        MODE_RGBA, into: pixels.base + start, stride: width * 4, count: pixels.count * 4 - start)
      header.hasAlpha ? pixels.layOverWhite(into: target) : pixels.dropAlpha(into: target)
    }
    let pictures = WebPDemuxGetI(demuxer, WEBP_FF_FRAME_COUNT)
    return pictures > 1 ? ["an animation of \(pictures) pictures, of which the first is used"] : []
  }

  private func decode(
    _ mode: WEBP_CSP_MODE, into target: UnsafeMutablePointer<UInt8>, stride: Int, count: Int
  ) throws(ImageError) {
    var configuration = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&configuration) != 0 else {
      throw ImageError(.unsupported, "another libwebp than the one this was built for")
    }
    configuration.output.colorspace = mode
    configuration.output.is_external_memory = 1
    configuration.output.u.RGBA.rgba = target
    configuration.output.u.RGBA.stride = Int32(stride)
    configuration.output.u.RGBA.size = count
    let status = WebPDecode(frame.fragment.bytes, frame.fragment.size, &configuration)
    switch status {
    case VP8_STATUS_OK: return
    case VP8_STATUS_OUT_OF_MEMORY: throw ImageError(.outOfMemory, "libwebp has no memory left")
    case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED:
      throw ImageError(.truncated, "cut short: the WebP ends before its picture does")
    default: throw ImageError(.corrupt, "damaged WebP: its picture cannot be decoded")
    }
  }
}
