internal import CAVIF
internal import CGIF
internal import CHEIF
internal import CJPEG
internal import CPNG
internal import CTIFF
internal import CWebP
import Files

/// The libraries that decode photos.
package enum ImageLibraries {
  /// What they are: another version may give other pixels.
  package static let versions = [
    LibraryVersion("libjpeg", String(cString: cjpeg_version())),
    LibraryVersion("libpng", dotted(Int(png_access_version_number()), by: 100)),
    LibraryVersion("giflib", dotted(Int(cgif_version()), by: 100)),
    LibraryVersion("libwebp", dotted(Int(WebPGetDecoderVersion()), by: 256)),
    LibraryVersion(
      "libtiff",
      String(cString: ctiff_version()).split(separator: "\n").first?
        .split(separator: " ").last.map(String.init) ?? ""),
    LibraryVersion("libheif", String(cString: heif_get_version())),
    LibraryVersion("libavif", String(cString: avifVersion())),
  ]

  /// Whether libheif has what decodes HEIC photos, which it may load from a package of its own.
  package static var decodesHEIC: Bool {
    heif_have_decoder_for_format(heif_compression_HEVC) != 0
  }

  /// Whether libavif was built with something that decodes AVIF photos.
  package static var decodesAVIF: Bool {
    avifCodecName(AVIF_CODEC_CHOICE_AUTO, avifCodecFlags(AVIF_CODEC_FLAG_CAN_DECODE.rawValue))
      != nil
  }

  /// A version that is one number, each part below `base`.
  private static func dotted(_ number: Int, by base: Int) -> String {
    "\(number / base / base).\(number / base % base).\(number % base)"
  }
}
