import TensorKernels

/// What is stored in bfloat16 when a part of a program is asked to: images, as long as they are images.
/// Pooled features, gates, heads and whatever has no kernel for it stay Float32, with conversions where
/// the two meet.
extension Emitter {
  /// What an operation computes with.
  func precision(of operation: GraphOperation, _ inputShapes: [Shape]) -> Precision {
    guard target.options.precision == .bfloat16 else { return .float32 }
    let shape = operation.shape
    let first = operation.inputs.first.map { tape.precisions[slot(of: $0).index] } ?? .float32
    switch operation.kind {
    case .input:
      return shape.count > shape.channels ? .bfloat16 : .float32
    case .convolution(let convolution):
      return inputShapes[0].count > inputShapes[0].channels
        && supports(convolution, operation, inputShapes[0]) ? .bfloat16 : .float32
    case .reshape:
      return first
    case .concatenate, .add:
      let all = operation.inputs.map { tape.precisions[slot(of: $0).index] }
      return all.contains(.float32) ? .float32 : .bfloat16
    case .maxPooling(let window, let edges):
      let geometry = geometry(window, edges, input: inputShapes[0], output: shape)
      return first == .bfloat16
        && supports(.maxPooling(geometry, keepsPositions: runsBackward))
        && (!runsBackward || supports(.maxPoolingGradient(geometry))) ? .bfloat16 : .float32
    case .averagePooling(let window, let edges):
      let geometry = geometry(window, edges, input: inputShapes[0], output: shape)
      return first == .bfloat16 && supports(.averagePooling(geometry))
        && (!runsBackward || supports(.averagePoolingGradient(geometry))) ? .bfloat16 : .float32
    case .normalization:
      return batchStatistics.contains(operation.node) ? .float32 : first
    case .dropout(_, let decisions):
      return decisions == 1 ? first : .float32
    case .activation(let activation):
      return activation.isElementwise ? first : .float32
    case .multiply, .scale, .affine, .globalAverage, .layerNormalization:
      return first
    case .dense, .zeroPadding, .image:
      return .float32
    }
  }

  private func supports(_ operation: Operation) -> Bool {
    backend.supports(operation, .bfloat16, threads: threads)
  }

  /// Whether every kernel that a convolution may need is there.
  private func supports(
    _ convolution: GraphConvolution, _ operation: GraphOperation, _ input: Shape
  ) -> Bool {
    let geometry = geometry(
      convolution.window, convolution.edges, groups: convolution.groups, input: input,
      output: operation.shape)
    let forward = Operation.convolution(
      geometry, hasBias: convolution.bias != nil || convolution.norm != nil,
      addsDestination: convolution.addsResidual, convolution.activation)
    guard supports(forward) else { return false }
    return !runsBackward
      || (supports(.convolutionInputGradient(geometry))
        && supports(.convolutionWeightGradient(geometry, hasBias: false)))
  }

  /// The slot that holds a value in a precision; one that was computed in the other is converted once.
  mutating func slot(of value: GraphValue, in wanted: Precision) throws(BackendError) -> Slot {
    let own = slot(of: value)
    guard tape.precisions[own.index] != wanted else { return own }
    if let found = converted[value] { return found }
    let result = try convert(own, to: wanted, .forward)
    converted[value] = result
    return result
  }

  /// A gradient in the precision of the value that it belongs to.
  mutating func gradient(_ piece: Slot, of value: GraphValue) throws(BackendError) -> Slot {
    try convert(piece, to: tape.precisions[slot(of: value).index], .backward)
  }

  mutating func convert(_ slot: Slot, to wanted: Precision, _ phase: Step.Phase)
    throws(BackendError) -> Slot
  {
    guard tape.precisions[slot.index] != wanted else { return slot }
    let count = tape.count(of: slot)
    let result = tape.makeSlot(count: count, wanted)
    let (own, node) = (current, currentNode)
    (current, currentNode) = (wanted, "conversion")
    defer { (current, currentNode) = (own, node) }
    try emit(
      phase, .convert(count: count), Step.Operands(source: .slot(slot), destination: .slot(result)))
    return result
  }
}
