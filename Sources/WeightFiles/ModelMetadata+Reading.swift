import Files
import TensorKernels

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
    guard let imageSize = try file.imageSize(), imageSize.isUsable else {
      throw FormatError("has no usable attribute 'image_size'; it was not written by this program")
    }
    self.init(
      labels: labels, preprocessing: try required("preprocessing"),
      baseName: try required("base_name"), baseDigest: try required("base_digest"),
      imageSize: imageSize, resize: try required("resize"),
      restriction: try file.string(attribute: "restricting_licence", of: "/"),
      licence: try file.string(attribute: "licence", of: "/"),
      thresholds: try Self.thresholds(
        file.string(attribute: Self.thresholdsName, of: "/"), labels: labels.count))
    if let digest = try file.string(attribute: ValueDigest.name, of: "/"),
      digest != ValueDigest.of(texts)
    {
      throw FormatError("is damaged: it does not say of the model what was written")
    }
  }

  /// The key under which thresholds stand.
  static let thresholdsName = "thresholds"

  /// The thresholds as text, as JSON has a list of numbers.
  var thresholdText: String? {
    thresholds.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" }
  }

  private static func thresholds(_ text: String?, labels: Int) throws(FormatError) -> [Double]? {
    guard let text else { return nil }
    guard let values = try? JSONParser.parse(text.utf8).thresholds(labels: labels) else {
      throw FormatError(
        "has the attribute 'thresholds', but not a number from 0 to 1 for each of \(labels) labels")
    }
    return values
  }

  private static func missing(_ name: String) -> FormatError {
    FormatError("has no attribute '\(name)'; it was not written by this program")
  }

  /// As it stands in a `.keras` archive.
  var archived: [String: JSONValue] {
    var values: [String: JSONValue] = [
      "labels": .list(labels.map(JSONValue.string)), "preprocessing": .string(preprocessing),
      "base_name": .string(baseName), "base_digest": .string(baseDigest),
      "image_size": imageSize.isSquare ? .int(imageSize.height) : .string(imageSize.description),
      "resize": .string(resize),
    ]
    values["restricting_licence"] = restriction.map(JSONValue.string)
    values["licence"] = licence.map(JSONValue.string)
    values[Self.thresholdsName] = thresholds.map { .list($0.map(JSONValue.double)) }
    return values
  }

  /// The same as texts alone: what is none is JSON.
  var texts: [String: String] {
    archived.mapValues { value in value.string ?? (try? value.text()) ?? "" }
  }

  /// Reads what `texts` gave; `nil` for anything else.
  package init?(texts: [String: String]) {
    self.init(
      archived: .object(
        texts.reduce(into: [:]) { values, text in
          values[text.key] =
            switch text.key {
            case "labels", Self.thresholdsName:
              (try? JSONParser.parse(text.value.utf8)) ?? .null
            case "image_size": Int(text.value).map(JSONValue.int) ?? .string(text.value)
            default: .string(text.value)
            }
        }))
  }

  /// Reads what `archived` gave; `nil` for the `metadata.json` of anybody else.
  init?(archived metadata: JSONValue) {
    guard let labels = metadata["labels"]?.list?.map(\.string), !labels.contains(nil),
      let preprocessing = metadata["preprocessing"]?.string,
      let baseName = metadata["base_name"]?.string,
      let baseDigest = metadata["base_digest"]?.string,
      let imageSize = metadata["image_size"]?.imageSize, imageSize.isUsable,
      let resize = metadata["resize"]?.string
    else { return nil }
    let thresholds = metadata[Self.thresholdsName].map { $0.thresholds(labels: labels.count) }
    if let thresholds, thresholds == nil { return nil }
    self.init(
      labels: labels.compactMap(\.self), preprocessing: preprocessing, baseName: baseName,
      baseDigest: baseDigest, imageSize: imageSize, resize: resize,
      restriction: metadata["restricting_licence"]?.string,
      licence: metadata["licence"]?.string, thresholds: thresholds ?? nil)
  }
}

extension HDF5File {
  /// The attribute that says it: a number for a square, else a text.
  fileprivate func imageSize() throws(FormatError) -> ImageSize? {
    if let side = try? integer(attribute: "image_size", of: "/") { return ImageSize(side: side) }
    return try string(attribute: "image_size", of: "/").flatMap { ImageSize($0) }
  }
}

extension JSONValue {
  /// A number from 0 to 1 for each label; `nil` for anything else.
  fileprivate func thresholds(labels: Int) -> [Double]? {
    guard let values = list?.map(\.double), values.count == labels else { return nil }
    let numbers = values.compactMap { $0 }.filter { 0...1 ~= $0 }
    return numbers.count == labels ? numbers : nil
  }

  /// A number for a square, else a text.
  fileprivate var imageSize: ImageSize? {
    int.map(ImageSize.init(side:)) ?? string.flatMap { ImageSize($0) }
  }
}

extension ImageSize {
  fileprivate var isUsable: Bool { height > 0 && width > 0 }
}
