internal import CAVIF
internal import CGIF
internal import CHEIF
internal import CJPEG
internal import CPNG
internal import CTIFF
internal import CWebP

/// The libraries that decode photos.
enum ImageLibraries {
  /// Their versions in one line: another version may give other pixels.
  static let versions = [
    "jpeg \(String(cString: cjpeg_version()))", "png \(png_access_version_number())",
    "gif \(cgif_version())", "webp \(WebPGetDecoderVersion())",
    "tiff \(String(cString: ctiff_version()).split(separator: "\n").first ?? "")",
    "heif \(String(cString: heif_get_version()))", "avif \(String(cString: avifVersion()))",
  ].joined(separator: " ")
}
