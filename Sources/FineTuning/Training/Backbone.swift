import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A base to be fine-tuned: a network up to its pooled features, with weights and all that belongs
/// to them.
public struct Backbone: Sendable {
  /// As on the command line, for example `mobilenetv2`.
  public var name: String
  /// The factor on all widths, for families that have one.
  public var alpha: Double?
  /// From a square photo to a vector of features. Its stages are what can be unfrozen.
  public var network: Network
  /// The weights by parameter name.
  public var tensors: [String: Tensor]
  /// The sha256 of the weight file; `nil` for random weights, whose features are not worth solving a
  /// head on.
  public var weightsDigest: String?
  public var preprocessing: Preprocessing
  /// The configuration that the network was built from, which goes into the run; `nil` where the name
  /// says it all.
  public var architecture: SavedArchitecture?

  public init(
    name: String, alpha: Double?, network: Network, tensors: [String: Tensor],
    weightsDigest: String?, preprocessing: Preprocessing, architecture: SavedArchitecture? = nil
  ) {
    precondition(network.outputShape.rank == 1, "'\(name)' does not end in a vector of features")
    precondition(
      network.inputShape.rank == 3 && network.inputShape[0] == network.inputShape[1]
        && network.inputShape[2] == preprocessing.channels,
      "'\(name)' does not read square photos as they are preprocessed")
    self.name = name
    self.alpha = alpha
    self.network = network
    self.tensors = tensors
    self.weightsDigest = weightsDigest
    self.preprocessing = preprocessing
    self.architecture = architecture
  }

  /// Height and width of the input, in pixels.
  public var imageSize: Int { network.inputShape[0] }

  /// The number of features.
  public var dimension: Int { network.outputShape.count }
}
