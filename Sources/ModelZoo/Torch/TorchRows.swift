import ImagePipeline
import NeuralNetworks

/// What timm's configuration says of one file of weights.
struct TimmRow {
  /// What stands behind the architecture's name and a dot, for example `a1_in1k`.
  var tag: String
  /// Height and width of the input, in pixels, of the training.
  var size = 224
  /// What share of the resized photo is seen.
  var crop = 0.875
  var filter = Interpolation.bicubic
  var mode = PhotoCut.Mode.crop
  /// The input at which accuracies are published, and its share; `nil`: as in training.
  var test: (size: Int, crop: Double)?
  var preprocessing = Preprocessing.torch
  /// ImageNet's top 1 at the test size, `0...1`, where it is published.
  var topOne: Double?
  var licence = "Apache 2.0"
  /// Who trained them.
  var origin = "Ross Wightman, timm"
}

/// A file of weights of torchvision.
struct TorchvisionRow {
  /// `v1` for `IMAGENET1K_V1`.
  var tag: String
  /// The file's name at download.pytorch.org, with the first digits of its SHA-256.
  var file: String
  /// Height and width of the input, in pixels.
  var size = 224
  /// The shorter side of the photo, of which that is the centre.
  var resize = 256
  var filter = Interpolation.bilinear
  var preprocessing = Preprocessing.torch
  /// ImageNet's top 1, `0...1`.
  var topOne: Double?
  var licence = "BSD 3-Clause"
}

extension Family {
  /// A network of timm.
  /// - Parameters:
  ///   - architecture: timm's name without the tag, for example `resnet50`.
  ///   - rows: the published weights, of which the first are taken unless a tag is named; `nil`: what
  ///     `PublishedRows` has.
  static func timm(
    _ architecture: String, paper: String, minimumImageSize: Int = 32,
    classifierNeedsPublishedSize: Bool = false, _ rows: [TimmRow]? = nil,
    layers: @escaping @Sendable (Variant) throws(NetworkError) -> Network
  ) -> Family {
    let rows = rows ?? PublishedRows.ofTimm[architecture] ?? []
    return Family(
      name: "timm/\(architecture)", paper: paper,
      preprocessing: rows.first?.preprocessing ?? .torch,
      published: rows.map { row in
        Published(
          tag: row.tag, imageSize: row.size, topOne: row.topOne,
          files: PublishedWeights(top: .timm("\(architecture).\(row.tag)"), noTop: nil),
          preprocessing: row.preprocessing,
          provenance: Provenance(origin: row.origin, licence: row.licence),
          cut: PhotoCut(row.crop, row.filter, row.mode),
          test: row.test.map { Published.Test(imageSize: $0.size, fraction: $0.crop) })
      },
      defaultImageSize: rows.first?.size ?? 224, minimumImageSize: minimumImageSize,
      classifierNeedsPublishedSize: classifierNeedsPublishedSize, layers: layers)
  }

  /// A network of torchvision.
  /// - Parameters:
  ///   - architecture: torchvision's name, for example `resnet50`.
  ///   - rows: the published weights, of which the first are taken unless a tag is named; `nil`: what
  ///     `PublishedRows` has.
  static func torchvision(
    _ architecture: String, paper: String, minimumImageSize: Int = 32,
    classifierNeedsPublishedSize: Bool = false, _ rows: [TorchvisionRow]? = nil,
    layers: @escaping @Sendable (Variant) throws(NetworkError) -> Network
  ) -> Family {
    let rows = rows ?? PublishedRows.ofTorchvision[architecture] ?? []
    return Family(
      name: "torchvision/\(architecture)", paper: paper,
      preprocessing: rows.first?.preprocessing ?? .torch,
      published: rows.map { row in
        Published(
          tag: row.tag, imageSize: row.size, topOne: row.topOne,
          files: PublishedWeights(top: .torchvision(row.file), noTop: nil),
          preprocessing: row.preprocessing,
          provenance: Provenance(origin: "PyTorch, torchvision", licence: row.licence),
          cut: PhotoCut(Double(row.size) / Double(row.resize), row.filter))
      },
      defaultImageSize: rows.first?.size ?? 224, minimumImageSize: minimumImageSize,
      classifierNeedsPublishedSize: classifierNeedsPublishedSize, layers: layers)
  }
}

extension WeightFile {
  /// Where huggingface's hub has everything.
  package static let hubURL = "https://huggingface.co/"
  /// Where torchvision has its files.
  package static let torchURL = "https://download.pytorch.org/models/"

  /// A file of timm's on huggingface's hub, which tells its digest when it is asked for it.
  static func timm(_ repository: String) -> WeightFile {
    WeightFile(
      fileName: "model.safetensors", folder: "timm/\(repository)/resolve/main", digest: nil,
      includesTop: true, site: hubURL)
  }

  /// A file of torchvision's, whose name ends in the first digits of its SHA-256.
  static func torchvision(_ name: String) -> WeightFile {
    let digits = name.split(separator: ".").first?.split(separator: "-").last ?? ""
    let isDigest = digits.count >= 8 && digits.allSatisfy(\.isHexDigit)
    return WeightFile(
      fileName: name, folder: "", digest: isDigest ? .sha256Prefix(String(digits)) : nil,
      includesTop: true, site: torchURL)
  }
}
