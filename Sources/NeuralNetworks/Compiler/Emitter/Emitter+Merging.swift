import TensorKernels

/// Products, concatenations and fixed affine maps, forward and backward.
extension Emitter {
  func product(_ operation: GraphOperation, _ inputShapes: [Shape]) -> Operation {
    let (count, channels) = (operation.shape.count, operation.shape.channels)
    return inputShapes[0] == inputShapes[1]
      ? .product(count: microBatch * count)
      : .productOfRows(batch: microBatch, positions: count / channels, channels: channels)
  }

  /// The second factor of a product; a row that multiplies every position is always Float32.
  mutating func readFactor(_ operation: GraphOperation, _ inputShapes: [Shape])
    throws(BackendError) -> Step.Operand
  {
    let isRow = inputShapes[0] != inputShapes[1]
    return .slot(try slot(of: operation.inputs[1], in: isRow ? .float32 : current))
  }

  /// Where the inputs of a concatenation lie in its output.
  func pieces(rows: Int, of operation: GraphOperation, _ inputShapes: [Shape]) -> [ColumnRange] {
    var first = 0
    return inputShapes.map { shape in
      defer { first += shape.count / rows }
      return ColumnRange(
        rows: microBatch * rows, columns: shape.count / rows, first: first,
        total: operation.shape.count / rows)
    }
  }

  mutating func emitAffine(
    _ affine: GraphAffine, _ record: inout Record
  ) throws(BackendError) {
    let operation = record.operation
    let channels = operation.shape.channels
    let weights = try FixedAffineWeights(affine, channels: channels, masters, allocate: allocate)
    kernelWeights.append(weights)
    record.weights = weights
    try emit(
      .forward,
      .channelAffine(
        rows: microBatch * operation.shape.count / channels, channels: channels, hasShift: true,
        affine.activation),
      Step.Operands(
        source: try read(operation), weights: .shared(weights.scale), bias: .shared(weights.shift),
        destination: .slot(slot(of: operation.output))))
  }

  /// The gradients of both factors.
  mutating func emitMultiplyBackward(_ record: Record, gradient: Slot, needed: Set<GraphValue>)
    throws(BackendError) -> [(GraphValue, GradientPiece)]
  {
    let operation = record.operation
    var found: [(GraphValue, GradientPiece)] = []
    if needed.contains(operation.inputs[0]) {
      found.append((operation.inputs[0], .multiplied(gradient, record)))
    }
    if needed.contains(operation.inputs[1]) {
      let channels = operation.shape.channels
      let isRow = record.inputShapes[0] != record.inputShapes[1]
      let result = tape.makeSlot(
        count: microBatch * record.inputShapes[1].count, isRow ? .float32 : current)
      try emit(
        .backward,
        isRow
          ? .dotOfRows(
            batch: microBatch, positions: operation.shape.count / channels, channels: channels)
          : .product(count: microBatch * operation.shape.count),
        Step.Operands(
          source: .slot(gradient), second: try read(operation), destination: .slot(result)))
      found.append((operation.inputs[1], .whole(result)))
    }
    return found
  }

  mutating func emitConcatenateBackward(
    _ record: Record, rows: Int, gradient: Slot, needed: Set<GraphValue>
  ) throws(BackendError) -> [(GraphValue, GradientPiece)] {
    let operation = record.operation
    var found: [(GraphValue, GradientPiece)] = []
    let ranges = pieces(rows: rows, of: operation, record.inputShapes)
    for (input, range) in zip(operation.inputs, ranges) where needed.contains(input) {
      let result = makeSlot(count: range.rows * range.columns)
      try emit(
        .backward, .takeColumns(range),
        Step.Operands(source: .slot(gradient), destination: .slot(result)))
      found.append((input, .whole(result)))
    }
    return found
  }
}
