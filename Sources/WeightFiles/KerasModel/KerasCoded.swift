import Files
import NeuralNetworks
import TensorKernels

/// A layer as Keras names and configures it.
typealias KerasDescription = (className: String, configuration: [String: JSONValue])

/// A layer that Keras has, too: described for Keras by `keras`, and made of Keras's description by
/// an initialiser beside it.
protocol KerasCoded {
  func keras() throws(LayerError) -> KerasDescription
}

extension Extent {
  /// Height and width.
  var keras: JSONValue { .list([.int(height), .int(width)]) }
}

extension Padding {
  func keras() throws(LayerError) -> JSONValue {
    switch self {
    case .valid: .string("valid")
    case .same: .string("same")
    case .explicit: throw LayerError("Keras has no pooling with a padding of its own")
    }
  }
}

extension KerasConfiguration {
  /// Height and width.
  func extent(
    _ names: String..., within range: ClosedRange<Int> = sides, else standard: Extent? = nil
  ) throws(LayerError) -> Extent {
    guard let (name, _) = value(names) else {
      guard let standard else { throw LayerError("lacks \(names[0]) in its configuration") }
      return standard
    }
    let sides = try wholes(name, count: 2, within: range)
    return Extent(height: sides[0], width: sides[1])
  }

  /// Depth, height and width.
  func volume(_ names: String..., else standard: Extent? = nil) throws(LayerError) -> Extent {
    guard let (name, _) = value(names) else {
      guard let standard else { throw LayerError("lacks \(names[0]) in its configuration") }
      return standard
    }
    let sides = try wholes(name, count: 3, within: Self.sides)
    return Extent(depth: sides[0], height: sides[1], width: sides[2])
  }

  /// The only axis of a sequence: a number, or a list of one.
  func length(_ names: String..., else standard: Int? = nil) throws(LayerError) -> Int {
    guard let (name, _) = value(names) else {
      guard let standard else { throw LayerError("lacks \(names[0]) in its configuration") }
      return standard
    }
    return try wholes(name, count: 1, within: Self.sides)[0]
  }
}
