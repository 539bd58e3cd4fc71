import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// What a checkpoint belongs to: another value of any of these would make another training.
struct TrainingIdentity: Codable, Hashable, Sendable {
  var plan: FineTuningPlan
  /// The name of the base, and a digest of its layers and parameters with the head's.
  var base: String
  var network: String
  /// A digest of the weights that the base started from.
  var weights: String
  /// A digest of the list of photos: label, digest and path of each, in order.
  var data: String
  var seed: UInt64
  var backend: String
  var precision: Precision
  var resize: String

  init(
    base: Base, plan: FineTuningPlan, options: TrainingOptions, network: Network,
    photos: Photos
  ) {
    self.plan = plan
    self.base = base.name
    self.network = network.structureDigest
    weights = base.tensors.digest
    data = photos.digest
    seed = options.seed
    backend = options.backend.rawValue
    precision = options.precision
    resize = options.resize.rawValue
  }

  /// What this training has and another has not, in a phrase; `nil` when they are the same.
  func difference(from other: TrainingIdentity) -> String? {
    func pair(_ what: String, _ own: some Any, _ others: some Any) -> String {
      "\(what) '\(own)', expected '\(others)'"
    }
    if base != other.base { return pair("the network", base, other.base) }
    if network != other.network {
      return pair("a network whose layers have the digest", network.short, other.network.short)
    }
    if weights != other.weights {
      return pair("base weights with the digest", weights.short, other.weights.short)
    }
    if data != other.data {
      return pair("photos whose list has the digest", data.short, other.data.short)
    }
    if let setting = JSONDifference(plan, other.plan) {
      return pair("a plan whose \(setting.path) is", setting.first, setting.second)
    }
    if seed != other.seed { return pair("the seed", seed, other.seed) }
    if backend != other.backend { return pair("the backend", backend, other.backend) }
    if precision != other.precision {
      return pair("the precision", precision.rawValue, other.precision.rawValue)
    }
    if resize != other.resize { return pair("the resizing", resize, other.resize) }
    return nil
  }
}

extension String {
  /// The first digits of a digest.
  fileprivate var short: String { "\(prefix(12))…" }
}

extension Network {
  /// A digest of the nodes and their parameters.
  var structureDigest: String {
    var digest = ContentDigest()
    for node in nodes {
      let inputs = node.inputs.map { nodes[$0.index].name }.joined(separator: ",")
      digest.add("\(node.name)\t\(node.layer)\t\(node.shape)\t\(inputs)\n")
      for parameter in node.parameters {
        digest.add("\(parameter.name)\t\(parameter.shape)\t\(parameter.role)\n")
      }
    }
    return digest.hexadecimal
  }
}

extension [String: Tensor] {
  /// A digest of names, shapes and values.
  var digest: String {
    var digest = ContentDigest()
    for name in keys.sorted() {
      guard let tensor = self[name] else { continue }
      digest.add("\(name)\t\(tensor.shape)\n")
      tensor.values.withUnsafeBytes { digest.add($0) }
    }
    return digest.hexadecimal
  }
}

extension Photos {
  /// The sha256 of the list of photos.
  var digest: String {
    var digest = ContentDigest()
    for (name, places) in [("train", training), ("validation", validation), ("test", test)] {
      for photo in all[places] {
        let label =
          labelling.isMultiLabel ? labelling.text(of: photo.label, classes) : "\(photo.label)"
        digest.add("\(name)\t\(label)\t\(photo.digest)\t\(photo.path)\n")
      }
    }
    return digest.hexadecimal
  }
}
