import TensorKernels

/// Layer normalisation.
extension Emitter {
  mutating func emitLayerNorm(_ norm: GraphLayerNormalization, _ record: inout Record)
    throws(BackendError)
  {
    let weights = try LayerNormWeights(norm, masters, trainable: trainable, allocate: allocate)
    kernelWeights.append(weights)
    record.weights = weights
    let operation = record.operation
    let normalise = Operation.layerNorm(
      rows: rows(of: norm, operation), columns: norm.columns, epsilon: norm.epsilon)
    let kernel = try prepare(normalise)
    let workspace = tape.makeSlot(byteCount: kernel.workspaceByteCount)
    record.workspace = workspace
    try emit(
      .forward, normalise, kernel: kernel,
      Step.Operands(
        source: try read(operation), weights: .shared(weights.parameters),
        destination: .slot(slot(of: operation.output)), workspace: .slot(workspace)),
      reusing: try input(of: operation))
  }

  /// One pass over memory gives the input's gradient and, into memory of the lane's own, those of γ and
  /// β; the turn is held only while adding these.
  mutating func emitLayerNormBackward(
    _ norm: GraphLayerNormalization, _ record: Record, gradient: Slot
  ) throws(BackendError) -> Slot? {
    guard let weights = record.weights as? LayerNormWeights else { return nil }
    let operation = record.operation
    let sums = weights.gradients.map { _ in tape.makeSlot(count: 2 * norm.columns, .float32) }
    let result = makeSlot(count: microBatch * operation.shape.count)
    try emit(
      .backward,
      .layerNormGradient(rows: rows(of: norm, operation), columns: norm.columns),
      Step.Operands(
        source: .slot(gradient), second: try read(operation), weights: .shared(weights.parameters),
        bias: sums.map { .slot($0) }, destination: .slot(result),
        workspace: record.workspace.map { .slot($0) }),
      reusing: .mayReplace(gradient))
    if let sums, let shared = weights.gradients {
      let add = Operation.accumulate(count: 2 * norm.columns)
      try emit(
        .backward, add, kernel: try prepare(add, .float32),
        Step.Operands(source: .slot(sums), destination: .shared(shared)), turn: turnCount)
      turnCount += 1
    }
    return result
  }

  private func rows(of norm: GraphLayerNormalization, _ operation: GraphOperation) -> Int {
    microBatch * operation.shape.count / norm.columns
  }
}
