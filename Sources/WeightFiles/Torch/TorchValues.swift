import NeuralNetworks
import TensorKernels

/// In which order a file has the axes of its tensors.
enum AxisOrder: Hashable, Sendable {
  /// As `Parameter` has them.
  case keras
  /// As PyTorch has them: kernels `[outputs, inputs, …]`.
  case torch
}

extension KerasWeightFile.Entry {
  /// The extents in which the tensor would be this parameter: those of the parameter if it has the same
  /// numbers in the same order, else its own.
  ///
  /// In PyTorch a kernel over all of its input and a dense layer may stand for each other, and so may a
  /// depthwise kernel and one of as many groups as channels.
  func shape(as parameter: Parameter) -> Shape {
    let wanted = parameter.shape
    guard order == .torch, shape != wanted, shape.count == wanted.count else { return shape }
    if parameter.role == .depthwiseKernel {
      let isAlike = shape.rank == wanted.rank && shape.rank > 2 && shape[shape.rank - 2] == 1
      let places = wanted.rank - 2
      return isAlike && shape.dimensions.prefix(places) == wanted.dimensions.prefix(places)
        ? wanted : shape
    }
    let isAlike = shape.rank != wanted.rank && shape.channels == wanted.channels
    return isAlike ? wanted : shape
  }

  /// The tensor's numbers in the parameter's order.
  /// - Parameters:
  ///   - stored: as the file has them.
  ///   - map: the feature map `[height, width, channels]` that a dense layer reads flattened; `nil`
  ///     for other parameters.
  func values(_ stored: [Float], flattening map: Shape?) -> [Float] {
    guard order == .torch, role == Parameter.Role.kernel.kerasName, shape.rank > 1 else {
      return stored
    }
    let outputs = shape.channels
    var inputs = shape[shape.rank - 2]
    // PyTorch flattens channel by channel.
    if shape.rank == 2, let map, map.count == inputs { inputs = map.channels }
    guard outputs > 0, inputs > 0 else { return stored }
    return stored.reordered(
      outputs: outputs, inputs: inputs, places: stored.count / (outputs * inputs))
  }
}

extension [Float] {
  /// `[outputs, inputs, places]` as `[places, inputs, outputs]`.
  fileprivate func reordered(outputs: Int, inputs: Int, places: Int) -> [Float] {
    guard outputs > 1, inputs * places > 1 else { return self }
    // Tiles of a few cache lines a side.
    let side = 32
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      withUnsafeBufferPointer { source in
        for firstOutput in stride(from: 0, to: outputs, by: side) {
          let someOutputs = firstOutput..<Swift.min(outputs, firstOutput + side)
          for input in 0..<inputs {
            for place in 0..<places {
              let row = (place * inputs + input) * outputs
              for output in someOutputs {
                target[row + output] = source[(output * inputs + input) * places + place]
              }
            }
          }
        }
      }
      initialized = count
    }
  }
}

extension Network {
  /// The feature maps `[height, width, channels]` that dense layers read flattened, by the layers' names: PyTorch
  /// flattens them in another order.
  package var flattenedMaps: [String: Shape] {
    var maps: [String: Shape] = [:]
    for node in nodes where node.layer is Dense {
      var before = node.inputs[0]
      // Dropout and activations leave the order alone.
      while self[before].inputs.count == 1, self[before].parameters.isEmpty,
        self[self[before].inputs[0]].shape == self[before].shape
      {
        before = self[before].inputs[0]
      }
      guard self[before].layer is Flatten, let source = self[before].inputs.first,
        self[source].shape.rank > 1
      else { continue }
      maps[node.name] = self[source].shape
    }
    return maps
  }
}
