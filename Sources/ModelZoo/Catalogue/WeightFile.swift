import Files
import Foundation

/// A file of pretrained weights that somebody publishes.
public struct WeightFile: Hashable, Sendable, Codable {
  /// What the bytes must hash to, in lower-case hexadecimal.
  public enum Digest: Hashable, Sendable, Codable {
    /// 32 hexadecimal digits.
    case md5(String)
    /// 64 hexadecimal digits.
    case sha256(String)
    /// The first of them.
    case sha256Prefix(String)
  }

  /// Its name at the end of the address; Keras keeps its own under it in `~/.keras/models`.
  public let fileName: String
  /// The folder below `site`, for example `resnet`; empty if it lies there itself.
  public let folder: String
  /// `nil` where none is known.
  public let digest: Digest?
  /// Whether the file holds the 1000-class classifier too.
  public let includesTop: Bool
  /// The address that it is downloaded from.
  public let site: String

  /// Where Keras has all files but EfficientNet's.
  package static let baseURL = "https://storage.googleapis.com/tensorflow/keras-applications/"
  /// Where it has those of EfficientNet B0 to B7.
  package static let efficientNetURL = "https://storage.googleapis.com/keras-applications/"

  /// The address below `site`, or below another server's copy of it.
  public func url(base: String? = nil) -> String {
    let base = base ?? site
    let root = base.hasSuffix("/") ? base : base + "/"
    return folder.isEmpty ? root + fileName : "\(root)\(folder)/\(fileName)"
  }
}

/// The files that are published for one variant of a model.
public struct PublishedWeights: Hashable, Sendable, Codable {
  /// Classifier included.
  public let top: WeightFile
  /// Up to the last feature map; `nil` where there is but one file for both, as everywhere but at
  /// Keras.
  public let noTop: WeightFile?
}

/// Whose tools keep a published file, and so where it is looked for on this machine.
public enum WeightShelf: String, Hashable, Sendable, Codable {
  /// Keras's, in `~/.keras/models`.
  case keras
  /// Those of huggingface's hub, in `~/.cache/huggingface/hub`.
  case hub
  /// torchvision's, in `~/.cache/torch/hub/checkpoints`.
  case torchvision
}

extension WeightFile {
  /// The name for messages: of a file on the hub with its repository's in front.
  package var title: String {
    shelf == .hub
      ? (folder.components(separatedBy: "/resolve/").first ?? folder) + "/" + fileName : fileName
  }

  /// Whose tools keep it.
  public var shelf: WeightShelf {
    switch site {
    case Self.hubURL: .hub
    case Self.torchURL: .torchvision
    default: .keras
    }
  }
}

extension PublishedWeights? {
  /// The files that there are.
  public var files: [WeightFile] { map { ($0.noTop.map { [$0] } ?? []) + [$0.top] } ?? [] }
}

extension PublishedWeights {
  init(
    folder: String, site: String = WeightFile.baseURL, top: String, _ topDigest: WeightFile.Digest?,
    noTop: String, _ noTopDigest: WeightFile.Digest?
  ) {
    self.top = WeightFile(
      fileName: top, folder: folder, digest: topDigest, includesTop: true, site: site)
    self.noTop = WeightFile(
      fileName: noTop, folder: folder, digest: noTopDigest, includesTop: false, site: site)
  }

  /// Files under the name that Keras gave them in its first years.
  init(folder: String, stem: String, md5 top: String, noTop: String) {
    let name = "\(stem)_weights_tf_dim_ordering_tf_kernels"
    self.init(
      folder: folder, top: "\(name).h5", .md5(top), noTop: "\(name)_notop.h5", .md5(noTop))
  }
}

/// Who trained the published weights, and under which licence they are given.
public struct Provenance: Hashable, Sendable, Codable {
  /// Who trained the weights, and who brought them into Keras's format.
  public let origin: String
  /// The licence, as its short name: `Apache 2.0`.
  public let licence: String
}

extension Provenance {
  static let tensorFlowModels = Provenance(
    origin: "Google, TensorFlow model garden; converted by Keras", licence: "Apache 2.0")
}
