import ImagePipeline
import NeuralNetworks
import TensorKernels

extension Network {
  /// The network behind layers that make its input of pixels.
  ///
  /// Colours that the network reads in the other order go through a convolution of one position whose kernel says
  /// which goes where: Keras has no layer for it without weights.
  /// - Parameter preprocessing: what the network reads in place of the pixels 0...255.
  /// - Returns: the network, and the weights of what was put before it.
  /// - Throws: `NetworkError`.
  package func readingPixels(
    _ preprocessing: Preprocessing
  ) throws(NetworkError) -> (network: Network, tensors: [String: Tensor]) {
    var network = self
    var tensors: [String: Tensor] = [:]
    // In Float64, so that each number is rounded once.
    let scale = preprocessing.deviation.map {
      Float(1 / (Double(preprocessing.divisor) * Double($0)))
    }
    let offset = zip(preprocessing.mean, preprocessing.deviation).map {
      Float(-Double($0) / Double($1))
    }
    if scale.contains(where: { $0 != 1 }) || offset.contains(where: { $0 != 0 }) {
      network = try network.inserting(
        Rescaling(scale: scale, offset: offset), named: unusedName(Self.scalingName), behind: input)
    }
    if preprocessing.channelOrder == .bgr {
      let name = unusedName(Self.colourOrderName)
      network = try network.inserting(
        Convolution2D(3, kernel: 1, bias: false), named: name, behind: network.input)
      tensors["\(name)/kernel"] = Tensor([1, 1, 3, 3], [0, 0, 1, 0, 1, 0, 1, 0, 0])
    }
    return (network, tensors)
  }

  /// What scales pixels is called.
  package static let scalingName = "scale_pixels"
  /// What brings colours into the network's order is called.
  package static let colourOrderName = "rgb_to_bgr"

  /// The name, with underscores behind it if a base has been exported before.
  private func unusedName(_ name: String) -> String {
    node(named: name) == nil ? name : unusedName(name + "_")
  }
}
