import Foundation
import ModelZoo
import NeuralNetworks

/// Which weights a network starts from.
public enum WeightSource: Codable, Hashable, Sendable {
  /// The published ones, looked for as `WeightStore` says.
  case published
  /// This file.
  case file(String)
  /// None: random values by Keras's initialisers.
  case none
}

/// A network of the zoo and the weights it starts from, as a user names them.
public struct BaseSelection: Codable, Hashable, Sendable {
  /// One of `Model.names`.
  public var name: String
  /// The factor on all widths, for families that have one; `nil`: 1.
  public var alpha: Double?
  /// Height and width of the input in pixels; `nil`: 224.
  public var imageSize: Int?
  public var weights = WeightSource.published
  /// Shell patterns of parameter names that the weight file may lack; they keep random values.
  public var allowMissing: [String] = []
  /// Whether downloading is forbidden.
  public var isOffline = false

  public init(_ name: String) { self.name = name }

  /// The network, without weights.
  /// - Throws: `ModelError`.
  public func model(_ top: Model.Top) throws(ModelError) -> Model {
    try Model.named(name, alpha: alpha, imageSize: imageSize, top: top)
  }
}
