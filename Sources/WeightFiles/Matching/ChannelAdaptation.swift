import NeuralNetworks
import TensorKernels

/// How tensors of three input channels are made to fit a network of one.
public struct ChannelAdaptation: Sendable {
  /// `Parameter.name` of those that know the number of input channels.
  public let parameters: Set<String>
  /// The tensor in the parameter's shape; `nil` when that cannot be.
  public let adapt: @Sendable (Tensor, Parameter) -> Tensor?

  /// An adaptation for some parameters only.
  /// - Parameters:
  ///   - parameters: `Parameter.name` of those that know the number of input channels.
  ///   - adapt: gives the tensor in the parameter's shape, or `nil`; for models of the zoo it is
  ///     `Model.adapted(_:to:)`.
  public init(
    _ parameters: Set<String>, _ adapt: @escaping @Sendable (Tensor, Parameter) -> Tensor?
  ) {
    self.parameters = parameters
    self.adapt = adapt
  }

  /// Whether a shape has 3 on the one axis where the parameter has 1.
  func canFit(_ shape: Shape, _ parameter: Parameter) -> Bool {
    guard parameters.contains(parameter.name), shape.rank == parameter.shape.rank else {
      return false
    }
    let differing = zip(shape.dimensions, parameter.shape.dimensions).filter { $0 != $1 }
    return differing.count == 1 && differing[0] == (3, 1)
  }
}
