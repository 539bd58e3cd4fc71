import NeuralNetworks
import TensorKernels

extension ONNXGraphBuilder {
  /// Appends all that a network computes its output of.
  /// - Parameter input: what it reads, the channels first.
  /// - Returns: the output.
  /// - Throws: `NetworkError` that names the node which ONNX cannot express, or whose weights are absent.
  mutating func append(_ network: Network, reading input: String) throws(NetworkError) -> Value {
    let graph = Graph(network, outputs: [network.output])
    var values: [GraphValue: Value] = [:]
    var output = Value(name: input, shape: network.inputShape)
    for operation in graph.needed {
      do throws(LayerError) {
        output = try append(operation, operation.inputs.compactMap { values[$0] }, input)
      } catch {
        throw NetworkError(node: operation.node, message: error.message)
      }
      values[operation.output] = output
    }
    return output
  }

  private mutating func append(
    _ operation: GraphOperation, _ inputs: [Value], _ input: String
  ) throws(LayerError) -> Value {
    let (name, shape) = (operation.node, operation.shape)
    guard let first = inputs.first else { return Value(name: input, shape: shape) }
    let result: String
    switch operation.kind {
    case .input: result = input
    case .convolution(let convolution):
      result = try append(convolution, first, channels: shape.channels, named: name)
    case .dense(let dense): result = try append(dense, first, named: name)
    case .normalization(let norm): result = try append(norm, first, named: name)
    case .layerNormalization(let norm): result = try append(norm, first, named: name)
    case .activation(let activation): result = append(activation, first.name, named: name)
    case .maxPooling(let window, let edges):
      result = add(
        "MaxPool", [first.name], named: name, window.attributes(edges, axes: first.shape.rank - 1))
    case .averagePooling(let window, let edges):
      result = appendAverage(first.name, window, edges, axes: first.shape.rank - 1, named: name)
    case .globalAverage:
      let mean = add("GlobalAveragePool", [first.name], named: name)
      result =
        shape.rank == first.shape.rank
        ? mean : reshape(mean, to: [shape.channels], named: "\(name)/vector")
    case .zeroPadding(let edges):
      result = appendPadding(first, edges, mode: "constant", named: name)
    case .add(let activation):
      result = append(
        activation, add("Add", inputs.map(\.name), named: name), named: name)
    case .dropout: result = first.name
    case .multiply: result = add("Mul", inputs.map(\.name), named: name)
    case .concatenate(let rows):
      result = add(
        "Concat", inputs.map(\.name), named: name,
        ["axis": .integer(try axis(of: inputs.map(\.shape), joinedTo: shape, rows: rows))])
    case .scale(let factor):
      result = add(
        "Mul", [first.name, number(factor, named: "\(name)/factor")], named: name)
    case .affine(let affine): result = try append(affine, first, named: name)
    case .reshape: result = appendReshape(first, to: shape, named: name)
    case .image(let image): result = try append(image, inputs, to: shape, named: name)
    }
    return Value(name: result, shape: shape)
  }

  // MARK: Products

  private mutating func append(
    _ convolution: GraphConvolution, _ input: Value, channels: Int, named name: String
  ) throws(LayerError) -> String {
    let window = convolution.window
    let axes = max(input.shape.rank - 1, 1)
    let inputs = input.shape.channels / convolution.groups
    let kernel = try kernel(
      convolution.kernel, [channels, inputs] + window.kernel.last(axes),
      places: window.kernel.count, inputs: inputs, outputs: channels)
    var operands = [input.name, kernel]
    if let bias = convolution.bias { operands.append(try vector(bias)) }
    var attributes = window.attributes(convolution.edges, axes: axes)
    attributes["dilations"] = .integers(window.dilation.last(axes))
    attributes["group"] = .integer(convolution.groups)
    return add("Conv", operands, named: name, attributes)
  }

  private mutating func append(
    _ dense: GraphDense, _ input: Value, named name: String
  ) throws(LayerError) -> String {
    var operands = [input.name, try matrix(dense.kernel, dense.kernel.shape.dimensions)]
    if let bias = dense.bias { operands.append(try vector(bias)) }
    return add("Gemm", operands, named: name)
  }

  // MARK: Norms, scales and shifts

  private mutating func append(
    _ norm: GraphNormalization, _ input: Value, named name: String
  ) throws(LayerError) -> String {
    let count = norm.mean.shape.count
    let gamma = try vector(norm.gamma, or: 1, count, named: "\(name)/gamma")
    let beta = try vector(norm.beta, or: 0, count, named: "\(name)/beta")
    return add(
      "BatchNormalization",
      [input.name, gamma, beta, try vector(norm.mean), try vector(norm.variance)], named: name,
      ["epsilon": .number(norm.epsilon)])
  }

  private mutating func append(
    _ norm: GraphLayerNormalization, _ input: Value, named name: String
  ) throws(LayerError) -> String {
    let gamma = try vector(norm.gamma, or: 1, norm.columns, named: "\(name)/gamma")
    let beta = try vector(norm.beta, or: 0, norm.columns, named: "\(name)/beta")
    var rows = channelsLast(input)
    let isRowOfChannels = norm.columns == input.shape.channels
    if !isRowOfChannels {
      rows = reshape(
        rows, to: [input.shape.count / norm.columns, norm.columns], named: "\(name)/rows")
    }
    var result = add(
      "LayerNormalization", [rows, gamma, beta], named: name,
      ["axis": .integer(-1), "epsilon": .number(norm.epsilon)])
    if !isRowOfChannels {
      result = reshape(result, to: input.shape.dimensions, named: "\(name)/places")
    }
    return channelsFirst(result, input.shape, named: "\(name)/channels_first")
  }

  private mutating func append(
    _ affine: GraphAffine, _ input: Value, named name: String
  ) throws(LayerError) -> String {
    let (scale, shift): ([Float], [Float])
    switch affine.source {
    case .constants(let ownScale, let ownShift): (scale, shift) = (ownScale, ownShift)
    case .statistics(let mean, let variance, let takesDeviations):
      let spread = try values(of: variance)
      let isDeviation = takesDeviations && Normalization.areDeviationsOfImageNet(spread)
      scale = spread.map { 1 / max(isDeviation ? $0 : $0.squareRoot(), 1e-7) }
      shift = zip(try values(of: mean), scale).map { -$0 * $1 }
    }
    var result = input.name
    if scale.contains(where: { $0 != 1 }) {
      let factors = try row(scale, for: input.shape, named: "\(name)/scale")
      result = add("Mul", [result, factors], named: "\(name)/scaled")
    }
    let offsets = try row(shift, for: input.shape, named: "\(name)/shift")
    return add("Add", [result, offsets], named: name)
  }

  /// A parameter's values, or the same number for each.
  private mutating func vector(
    _ parameter: Parameter?, or value: Float, _ count: Int, named name: String
  ) throws(LayerError) -> String {
    if let parameter { return try vector(parameter) }
    return floats([Float](repeating: value, count: count), [count], named: name)
  }

  // MARK: Shapes

  private mutating func appendReshape(_ input: Value, to shape: Shape, named name: String) -> String
  {
    // Where no axis but the channels' has places, both orders are one.
    let isVector = [input.shape, shape].allSatisfy { $0.channels == $0.count }
    let flat = isVector ? input.name : channelsLast(input)
    guard isVector else {
      let moved = reshape(flat, to: shape.dimensions, named: name)
      return channelsFirst(moved, shape, named: "\(name)/channels_first")
    }
    return reshape(flat, to: [shape.channels] + shape.dimensions.dropLast(), named: name)
  }

  /// The axis of ONNX along which values lie side by side.
  private func axis(of shapes: [Shape], joinedTo shape: Shape, rows: Int) throws(LayerError) -> Int
  {
    let axis = shape.dimensions.indices.first { axis in
      shape.dimensions[..<axis].reduce(1, *) == rows
        && shapes.reduce(0) { $0 + $1[axis] } == shape[axis]
        && shapes.allSatisfy { each in
          shape.dimensions.indices.allSatisfy { $0 == axis || each[$0] == shape[$0] }
        }
    }
    guard let axis else { throw LayerError("joins \(shapes) to \(shape) along no axis") }
    return axis == shape.rank - 1 ? 1 : axis + 2
  }

  /// Rows, columns and planes around a value.
  mutating func appendPadding(
    _ input: Value, _ edges: Edges, mode: String, named name: String
  ) -> String {
    let axes = input.shape.rank - 1
    let pads = integers(
      [0, 0] + edges.before(axes) + [0, 0] + edges.behind(axes), named: "\(name)/pads")
    return add("Pad", [input.name, pads], named: name, ["mode": .text(mode)])
  }

  /// The mean of each window, padding not counted.
  mutating func appendAverage(
    _ input: String, _ window: Window, _ edges: Edges, axes: Int, named name: String
  ) -> String {
    add(
      "AveragePool", [input], named: name,
      window.attributes(edges, axes: axes).merging(["count_include_pad": .integer(0)]) { $1 })
  }
}

extension Graph {
  /// The operations that the observed values depend on.
  fileprivate var needed: [GraphOperation] {
    var wanted = observed
    var found: [GraphOperation] = []
    for operation in operations.reversed() where wanted.contains(operation.output) {
      wanted.formUnion(operation.inputs)
      found.append(operation)
    }
    return found.reversed()
  }
}

extension Extent {
  /// Along the last axes: of depth, height and width.
  func last(_ axes: Int) -> [Int] { Array([depth, height, width].suffix(axes)) }
}

extension Edges {
  func before(_ axes: Int) -> [Int] { Array([front, top, left].suffix(axes)) }
  func behind(_ axes: Int) -> [Int] { Array([back, bottom, right].suffix(axes)) }
}

extension Window {
  /// What every operator says whose window moves along so many axes.
  func attributes(_ edges: Edges, axes: Int) -> [String: ONNXAttribute.Content] {
    [
      "kernel_shape": .integers(kernel.last(axes)), "strides": .integers(stride.last(axes)),
      "pads": .integers(edges.before(axes) + edges.behind(axes)),
    ]
  }
}
