import TensorKernels

/// What a network consists of, node by node, as numbers: a table to print or to write as JSON.
public struct NetworkSummary: Hashable, Sendable, Codable {
  /// One node.
  public struct Row: Hashable, Sendable, Codable {
    /// The node's name, as in the Keras weight file.
    public let name: String
    /// The Keras class of the layer, for example `Conv2D`.
    public let layer: String
    /// Without the batch axis: `[height, width, channels]` or `[values]`.
    public let outputShape: Shape
    /// Single weights as Keras counts them, statistics included.
    public let parameters: Int
    /// For one example; convolutions and dense layers only.
    public let multiplyAdds: Int
    /// The side, in pixels, of the square of the input that one output position depends on, along
    /// the path on which it is largest; padding counts, so it can exceed the input.
    public let receptiveField: Int
  }

  /// The name that was given for the head line.
  public let name: String
  /// Single weights as Keras counts them, statistics included.
  public let parameters: Int
  /// Those that can be learned: without the statistics.
  public let trainableParameters: Int
  /// For one example; convolutions and dense layers only.
  public let multiplyAdds: Int
  /// `[height, width, channels]`.
  public let inputShape: Shape
  /// A row for each node, the input included, in the network's order.
  public let nodes: [Row]
}

extension Network {
  /// The network's table, under a name for its head line.
  public func summary(named name: String) -> NetworkSummary {
    let fields = receptiveFields
    return NetworkSummary(
      name: name, parameters: parameterCount,
      trainableParameters: parameters.filter(\.role.isLearned).reduce(0) { $0 + $1.shape.count },
      multiplyAdds: multiplyAdds, inputShape: inputShape,
      nodes: zip(nodes, fields).map { node, field in
        NetworkSummary.Row(
          name: node.name, layer: type(of: node.layer).kind, outputShape: node.shape,
          parameters: node.parameterCount,
          multiplyAdds: node.multiplyAdds,
          receptiveField: max(field.depth, field.height, field.width))
      })
  }

  /// How many rows and columns (and planes) of the input one output position of each node depends on.
  ///
  /// A window adds (covered − 1) · jump, where the jump is the distance in the input between
  /// neighbouring positions; a layer that merges all positions adds (positions − 1) · jump. Layers
  /// that enlarge make the jump a fraction; then what the largest field touches counts.
  public var receptiveFields: [Extent] {
    var fields: [Field] = []
    for node in nodes {
      var field = node.inputs.first.map { fields[$0.index] } ?? Field()
      for input in node.inputs.dropFirst() { field.formUnion(fields[input.index]) }
      if let seen = node.input(in: self).flatMap({ node.positionsSeen(of: $0) }) {
        field.see(seen)
      }
      field.enlarge(node.layer.magnification)
      fields.append(field)
    }
    return fields.map(\.extent)
  }
}

/// What one position sees of the input, along depth, height and width.
private struct Field {
  /// Sides minus one, and distances between neighbours, in positions of the input.
  private var reach: SIMD3<Double> = .zero
  private var jump: SIMD3<Double> = .one

  mutating func formUnion(_ other: Field) {
    reach = pointwiseMax(reach, other.reach)
    jump = pointwiseMax(jump, other.jump)
  }

  mutating func see(_ window: Window) {
    reach += (window.covered.sides - .one) * jump
    jump *= window.stride.sides
  }

  mutating func enlarge(_ factor: Extent) { jump /= factor.sides }

  var extent: Extent {
    let sides = reach.rounded(.up)
    return Extent(depth: Int(sides.x) + 1, height: Int(sides.y) + 1, width: Int(sides.z) + 1)
  }
}

extension Extent {
  fileprivate var sides: SIMD3<Double> { [Double(depth), Double(height), Double(width)] }
}

extension Network.Node {
  fileprivate func input(in network: Network) -> Shape? { inputs.first.map { network[$0].shape } }

  /// The window of input positions behind one output position, if it is more than one of them.
  fileprivate func positionsSeen(of input: Shape) -> Window? {
    if let window = layer.window(over: input) { return window }
    guard input.rank > 1, layer.magnification == 1 else { return nil }
    return shape.extent.count == 1 ? Window(input.extent) : nil
  }
}

extension NetworkSummary: CustomStringConvertible {
  /// A table in columns: one line per node, a head line, and the sums.
  public var description: String {
    let head = ["node", "layer", "output", "parameters", "multiply-adds", "receptive field"]
    let lines = nodes.map {
      [
        $0.name, $0.layer, $0.outputShape.dimensions.map(String.init).joined(separator: " × "),
        $0.parameters == 0 ? "" : $0.parameters.grouped,
        $0.multiplyAdds == 0 ? "" : $0.multiplyAdds.grouped, $0.receptiveField.grouped,
      ]
    }
    let widths = head.indices.map { column in
      ([head] + lines).reduce(0) { max($0, $1[column].count) }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return column < 3 ? cells[column] + space : space + cells[column]
      }
      let joined = padded.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let input = inputShape.dimensions.map(String.init).joined(separator: " × ")
    return """
      \(name), input \(input)
      \(line(head))
      \(rule)
      \(lines.map(line).joined(separator: "\n"))
      \(rule)
      \(parameters.grouped) parameters, \(trainableParameters.grouped) of them trainable; \
      \(multiplyAdds.grouped) multiply-adds
      """
  }
}

extension Int {
  /// Decimal digits in groups of three.
  fileprivate var grouped: String {
    let digits = Array(String(magnitude))
    let groups = stride(from: digits.count, to: 0, by: -3).map {
      String(digits[Swift.max(0, $0 - 3)..<$0])
    }
    return (self < 0 ? "−" : "") + groups.reversed().joined(separator: " ")
  }
}
