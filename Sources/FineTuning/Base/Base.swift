import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A base to be fine-tuned: a network up to its pooled features, with weights and all that belongs
/// to them.
public struct Base: Sendable {
  /// Where the weights come from.
  public enum Weights: Hashable, Sendable {
    /// From nowhere: random values, whose features are not worth solving a head on.
    case random
    /// From a file with this sha256, in hexadecimal.
    case pretrained(sha256: String)
  }

  /// As on the command line, for example `mobilenetv2`.
  public let name: String
  /// The factor on all widths, for families that have one.
  public let alpha: Double?
  /// From a photo to a vector of features. Its stages are what can be unfrozen.
  package(set) public var network: Network
  /// The weights by parameter name.
  package(set) public var tensors: [String: Tensor]
  /// Whether the weights are random or from which file.
  package(set) public var weights: Weights
  /// What the network was trained to see in place of bytes.
  public let preprocessing: Preprocessing
  /// How a photo is brought to the network's size, unless the user says or the photos decide.
  package(set) public var resize = ResizePolicy.crop
  /// What cropping is for it: `.cover` for a file that leaves photos of the network's size as they are.
  package var cropping = ResizePolicy.crop
  /// Why `resize` is so, where a user might have reason to think otherwise.
  package var resizeNote: Sentence?
  /// The configuration that the network was built from, which goes into the run; `nil` where the name
  /// says it all.
  package(set) public var architecture: SavedArchitecture?
  /// How it was asked for; `nil` for a network of the caller's own.
  package(set) public var source: Source?
  /// How it was chosen among others; `nil` where it was named.
  package(set) public var comparison: BaseComparison?
  /// The file that the weights are from; `nil` for random ones.
  package(set) public var file: URL?
  /// How file and network correspond; `nil` for random weights.
  package(set) public var report: LoadReport?
  /// The licence of the weights, where it forbids commercial use.
  package(set) public var restriction: String?
  /// The licence of the weights, where it is known.
  package(set) public var licence: String?
  /// What a user should know, one line each.
  package(set) public var notes: [Sentence] = []

  /// A network of the caller's own.
  /// - Parameters:
  ///   - name: what runs, head files and messages call the base by, for example `mobilenetv2`.
  ///   - alpha: the factor on all widths, shown behind the name; `nil` for networks that have none.
  ///   - network: reads `[height, width, channels]` and ends in a vector of features.
  ///   - tensors: all of the network's weights, by parameter name.
  ///   - weights: whether `tensors` are random or from which file; with random ones training leaves
  ///     out the plan's solved head, unless the plan has nothing else.
  ///   - preprocessing: what the network was trained to see in place of bytes; it has as many
  ///     channels as the network's input.
  /// - Precondition: the network does not end in probabilities: a classifier is no base, and a head on
  ///   its classes would learn little.
  public init(
    name: String, alpha: Double? = nil, network: Network, tensors: [String: Tensor],
    weights: Weights, preprocessing: Preprocessing
  ) {
    precondition(network.outputShape.rank == 1, "'\(name)' does not end in a vector of features")
    precondition(
      !network.endsInProbabilities, "'\(name)' ends in probabilities; cut its classifier off")
    precondition(
      network.inputShape.rank == 3 && network.inputShape[2] == preprocessing.channels,
      "'\(name)' does not read photos as they are preprocessed")
    self.name = name
    self.alpha = alpha
    self.network = network
    self.tensors = tensors
    self.weights = weights
    self.preprocessing = preprocessing
  }

  /// Of the input.
  public var imageSize: ImageSize { network.inputShape.imageSize }

  /// The number of features.
  public var dimension: Int { network.outputShape.count }

  /// The name for messages: `mobilenet 0.25`, or `resnet50`.
  public var title: String { alpha.map { "\(name) \($0)" } ?? name }
}

extension Base.Weights {
  /// The sha256 of the file; `nil` for random weights.
  public var sha256: String? {
    switch self {
    case .random: nil
    case .pretrained(let sha256): sha256
    }
  }
}

extension Network {
  /// Whether the last thing that the network does is a softmax.
  fileprivate var endsInProbabilities: Bool {
    switch self[output].layer {
    case let dense as Dense: dense.activation == .softmax
    case let activation as ActivationLayer: activation.activation == .softmax
    default: false
    }
  }
}
