import TensorKernels

extension Layer {
  /// The only input, which must be `[height, width, channels]`.
  func imageShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.rank == 3 else {
      throw LayerError("\(Self.kind) reads [height, width, channels], found \(input)")
    }
    return input
  }

  /// The only input, of any shape.
  func onlyInput(of inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count == 1 else {
      throw LayerError("\(Self.kind) reads one input, found \(inputs.count)")
    }
    return inputs[0]
  }

  /// The output positions of a window that moves over a padded input.
  func slidExtent(over input: Shape, _ window: Window, _ padding: Padding) throws(LayerError)
    -> Extent
  {
    let extent = Extent(height: input[0], width: input[1])
    let edges = window.edges(padding, for: extent)
    guard let output = window.output(for: extent, padding: edges) else {
      throw LayerError(
        "a window of \(window.covered.height) × \(window.covered.width) does not fit into an input of "
          + "\(input[0]) × \(input[1]); choose a larger image size")
    }
    return output
  }
}
