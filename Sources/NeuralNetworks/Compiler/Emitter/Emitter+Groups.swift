import TensorKernels

/// Operations on groups, columns or pairs of values.
extension Emitter {
  mutating func emitGrouped(_ grouped: GraphGroupedOperation, _ record: inout Record)
    throws(BackendError)
  {
    let operation = record.operation
    let output = slot(of: operation.output)
    switch grouped {
    case .rectified(let rectifier):
      try emitMap(
        .image(.rectified(count: microBatch * operation.shape.count, rectifier)), record)
    case .reordered(let order):
      let axes = AxisOrder(record.inputShapes[0].dimensions, order: order)
      try emitMap(.image(.reordered(examples: microBatch, axes)), record)
    case .standardised(let standardisation):
      try emitStandardised(standardisation.times(microBatch), &record)
    case .extreme(let extreme):
      try emit(
        .forward, .image(.extreme(count: microBatch * operation.shape.count, extreme)),
        Step.Operands(
          source: try read(operation), second: try read(operation, 1), destination: .slot(output)))
    case .columnProduct(let parameter):
      let weights = try makePlainWeights(parameter, &record)
      try emit(
        .forward, .image(columnProduct(weights, record)),
        Step.Operands(
          source: try read(operation), weights: .shared(weights.values), destination: .slot(output))
      )
    }
  }

  private mutating func emitStandardised(
    _ standardisation: Standardisation, _ record: inout Record
  ) throws(BackendError) {
    let operation = Operation.image(.standardised(standardisation))
    let kernel = try prepare(operation)
    let factors = tape.makeSlot(byteCount: kernel.workspaceByteCount)
    record.workspace = factors
    try emit(
      .forward, operation, kernel: kernel,
      Step.Operands(
        source: try read(record.operation),
        destination: .slot(slot(of: record.operation.output)), workspace: .slot(factors)))
  }

  private func columnProduct(_ weights: PlainWeights, _ record: Record) -> ImageOperation {
    let columns = weights.count
    return .columnProduct(
      rows: microBatch * record.operation.shape.count / columns, columns: columns)
  }

  /// Emits the gradient of the operation's first input.
  mutating func emitGroupedBackward(
    _ grouped: GraphGroupedOperation, _ record: Record, gradient: Slot
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    switch grouped {
    case .columnProduct:
      guard let weights = record.weights as? PlainWeights else { return nil }
      let result = makeSlot(count: microBatch * record.inputShapes[0].count)
      try emit(
        .backward, .image(columnProduct(weights, record)),
        Step.Operands(
          source: .slot(gradient), weights: .shared(weights.values), destination: .slot(result)))
      return result
    case .rectified(let rectifier):
      return try emitBackward(
        .rectifiedGradient(count: microBatch * operation.shape.count, rectifier), record, gradient,
        .inputAndWorkspace)
    case .reordered(let order):
      let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
      let axes = AxisOrder(operation.shape.dimensions, order: back)
      return try emitBackward(
        .reordered(examples: microBatch, axes), record, gradient, .workspace)
    case .standardised(let standardisation):
      return try emitBackward(
        .standardisedGradient(standardisation.times(microBatch)), record, gradient,
        .outputAndWorkspace)
    case .extreme: return nil  // has two inputs: `emitExtremeBackward`
    }
  }

  /// The gradients of both inputs, as far as they are needed.
  mutating func emitExtremeBackward(
    _ extreme: Extreme, _ record: Record, gradient: Slot, needed: Set<GraphValue>
  ) throws(BackendError) -> [(GraphValue, GradientPiece)] {
    let operation = record.operation
    let count = microBatch * operation.shape.count
    var found: [(GraphValue, GradientPiece)] = []
    for (index, value) in operation.inputs.enumerated() where needed.contains(value) {
      let result = makeSlot(count: count)
      try emit(
        .backward, .image(.extremeGradient(count: count, extreme, ofFirst: index == 0)),
        Step.Operands(
          source: .slot(gradient), second: try read(operation, index), destination: .slot(result),
          workspace: try read(operation, 1 - index)))
      found.append((value, .whole(result)))
    }
    return found
  }
}
