import TensorKernels

/// What one reader of a value sends back. Two kinds are kept as what they are made of until all readers
/// have answered: a value that is multiplied by a row made of its own average gets its gradient in one
/// pass over memory instead of three.
enum GradientPiece {
  case whole(Slot)
  /// The gradient of a product, to be multiplied by its second factor.
  case multiplied(Slot, Emitter.Record)
  /// The gradient of a global average: a row for each example, of which each position has an equal share.
  case spread(Slot)
}

extension Emitter {
  /// A piece in the precision of the value that it belongs to.
  mutating func gradient(_ piece: GradientPiece, of value: GraphValue) throws(BackendError)
    -> GradientPiece
  {
    guard case .whole(let slot) = piece else { return piece }
    return .whole(try gradient(slot, of: value))
  }

  /// A piece as a tensor of the value's shape.
  mutating func whole(_ piece: GradientPiece, _ record: Record) throws(BackendError) -> Slot {
    let shape = record.operation.shape
    switch piece {
    case .whole(let slot):
      return slot
    case .multiplied(let gradient, let product):
      let (own, node) = (current, currentNode)
      (current, currentNode) = (product.precision, product.operation.node)
      defer { (current, currentNode) = (own, node) }
      let result = makeSlot(count: microBatch * shape.count)
      try emit(
        .backward, self.product(product.operation, product.inputShapes),
        Step.Operands(
          source: .slot(gradient), second: try readFactor(product.operation, product.inputShapes),
          destination: .slot(result)))
      return try self.gradient(result, of: record.operation.output)
    case .spread(let row):
      let own = current
      current = tape.precisions[slot(of: record.operation.output).index]
      defer { current = own }
      let result = makeSlot(count: microBatch * shape.count)
      try emit(
        .backward,
        .globalAverageGradient(
          batch: microBatch, positions: shape.count / shape.channels, channels: shape.channels),
        Step.Operands(source: .slot(row), destination: .slot(result)))
      return result
    }
  }

  /// The gradient of a squeezed and excited value before its non-linearity, if that is what the pieces
  /// are.
  mutating func emitGatedSlope(_ pieces: [GradientPiece], _ record: Record) throws(BackendError)
    -> Slot?
  {
    guard pieces.count == 2, let slope = record.slope,
      case .multiplied(let gradient, let product) = pieces[0], case .spread(let row) = pieces[1],
      product.inputShapes[0] != product.inputShapes[1],
      [gradient, slope].allSatisfy({ tape.precisions[$0.index] == .float32 })
    else { return nil }
    let shape = record.operation.shape
    let result = tape.makeSlot(count: microBatch * shape.count, .float32)
    try emit(
      .backward,
      .gatedSlope(
        batch: microBatch, positions: shape.count / shape.channels, channels: shape.channels),
      kernel: try prepare(
        .gatedSlope(
          batch: microBatch, positions: shape.count / shape.channels, channels: shape.channels),
        .float32),
      Step.Operands(
        source: .slot(gradient), second: try readFactor(product.operation, product.inputShapes),
        bias: .slot(row), destination: .slot(result), workspace: .slot(slope)),
      reusing: .mayReplace(gradient))
    return result
  }
}
