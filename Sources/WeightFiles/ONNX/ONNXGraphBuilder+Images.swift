import NeuralNetworks
import TensorKernels

/// What few networks have.
extension ONNXGraphBuilder {
  mutating func append(
    _ operation: GraphImageOperation, _ inputs: [Value], to shape: Shape, named name: String
  ) throws(LayerError) -> String {
    let input = inputs[0]
    let axes = input.shape.rank - 1
    switch operation {
    case .normPooling(let window, let edges, let power):
      guard let whole = Int(exactly: power) else {
        throw LayerError("ONNX has norms of whole numbers only, found \(power)")
      }
      return add(
        "LpPool", [input.name], named: name,
        window.attributes(edges, axes: axes).merging(["p": .integer(whole)]) { $1 })
    case .stochasticPooling(let window, let edges):
      return appendExpectation(input.name, window, edges, axes: axes, named: name)
    case .localResponse(let response):
      return add(
        "LRN", [input.name], named: name,
        [
          // ONNX divides by the size.
          "alpha": .number(response.alpha * Float(response.size)), "beta": .number(response.beta),
          "bias": .number(response.bias), "size": .integer(response.size),
        ])
    case .borderPadding(let edges, let mode):
      return appendPadding(
        input, edges, mode: mode == .replicate ? "edge" : "reflect", named: name)
    case .cropping(let edges): return appendCropping(input, edges, named: name)
    case .resizing(let sampling): return appendResizing(input, sampling, to: shape, named: name)
    case .grouped(let grouped): return try append(grouped, inputs, named: name)
    case .bias(let parameter):
      let values = try row(values(of: parameter), for: input.shape, named: "\(name)/shift")
      return add("Add", [input.name, values], named: name)
    case .transposedConvolution(let window, let edges, let kernel):
      return try appendTransposed(input, window, edges, kernel, to: shape, named: name)
    case .locallyConnected(let window, let kernel):
      return try appendUnshared(input, window, kernel, to: shape, named: name)
    }
  }

  /// Σ x² / Σ x of each window: what a choice with probabilities proportional to x gives on average. Where all
  /// are 0, 0.
  private mutating func appendExpectation(
    _ input: String, _ window: Window, _ edges: Edges, axes: Int, named name: String
  ) -> String {
    let square = add("Mul", [input, input], named: "\(name)/square")
    let squares = appendAverage(square, window, edges, axes: axes, named: "\(name)/squares")
    let sums = appendAverage(input, window, edges, axes: axes, named: "\(name)/sums")
    let smallest = number(.leastNormalMagnitude, named: "\(name)/smallest")
    return add(
      "Div", [squares, add("Max", [sums, smallest], named: "\(name)/divisor")], named: name)
  }

  private mutating func appendCropping(_ input: Value, _ edges: Edges, named name: String) -> String
  {
    let axes = input.shape.rank - 1
    let starts = edges.before(axes)
    let ends = zip(input.shape.dimensions, edges.behind(axes)).map { $0 - $1 }
    return add(
      "Slice",
      [
        input.name, integers(starts, named: "\(name)/starts"),
        integers(ends, named: "\(name)/ends"),
        integers((0..<axes).map { $0 + 2 }, named: "\(name)/axes"),
      ], named: name)
  }

  private mutating func appendResizing(
    _ input: Value, _ sampling: UpSampling, to shape: Shape, named name: String
  ) -> String {
    // The batch and the channels stay.
    let factors =
      [1, 1]
      + zip(shape.dimensions, input.shape.dimensions).dropLast().map {
        Float($0) / Float($1)
      }
    let scales = floats(factors, [factors.count], named: "\(name)/scales")
    return add(
      "Resize", [input.name, "", scales], named: name,
      [
        "mode": .text(sampling == .nearest ? "nearest" : "linear"),
        "coordinate_transformation_mode": .text("half_pixel"),
        "nearest_mode": .text("round_prefer_ceil"),
      ])
  }

  private mutating func appendTransposed(
    _ input: Value, _ window: Window, _ edges: Edges, _ kernel: Parameter, to shape: Shape,
    named name: String
  ) throws(LayerError) -> String {
    let axes = input.shape.rank - 1
    let (inputs, outputs) = (input.shape.channels, shape.channels)
    // Stored as the convolution that it is the gradient of: `[…, filters, in]`.
    let weights = try self.kernel(
      kernel, [inputs, outputs] + window.kernel.last(axes), places: window.kernel.count,
      inputs: outputs, outputs: inputs)
    var attributes = window.attributes(edges, axes: axes)
    attributes["dilations"] = .integers(window.dilation.last(axes))
    let covered = window.covered.last(axes)
    attributes["output_padding"] = .integers(
      (0..<axes).map { axis in
        let reached =
          window.stride.last(axes)[axis] * (input.shape[axis] - 1) + covered[axis]
          - edges.before(axes)[axis] - edges.behind(axes)[axis]
        return shape[axis] - reached
      })
    return add("ConvTranspose", [input.name, weights], named: name, attributes)
  }

  /// A product of each position's window with a matrix of its own.
  private mutating func appendUnshared(
    _ input: Value, _ window: Window, _ kernel: Parameter, to shape: Shape, named name: String
  ) throws(LayerError) -> String {
    let source = channelsLast(input)
    let axes = input.shape.rank - 1
    let (extent, stride) = (window.kernel.last(axes), window.stride.last(axes))
    let positions = shape.dimensions.dropLast().reduce(1, *)
    let columns = window.kernel.count * input.shape.channels
    let strides = integers(stride, named: "\(name)/strides")
    let sliced = integers((0..<axes).map { $0 + 1 }, named: "\(name)/axes")
    var parts: [String] = []
    for place in 0..<window.kernel.count {
      var rest = place
      var starts = [Int](repeating: 0, count: axes)
      for axis in (0..<axes).reversed() {
        starts[axis] = rest % extent[axis] * window.dilation.last(axes)[axis]
        rest /= extent[axis]
      }
      let ends = (0..<axes).map { starts[$0] + (shape[$0] - 1) * stride[$0] + 1 }
      parts.append(
        add(
          "Slice",
          [
            source, integers(starts, named: "\(name)/starts_\(place)"),
            integers(ends, named: "\(name)/ends_\(place)"), sliced, strides,
          ], named: "\(name)/part_\(place)"))
    }
    let joined = add("Concat", parts, named: "\(name)/windows", ["axis": .integer(-1)])
    let rows = reshape(joined, to: [positions, columns], named: "\(name)/rows")
    let byPosition = add(
      "Transpose", [rows], named: "\(name)/by_position", ["perm": .integers([1, 0, 2])])
    let weights = try matrix(kernel, [positions, columns, shape.channels])
    let product = add("MatMul", [byPosition, weights], named: "\(name)/product")
    let byExample = add(
      "Transpose", [product], named: "\(name)/by_example", ["perm": .integers([1, 0, 2])])
    let result = reshape(byExample, to: shape.dimensions, named: name)
    return channelsFirst(result, shape, named: "\(name)/channels_first")
  }

  // MARK: Groups

  private mutating func append(
    _ operation: GraphGroupedOperation, _ inputs: [Value], named name: String
  ) throws(LayerError) -> String {
    let input = inputs[0]
    switch operation {
    case .standardised(let groups): return appendStandardised(input, groups, named: name)
    case .rectified(let rectifier): return append(rectifier, input.name, named: name)
    case .extreme(let extreme):
      return add(extreme == .largest ? "Max" : "Min", inputs.map(\.name), named: name)
    case .reordered(let order):
      let shape = Shape(order.map { input.shape[$0] })
      let moved = add(
        "Transpose", [channelsLast(input)], named: name,
        ["perm": .integers([0] + order.map { $0 + 1 })])
      return channelsFirst(moved, shape, named: "\(name)/channels_first")
    case .columnProduct(let parameter):
      let factors = try row(values(of: parameter), for: input.shape, named: "\(name)/factors")
      return add("Mul", [input.name, factors], named: name)
    }
  }

  private mutating func appendStandardised(
    _ input: Value, _ groups: Standardisation, named name: String
  ) -> String {
    let values = reshape(
      channelsLast(input), to: [groups.positions, groups.groups, groups.channels],
      named: "\(name)/groups")
    let axes = integers([1, 3], named: "\(name)/axes")
    let result: String
    switch groups.target {
    case .moments(let epsilon):
      let mean = add("ReduceMean", [values, axes], named: "\(name)/mean")
      let centred = add("Sub", [values, mean], named: "\(name)/centred")
      let square = add("Mul", [centred, centred], named: "\(name)/square")
      let variance = add("ReduceMean", [square, axes], named: "\(name)/variance")
      let shifted = add(
        "Add", [variance, number(epsilon, named: "\(name)/epsilon")], named: "\(name)/shifted")
      let deviation = add("Sqrt", [shifted], named: "\(name)/deviation")
      result = add("Div", [centred, deviation], named: "\(name)/standardised")
    case .length:
      let square = add("Mul", [values, values], named: "\(name)/square")
      let sum = add("ReduceSum", [square, axes], named: "\(name)/sum")
      let least = add(
        "Max", [sum, number(1e-12, named: "\(name)/least")], named: "\(name)/bounded")
      let length = add("Sqrt", [least], named: "\(name)/length")
      result = add("Div", [values, length], named: "\(name)/standardised")
    }
    let whole = reshape(result, to: input.shape.dimensions, named: name)
    return channelsFirst(whole, input.shape, named: "\(name)/channels_first")
  }

  private mutating func append(_ rectifier: Rectifier, _ input: String, named name: String)
    -> String
  {
    let threshold = number(rectifier.threshold, named: "\(name)/threshold")
    let isAbove = add("Greater", [input, threshold], named: "\(name)/is_above")
    let zero = number(0, named: "\(name)/zero")
    var above = add("Where", [isAbove, input, zero], named: "\(name)/above")
    if let largest = rectifier.largest {
      above = appendClip(above, 0, largest, named: "\(name)/cut")
    }
    let distance = add("Sub", [threshold, input], named: "\(name)/distance")
    let below = add("Max", [distance, zero], named: "\(name)/below")
    let slope = number(rectifier.slope, named: "\(name)/slope")
    let part = add("Mul", [below, slope], named: "\(name)/part")
    return add("Sub", [above, part], named: name)
  }
}
