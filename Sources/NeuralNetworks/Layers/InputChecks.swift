import TensorKernels

extension Layer {
  /// The only input, which must be `[height, width, channels]`.
  func imageShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    try input(of: inputs, TwoDimensions.self)
  }

  /// The only input, which must have these axes before its channels.
  func input<Space: Dimensions>(of inputs: [Shape], _ space: Space.Type) throws(LayerError) -> Shape
  {
    let input = try onlyInput(of: inputs)
    guard input.rank == Space.count + 1 else {
      let axes = Space.count == 1 ? ["length"] : ["depth", "height", "width"].suffix(Space.count)
      throw LayerError(
        "\(Self.kind) reads [\(axes.joined(separator: ", ")), channels], found \(input)")
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

  /// That of all inputs, of which there are two or more.
  func commonShape(of inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count >= 2, inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw LayerError(
        "\(Self.kind) reads two or more inputs of one shape, found \(inputs.joinedDescription)")
    }
    return inputs[0]
  }

  /// The output of a window that moves over a padded input, with `channels` channels (or the input's).
  func slidShape(over input: Shape, _ window: Window, _ padding: Padding, channels: Int? = nil)
    throws(LayerError) -> Shape
  {
    let extent = input.extent
    let edges = window.edges(padding, for: extent)
    guard let output = window.output(for: extent, padding: edges) else {
      func sides(_ extent: Extent) -> String {
        extent.sides(input.rank - 1).map(String.init).joined(separator: " × ")
      }
      throw LayerError(
        "a window of \(sides(window.covered)) does not fit into an input of \(sides(extent)); "
          + "choose a larger image size")
    }
    let shape = Shape(output, channels: channels ?? input.channels, like: input)
    guard shape.count == output.count * shape.channels else {
      throw LayerError("\(Self.kind) pads an axis that its input \(input) does not have")
    }
    return shape
  }
}

extension [Shape] {
  /// For messages.
  var joinedDescription: String { map(\.description).joined(separator: " and ") }
}
