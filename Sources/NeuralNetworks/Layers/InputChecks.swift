import TensorKernels

extension Layer {
  /// The only input, which must be `[height, width, channels]`.
  func imageShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    try shape(of: inputs, "[height, width, channels]")
  }

  /// The only input, which must be `[length, channels]`.
  func sequenceShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    try shape(of: inputs, "[length, channels]")
  }

  /// The only input, which must be `[depth, height, width, channels]`.
  func volumeShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    try shape(of: inputs, "[depth, height, width, channels]")
  }

  private func shape(of inputs: [Shape], _ axes: String) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.rank == axes.split(separator: ",").count else {
      throw LayerError("\(Self.kind) reads \(axes), found \(input)")
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
    let extent = input.extent
    let edges = window.edges(padding, for: extent)
    guard let output = window.output(for: extent, padding: edges) else {
      throw LayerError(
        "a window of \(window.covered.sides(like: input)) does not fit into an input of "
          + "\(extent.sides(like: input)); choose a larger image size")
    }
    guard Shape(output, channels: 1, like: input).count == output.count else {
      throw LayerError("\(Self.kind) pads an axis that its input \(input) does not have")
    }
    return output
  }

  /// The output of a window that moves over a padded input, with `channels` channels (or the input's).
  func slidShape(over input: Shape, _ window: Window, _ padding: Padding, channels: Int? = nil)
    throws(LayerError) -> Shape
  {
    Shape(
      try slidExtent(over: input, window, padding), channels: channels ?? input.channels,
      like: input)
  }
}

extension Layer {
  /// That the channels fall into groups.
  func checkGroups(_ groups: Int, inputs: Int, filters: Int) throws(LayerError) {
    guard inputs % groups == 0, filters % groups == 0 else {
      throw LayerError(
        "\(groups) groups do not divide both \(inputs) input channels and \(filters) filters")
    }
  }
}

extension Extent {
  /// For messages: the sides that an activation of this many axes has.
  fileprivate func sides(like shape: Shape) -> String {
    [depth, height, width].suffix(shape.rank - 1).map(String.init).joined(separator: " × ")
  }
}
