import Files

extension ModelMetadata {
  /// Reads what `HDF5Image.set` stored at the root of a file.
  /// - Throws: `FormatError` when an attribute is absent or of another type.
  init(attributesOf file: borrowing HDF5File) throws(FormatError) {
    func required(_ name: String) throws(FormatError) -> String {
      guard let value = try file.string(attribute: name, of: "/") else { throw Self.missing(name) }
      return value
    }
    guard let labels = try file.chunkedStrings(attribute: "labels", of: "/") else {
      throw Self.missing("labels")
    }
    guard let imageSize = try file.integer(attribute: "image_size", of: "/"), imageSize > 0 else {
      throw FormatError("has no usable attribute 'image_size'; it was not written by this program")
    }
    self.init(
      labels: labels, preprocessing: try required("preprocessing"),
      baseName: try required("base_name"), baseDigest: try required("base_digest"),
      imageSize: imageSize, resize: try required("resize"))
  }

  private static func missing(_ name: String) -> FormatError {
    FormatError("has no attribute '\(name)'; it was not written by this program")
  }

  /// Reads what `archived` gave; `nil` for the `metadata.json` of anybody else.
  init?(archived metadata: JSONValue) {
    guard let labels = metadata["labels"]?.list?.map(\.string), !labels.contains(nil),
      let preprocessing = metadata["preprocessing"]?.string,
      let baseName = metadata["base_name"]?.string,
      let baseDigest = metadata["base_digest"]?.string,
      let imageSize = metadata["image_size"]?.int, imageSize > 0,
      let resize = metadata["resize"]?.string
    else { return nil }
    self.init(
      labels: labels.compactMap(\.self), preprocessing: preprocessing, baseName: baseName,
      baseDigest: baseDigest, imageSize: imageSize, resize: resize)
  }
}
