import ImagePipeline
import NeuralNetworks
import TensorKernels

extension Model {
  /// The parameters that know the number of input channels, for example `conv1_conv/kernel`: where a
  /// file of three-channel weights does not fit a network of one.
  public var inputParameters: [Parameter] {
    var reached: Set<Network.NodeID> = [network.input]
    var found: [Parameter] = []
    for node in network.nodes where node.inputs.contains(where: reached.contains) {
      found += node.parameters.filter { $0.role != .bias }
      // A convolution mixes the channels; what comes before handles each by itself.
      guard !node.parameters.contains(where: \.role.isKernel),
        let id = network.node(named: node.name)
      else { continue }
      reached.insert(id)
    }
    return found
  }

  /// A tensor of three-channel weights made to fit this one-channel network: the first kernel summed
  /// over its input channels, which does to a grey picture what the three did to equal channels (exactly
  /// where the three are preprocessed alike, else nearly: preprocessing takes the mean of their means);
  /// means of colours averaged, their variances replaced by the square of the mean deviation.
  ///
  /// - Parameters:
  ///   - tensor: The parameter's values in the three-channel file.
  ///   - parameter: One of `inputParameters`.
  /// - Returns: `nil` when it cannot be made to fit: this network has several channels, the parameter
  ///   does not depend on them, or other axes differ too.
  public func adapted(_ tensor: Tensor, to parameter: Parameter) -> Tensor? {
    guard channels == 1, inputParameters.contains(parameter) else { return nil }
    let count = Float(tensor.shape.channels)
    switch parameter.role {
    case .kernel:
      return tensor.summedOverInputs(scale: kernelScaleForOneChannel, as: parameter.shape)
    case .mean where tensor.shape == [3]:
      return Tensor([1], [tensor.values.reduce(0, +) / count])
    case .variance where tensor.shape == [3]:
      // As `Normalization` reads them: the official EfficientNet files hold deviations.
      let areDeviations = Normalization.areDeviationsOfImageNet(tensor.values)
      let deviations = areDeviations ? tensor.values : tensor.values.map { $0.squareRoot() }
      let deviation = deviations.reduce(0, +) / count
      return Tensor([1], [deviation * deviation])
    default: return nil
    }
  }

  /// By how much the one-channel graph's values are smaller than those that the kernel was trained
  /// with: 1 but for EfficientNetV2 B0 to B3.
  private var kernelScaleForOneChannel: Float {
    name.hasPrefix("efficientnetv2b") ? EfficientNetV2.kernelScaleForOneChannel : 1
  }
}

extension Tensor {
  /// A kernel `[height, width, inputs, outputs]` summed to one input; `nil` unless that has this shape.
  fileprivate func summedOverInputs(scale: Float, as target: Shape) -> Tensor? {
    guard shape.rank >= 3, target.rank == shape.rank else { return nil }
    var summed = shape
    summed.dimensions[shape.rank - 2] = 1
    guard summed == target else { return nil }
    let inputs = shape[shape.rank - 2]
    let outputs = shape.channels
    let values = (0..<target.count).map { index in
      let first = index / outputs * inputs * outputs + index % outputs
      return (0..<inputs).reduce(Float(0)) { $0 + self.values[first + $1 * outputs] } * scale
    }
    return Tensor(target, values)
  }
}
