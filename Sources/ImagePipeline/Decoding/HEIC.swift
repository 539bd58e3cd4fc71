internal import CHEIF

/// Reads HEIC files with libheif, which also turns them upright; of several pictures the primary one.
///
/// Pictures in HEVC only. One in AV1 is libavif's to decode, which takes it if the file names itself AVIF:
/// libheif 1.15 never frees the decoded picture if its colours are described by an unknown code.
final class HEICDecoder: PictureDecoder {
  let header: ImageHeader
  private let context: OpaquePointer
  private let picture: OpaquePointer

  /// What is coded may be larger than the picture: by a block, the least that is coded.
  private static let block = 64

  /// Reads the boxes (`heif_context_read_from_memory_without_copy`); no picture is decoded.
  ///
  /// - Parameter maximumPixels: files in which larger pictures are coded are refused, whatever their header
  ///   claims.
  init(_ bytes: UnsafeRawBufferPointer, maximumPixels: Int) throws(ImageError) {
    guard !Self.hasItemInAV1(bytes) else {
      throw ImageError(
        .unsupported,
        "an AV1 picture in a file that does not name itself AVIF (there is no brand 'avif'); convert it to JPEG or PNG"
      )
    }
    if let coded = HEVCPictures.largest(in: bytes),
      max(0, coded.width - Self.block) * max(0, coded.height - Self.block) > maximumPixels
    {
      throw ImageError(
        .tooLarge,
        "\(coded.width)×\(coded.height) pixels are coded, more than the \(maximumPixels) allowed")
    }
    guard let context = heif_context_alloc() else {
      throw ImageError(.outOfMemory, "libheif has no memory left")
    }
    heif_context_set_max_decoding_threads(context, 0)
    var picture: OpaquePointer?
    var status = heif_context_read_from_memory_without_copy(
      context, bytes.baseAddress, bytes.count, nil)
    if status.code == heif_error_Ok {
      status = heif_context_get_primary_image_handle(context, &picture)
    }
    guard status.code == heif_error_Ok, let picture else {
      let error = Self.error(status)
      heif_context_free(context)
      throw error
    }
    (self.context, self.picture) = (context, picture)
    let depth = Int(heif_image_handle_get_luma_bits_per_pixel(picture))
    header = ImageHeader(
      format: .heic, storedWidth: Int(heif_image_handle_get_width(picture)),
      storedHeight: Int(heif_image_handle_get_height(picture)), orientation: .upright,
      colour: .ycbcr, bitDepth: depth > 0 ? depth : 8,
      hasAlpha: heif_image_handle_has_alpha_channel(picture) != 0, isProgressive: false,
      working: Self.memory(
        isDeep: depth > 8, hasAlpha: heif_image_handle_has_alpha_channel(picture) != 0))
  }

  /// Whether an item is described ('infe', ISO/IEC 14496-12, 8.11.6) as being of type 'av01'.
  ///
  /// The bytes are searched, and no box is parsed: no difference from what libheif takes for a box matters.
  private static func hasItemInAV1(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.places(ofBox: "infe").contains { place in
      // Version and flags, an identifier of 2 or 4 bytes, the protection, the type.
      let description = bytes[(place + 4)...].prefix(14)
      return [8, 10].contains { description.dropFirst($0).prefix(4).elementsEqual("av01".utf8) }
    }
  }

  /// What is coded, of half as many colours as pixels, twice over: as it is and turned or put together from tiles;
  /// and the RGB that libheif makes of it.
  private static func memory(isDeep: Bool, hasAlpha: Bool) -> DecodingMemory {
    let coded = (isDeep ? 2 : 1) * (hasAlpha ? 5 : 3)
    return DecodingMemory(perPixel: coded + (hasAlpha ? 4 + TransparentPixels.bytes : 3))
  }

  deinit {
    heif_image_handle_release(picture)
    heif_context_free(context)
  }

  /// `heif_decode_image`; damage is an error, deeper colours become 8 bits.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    guard let options = heif_decoding_options_alloc() else {
      throw ImageError(.outOfMemory, "libheif has no memory left")
    }
    defer { heif_decoding_options_free(options) }
    options.pointee.strict_decoding = 1
    options.pointee.convert_hdr_to_8bit = 1
    var image: OpaquePointer?
    let chroma =
      header.hasAlpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB
    let status = heif_decode_image(picture, &image, heif_colorspace_RGB, chroma, options)
    guard status.code == heif_error_Ok, let image else { throw Self.error(status) }
    defer { heif_image_release(image) }
    try write(image, into: target)
    return []
  }

  private func write(
    _ image: OpaquePointer, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    let (width, height) = (header.storedWidth, header.storedHeight)
    var stride: Int32 = 0
    let plane = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride)
    guard let plane, Int(heif_image_get_width(image, heif_channel_interleaved)) == width,
      Int(heif_image_get_height(image, heif_channel_interleaved)) == height
    else { throw ImageError(.corrupt, "damaged HEIC: another size than its header says") }
    guard header.hasAlpha else {
      for row in 0..<height {
        (target + row * width * 3).update(from: plane + row * Int(stride), count: width * 3)
      }
      return
    }
    let pixels = try TransparentPixels(width: width, height: height)
    for row in 0..<height {
      (pixels.base + row * width * 4).update(from: plane + row * Int(stride), count: width * 4)
    }
    pixels.layOverWhite(into: target)
  }

  private static func error(_ status: heif_error) -> ImageError {
    let reason = status.message.map { String(cString: $0) } ?? "unreadable"
    return switch (status.code, status.subcode) {
    case (_, heif_suberror_End_of_data):
      ImageError(.truncated, "cut short: the HEIC ends before its picture does")
    case (_, heif_suberror_Security_limit_exceeded):
      ImageError(.tooLarge, "more than libheif allows: \(reason)")
    case (heif_error_Memory_allocation_error, _):
      ImageError(.outOfMemory, "libheif has no memory left")
    case (heif_error_Unsupported_feature, _), (heif_error_Unsupported_filetype, _),
      (heif_error_Plugin_loading_error, _):
      ImageError(
        .unsupported,
        "a HEIC that this libheif does not read (\(reason)); libheif-plugin-libde265 may be missing"
      )
    default: ImageError(.corrupt, "damaged HEIC: \(reason)")
    }
  }
}
