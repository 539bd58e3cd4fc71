internal import CGIF

/// Reads GIF files with giflib; of an animation its first picture.
final class GIFDecoder: PictureDecoder {
  /// What is left of the file; giflib reads from it.
  private struct Source {
    let bytes: UnsafeRawBufferPointer
    var position = 0
  }

  let header: ImageHeader
  private let source: UnsafeMutablePointer<Source>
  private let gif: UnsafeMutablePointer<GifFileType>
  private let transparent: Int?

  /// Reads up to the description of the first picture.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    source = .allocate(capacity: 1)
    source.initialize(to: Source(bytes: bytes))
    var code: Int32 = 0
    let opened = DGifOpen(
      source,
      { gif, target, wanted in
        guard let source = gif?.pointee.UserData?.assumingMemoryBound(to: Source.self), let target
        else { return 0 }
        let start = source.pointee.position
        let count = max(0, min(Int(wanted), source.pointee.bytes.count - start))
        let part = source.pointee.bytes[start..<start + count]
        UnsafeMutableRawBufferPointer(start: target, count: count).copyBytes(from: part)
        source.pointee.position += count
        return Int32(count)
      }, &code)
    guard let opened else {
      source.deallocate()
      throw Self.error(code)
    }
    do throws(ImageError) {
      transparent = try Self.findPicture(opened)
      header = try Self.header(opened.pointee, isTransparent: transparent != nil)
    } catch {
      DGifCloseFile(opened, nil)
      source.deallocate()
      throw error
    }
    gif = opened
  }

  deinit {
    DGifCloseFile(gif, nil)
    source.deallocate()
  }

  /// Reads on to a picture's description; returns the index that is transparent in it.
  private static func findPicture(
    _ gif: UnsafeMutablePointer<GifFileType>
  ) throws(ImageError) -> Int? {
    var transparent: Int?
    while true {
      switch try nextRecord(gif) {
      case IMAGE_DESC_RECORD_TYPE:
        guard DGifGetImageDesc(gif) != GIF_ERROR else { throw error(gif.pointee.Error) }
        return transparent
      case EXTENSION_RECORD_TYPE:
        if let index = try readExtension(gif) { transparent = index }
      default: throw ImageError(.corrupt, "damaged GIF: there is no picture in it")
      }
    }
  }

  private static func nextRecord(
    _ gif: UnsafeMutablePointer<GifFileType>
  ) throws(ImageError) -> GifRecordType {
    var kind = UNDEFINED_RECORD_TYPE
    guard DGifGetRecordType(gif, &kind) != GIF_ERROR else { throw error(gif.pointee.Error) }
    return kind
  }

  /// Reads an extension to its end; returns the transparent index that it states.
  private static func readExtension(
    _ gif: UnsafeMutablePointer<GifFileType>
  ) throws(ImageError) -> Int? {
    var kind: Int32 = 0
    var block: UnsafeMutablePointer<GifByteType>?
    var transparent: Int?
    guard DGifGetExtension(gif, &kind, &block) != GIF_ERROR else { throw error(gif.pointee.Error) }
    // The first byte counts the others.
    if kind == GRAPHICS_EXT_FUNC_CODE, let block, block[0] >= 4, block[1] & 1 != 0 {
      transparent = Int(block[4])
    }
    while block != nil {
      guard DGifGetExtensionNext(gif, &block) != GIF_ERROR else { throw error(gif.pointee.Error) }
    }
    return transparent
  }

  /// The picture may reach beyond the screen, which then grows, as in Pillow.
  private static func header(
    _ gif: GifFileType, isTransparent: Bool
  ) throws(ImageError) -> ImageHeader {
    let picture = gif.Image
    guard picture.Width > 0, picture.Height > 0, picture.Left >= 0, picture.Top >= 0 else {
      throw ImageError(
        .corrupt, "damaged GIF: a picture of \(picture.Width)×\(picture.Height) pixels")
    }
    let depth = (picture.ColorMap ?? gif.SColorMap).map { Int($0.pointee.BitsPerPixel) } ?? 8
    return ImageHeader(
      format: .gif, storedWidth: Int(max(gif.SWidth, picture.Left + picture.Width)),
      storedHeight: Int(max(gif.SHeight, picture.Top + picture.Height)), orientation: .upright,
      colour: .palette, bitDepth: depth, hasAlpha: isTransparent,
      isProgressive: picture.Interlace)
  }

  /// `DGifGetLine`, row by row. What the picture leaves free is transparent, else of the first colour.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    let (width, height) = (header.storedWidth, header.storedHeight)
    let picture = gif.pointee.Image
    let area = PixelArea(
      x: Int(picture.Left), y: Int(picture.Top), width: Int(picture.Width),
      height: Int(picture.Height))
    let colours = self.colours
    func paint(_ index: Int, _ place: Int) {
      let pixel = target + place * 3
      (pixel[0], pixel[1], pixel[2]) = colours[index]
    }
    if area.width < width || area.height < height {
      for place in 0..<width * height { paint(transparent ?? 0, place) }
    }
    var line = [UInt8](repeating: 0, count: area.width)
    for row in Self.rows(area.height, isInterlaced: picture.Interlace) {
      guard DGifGetLine(gif, &line, Int32(area.width)) != GIF_ERROR else {
        throw Self.error(gif.pointee.Error)
      }
      let start = (area.y + row) * width + area.x
      for (column, index) in line.enumerated() { paint(Int(index), start + column) }
    }
    return remarks
  }

  /// 256 colours: the picture's own, else the file's, else greys, which also fill up a short table.
  private var colours: [(UInt8, UInt8, UInt8)] {
    var colours = (0..<256).map { (UInt8($0), UInt8($0), UInt8($0)) }
    if let map = gif.pointee.Image.ColorMap ?? gif.pointee.SColorMap {
      for index in 0..<min(256, Int(map.pointee.ColorCount)) {
        let colour = map.pointee.Colors[index]
        colours[index] = (colour.Red, colour.Green, colour.Blue)
      }
    }
    if let transparent { colours[transparent] = (255, 255, 255) }
    return colours
  }

  /// The order in which rows come.
  private static func rows(_ height: Int, isInterlaced: Bool) -> [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { start, step in
      Array(stride(from: start, to: height, by: step))
    }
  }

  /// Whether anything follows the picture; nothing of it is decoded.
  private var remarks: [String] {
    do throws(ImageError) {
      while true {
        switch try Self.nextRecord(gif) {
        case IMAGE_DESC_RECORD_TYPE: return ["an animation, of which the first picture is used"]
        case EXTENSION_RECORD_TYPE: _ = try Self.readExtension(gif)
        default: return []
        }
      }
    } catch {
      return ["the file ends without its last byte"]
    }
  }

  private static func error(_ code: Int32) -> ImageError {
    switch code {
    case D_GIF_ERR_READ_FAILED, D_GIF_ERR_EOF_TOO_SOON, D_GIF_ERR_OPEN_FAILED,
      D_GIF_ERR_NO_SCRN_DSCR, D_GIF_ERR_NOT_GIF_FILE:
      return ImageError(.truncated, "cut short: the GIF ends before its picture does")
    case D_GIF_ERR_NOT_ENOUGH_MEM: return ImageError(.outOfMemory, "giflib has no memory left")
    default:
      let reason = GifErrorString(code).map { String(cString: $0) } ?? "error \(code)"
      return ImageError(.corrupt, "damaged GIF: \(reason)")
    }
  }
}
