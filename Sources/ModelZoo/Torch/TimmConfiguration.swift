import Files
import Foundation
import ImagePipeline
import TensorKernels

/// What a `config.json` of timm says of the weights beside it.
package struct TimmConfiguration: Sendable {
  /// timm's name of the network without a tag, for example `resnet50`.
  package let architecture: String
  /// The input that they were trained with.
  package let imageSize: ImageSize
  let published: Published

  /// Reads a file whose content is not trusted.
  /// - Throws: `FormatError` that says what it lacks or what is not known here.
  package init(contentsOf url: URL) throws(FormatError) {
    let bytes = try FileBytes(path: url.path)
    guard bytes.byteCount <= JSONParser.largestByteCount,
      let text = bytes.bytes(at: 0, bytes.byteCount)
    else { throw FormatError("cannot be read, or is too long for a configuration") }
    try self.init(try JSONParser.parse(text))
  }

  init(_ json: JSONValue) throws(FormatError) {
    guard
      let architecture = json["architecture"]?.string
        ?? json["pretrained_cfg"]?["architecture"]?.string
    else { throw FormatError("does not say its 'architecture'; it is no configuration of timm's") }
    self.architecture = architecture
    // Early files have everything at the top.
    let settings = json["pretrained_cfg"] ?? json
    imageSize = try Self.size("input_size", of: settings) ?? ImageSize(side: 224)
    let fraction = settings["crop_pct"]?.double ?? 0.875
    let test = try Self.size("test_input_size", of: settings).map {
      Published.Test(
        imageSize: $0.height, fraction: settings["test_crop_pct"]?.double ?? fraction)
    }
    for fraction in [fraction, test?.fraction ?? 1] where !(fraction >= 0.01 && fraction <= 1) {
      throw FormatError("has a 'crop_pct' of \(fraction), expected a share up to 1")
    }
    let tag = settings["tag"]?.string ?? ""
    published = Published(
      tag: tag.isEmpty ? nil : tag.lowercased(), imageSize: imageSize.height,
      files: PublishedWeights(top: .timm("\(architecture).\(tag)"), noTop: nil),
      preprocessing: try Self.preprocessing(settings),
      provenance: settings["license"]?.string.map {
        Provenance(origin: "timm", licence: Self.licences[$0] ?? $0)
      },
      cut: PhotoCut(fraction, try Self.filter(settings), try Self.mode(settings)), test: test)
  }

  /// `[3, height, width]`; `nil` where it is not said.
  private static func size(_ key: String, of settings: JSONValue) throws(FormatError) -> ImageSize?
  {
    guard let value = settings[key], !value.isNull else { return nil }
    guard let sides = value.list?.map(\.int), sides.count == 3, sides[0] == 3,
      let height = sides[1], let width = sides[2], height > 0, width > 0
    else { throw FormatError("has a '\(key)' that is not [3, height, width]") }
    return ImageSize(height: height, width: width)
  }

  private static func preprocessing(_ settings: JSONValue) throws(FormatError) -> Preprocessing {
    func colour(_ key: String, _ customary: [Float]) throws(FormatError) -> [Float] {
      guard let value = settings[key], !value.isNull else { return customary }
      guard let numbers = value.list?.map({ $0.double.map { Float($0) } }), numbers.count == 3,
        numbers.allSatisfy({ $0.map { abs($0) <= 1e6 } == true })
      else { throw FormatError("has a '\(key)' that is not three numbers") }
      return numbers.compactMap(\.self)
    }
    let deviation = try colour("std", Preprocessing.torch.deviation)
    // What is divided by less may be infinite.
    guard deviation.allSatisfy({ $0 > 1e-6 }) else {
      throw FormatError("has a 'std' that is not above zero")
    }
    return Preprocessing(
      channelOrder: .rgb, divisor: 255, mean: try colour("mean", Preprocessing.torch.mean),
      deviation: deviation)
  }

  private static func filter(_ settings: JSONValue) throws(FormatError) -> Interpolation {
    switch settings["interpolation"]?.string {
    case "bicubic": return .bicubic
    case "bilinear", nil: return .bilinear
    case let other?:
      throw FormatError("resizes by '\(other.prefix(20))'; only bilinear and bicubic are known")
    }
  }

  private static func mode(_ settings: JSONValue) throws(FormatError) -> PhotoCut.Mode {
    switch settings["crop_mode"]?.string {
    case "center", nil: return .crop
    case "squash": return .squash
    case let other?:
      throw FormatError("crops by '\(other.prefix(20))'; only 'center' and 'squash' are known")
    }
  }

  /// Names as the hub spells them.
  private static let licences = [
    "apache-2.0": "Apache 2.0", "bsd-3-clause": "BSD 3-Clause", "mit": "MIT",
    "cc-by-nc-4.0": "CC BY-NC 4.0", "cc-by-4.0": "CC BY 4.0",
  ]
}

extension Model {
  /// The same network with what a configuration beside its weights says of preprocessing, view and licence.
  /// - Precondition: the configuration is of this architecture.
  package func configured(by configuration: TimmConfiguration) -> Model {
    let own = configuration.published
    let architecture = "timm/\(configuration.architecture)"
    precondition(name.hasPrefix(architecture), "a configuration of \(architecture) for \(name)")
    let tagged = [architecture, own.tag].compactMap(\.self).joined(separator: ".")
    let colour = own.preprocessing ?? preprocessing
    return Model(
      name: Model.isKnown(tagged) ? tagged : architecture, alpha: alpha, imageSize: imageSize,
      channels: channels, top: top, network: network,
      preprocessing: channels == 1 ? colour.gray : colour,
      resize: own.resize(at: imageSize) ?? resize, weightFiles: weightFiles,
      provenance: own.provenance, classifierLayers: classifierLayers)
  }

  /// The same with another preprocessing, as a run recorded it.
  package func seeing(_ preprocessing: Preprocessing) -> Model {
    Model(
      name: name, alpha: alpha, imageSize: imageSize, channels: channels, top: top,
      network: network, preprocessing: preprocessing, resize: resize, weightFiles: weightFiles,
      provenance: provenance, classifierLayers: classifierLayers)
  }
}

extension Provenance {
  /// Whether the licence forbids commercial use.
  public var forbidsCommercialUse: Bool {
    licence.uppercased().split { !$0.isLetter }.contains("NC")
  }
}
