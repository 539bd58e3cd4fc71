import Files
import NeuralNetworks
import TensorKernels

extension Input: KerasCoded {
  func keras() -> KerasDescription {
    ("InputLayer", ["batch_input_shape": .list([.null] + shape.dimensions.map(JSONValue.int))])
  }
}

extension Flatten: KerasCoded {
  func keras() -> KerasDescription { ("Flatten", ["data_format": .string("channels_last")]) }
}

extension Reshape: KerasCoded {
  func keras() -> KerasDescription {
    ("Reshape", ["target_shape": .list(shape.dimensions.map(JSONValue.int))])
  }
}

extension KerasLayerTable {
  /// Layers that move values.
  static func structure(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "Flatten": return KerasRecipe(Flatten())
    case "Reshape": return KerasRecipe(Reshape(try target(layer, inputs)))
    default: return nil
    }
  }

  /// The shape to be taken, in which one −1 stands for what is left.
  private static func target(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> Shape
  {
    guard let list = layer.value(["target_shape", "dims"])?.value.list, let input = inputs.first,
      (1...4).contains(list.count)
    else { throw LayerError("has no target_shape of one to four axes") }
    var sides: [Int] = []
    for item in list {
      guard let side = item.int, side == -1 || (1...input.count).contains(side) else {
        throw LayerError("has \(item.brief) in target_shape for an input of \(input)")
      }
      sides.append(side)
    }
    var known = 1
    for side in sides where side > 0 {
      let (product, isTooLarge) = known.multipliedReportingOverflow(by: side)
      guard !isTooLarge else { throw LayerError("has too large a target_shape") }
      known = product
    }
    let open = sides.filter { $0 == -1 }.count
    guard open <= 1, open == 0 ? known == input.count : input.count % known == 0 else {
      throw LayerError(
        "cannot make an input of \(input) into \(Shape(sides)); was the model built for another "
          + "image size?")
    }
    return Shape(sides.map { $0 == -1 ? input.count / known : $0 })
  }
}
