import TensorKernels

extension Emitter {
  /// Emits the backward steps of all operations whose forward steps were emitted.
  ///
  /// - Parameters:
  ///   - result: the value whose gradient the loss provides.
  ///   - wantsInputGradient: whether the gradient of the part's input is wanted too.
  /// - Returns: the slot of the loss's gradient, and that of the input's.
  mutating func emitBackward(from result: GraphValue, wantsInputGradient: Bool)
    throws(BackendError) -> (seed: Slot, inputGradient: Slot?)
  {
    let needed = records.map(\.operation).differentiated(
      trainable: trainable, wantsInputGradient: wantsInputGradient)
    let seed = tape.makeSlot(count: tape.count(of: slot(of: result)), .float32)
    tape.inputs.insert(seed)
    var pieces: [GraphValue: [GradientPiece]] = [
      result: [.whole(try gradient(seed, of: result))]
    ]
    for record in records.reversed() {
      let operation = record.operation
      current = record.precision
      guard needed.contains(operation.output), let found = pieces[operation.output] else {
        continue
      }
      if case .input = operation.kind {
        pieces[operation.output] = [.whole(try combine(found, record))]
        break
      }
      let gradient = try combine(found, record)
      for (value, piece) in try emitBackward(record, gradient: gradient, needed: needed) {
        pieces[value, default: []].append(try self.gradient(piece, of: value))
      }
    }
    var input: Slot?
    if wantsInputGradient, case .whole(let slot) = pieces[records[0].operation.output]?.first {
      input = slot
    }
    if let found = input { input = try convert(found, to: .float32, .backward) }
    if let input { tape.outputs.insert(input) }
    return (seed, input)
  }

  /// Sums what the readers of a value have sent back, and passes the sum through the non-linearity at
  /// the end of the operation that wrote it.
  private mutating func combine(_ found: [GradientPiece], _ record: Record) throws(BackendError)
    -> Slot
  {
    if let gated = try emitGatedSlope(found, record) { return gated }
    let pieces = try found.map { piece throws(BackendError) in try whole(piece, record) }
    let activation = record.operation.kind.fusedActivation
    guard pieces.count > 1 || activation != .linear else { return pieces[0] }
    let own = current
    current = tape.precisions[pieces[0].index]
    defer { current = own }
    let count = microBatch * record.operation.shape.count
    var sum = pieces[0]
    let last = max(1, pieces.count - 1)
    for index in 1...last {
      let other = index < pieces.count ? pieces[index] : nil
      let isLast = index == last
      let result = makeSlot(count: count)
      let terms = other == nil ? 1 : 2
      let mask = isLast ? activation : .linear
      let operation: Operation
      let workspace: Step.Operand?
      if mask == .linear {
        (operation, workspace) = (.maskedSum(count: count, terms: terms, .linear), nil)
      } else if let slope = record.slope {
        (operation, workspace) = (.slopedSum(count: count, terms: terms), .slot(slope))
      } else {
        operation = .maskedSum(count: count, terms: terms, mask)
        workspace = .slot(try slot(of: record.derivativeSource, in: current))
      }
      try emit(
        .backward, operation, node: record.operation.node, source: .slot(sum),
        second: other.map { .slot($0) }, to: .slot(result), workspace: workspace, mayReplace: sum)
      sum = result
    }
    return sum
  }

  /// Emits the gradients of one operation; returns those of its inputs that are needed.
  private mutating func emitBackward(_ record: Record, gradient: Slot, needed: Set<GraphValue>)
    throws(BackendError) -> [(GraphValue, GradientPiece)]
  {
    let operation = record.operation
    switch operation.kind {
    case .multiply:
      return try emitMultiplyBackward(record, gradient: gradient, needed: needed)
    case .concatenate(let rows):
      return try emitConcatenateBackward(record, rows: rows, gradient: gradient, needed: needed)
    case .add:
      return operation.inputs.filter(needed.contains).map { ($0, .whole(gradient)) }
    case .globalAverage:
      return operation.inputs.filter(needed.contains).map { ($0, .spread(gradient)) }
    default:
      var found: [(GraphValue, GradientPiece)] = []
      if let first = try emitFirstInputBackward(record, gradient: gradient, needed: needed) {
        found.append((operation.inputs[0], .whole(first)))
      }
      if case .convolution(let convolution) = operation.kind, convolution.addsResidual,
        needed.contains(operation.inputs[1])
      {
        found.append((operation.inputs[1], .whole(gradient)))
      }
      return found
    }
  }

  /// The same for operations that compute with their first input only.
  private mutating func emitFirstInputBackward(
    _ record: Record, gradient: Slot, needed: Set<GraphValue>
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    let node = operation.node
    let input = operation.inputs[0]
    let inputCount = microBatch * record.inputShapes[0].count
    let inputNeeded = needed.contains(input)
    switch operation.kind {
    case .convolution:
      return try emitConvolutionBackward(record, gradient: gradient, inputNeeded: inputNeeded)
    case .dense:
      guard let unit = record.unit as? DenseUnit else { return nil }
      if let kept = unit.keptGradients {
        try emit(
          .backward,
          .stash(
            rows: microBatch, columns: unit.outputs, batch: batchSize, block: unit.outputs),
          node: node, source: .slot(gradient), to: .shared(kept))
      }
      guard inputNeeded else { return nil }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward,
        .denseInputGradient(rows: microBatch, inputs: unit.inputs, outputs: unit.outputs),
        node: node, source: .slot(gradient), weights: .shared(unit.kernel), to: .slot(result))
      return result
    case .normalization:
      return try emitNormBackward(record, gradient: gradient, inputNeeded: inputNeeded)
    case .maxPooling:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward, .maxPoolingGradient(geometry), node: node, source: .slot(gradient),
        to: .slot(result), workspace: record.workspace.map { .slot($0) })
      return result
    case .averagePooling:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward, .averagePoolingGradient(geometry), node: node, source: .slot(gradient),
        to: .slot(result))
      return result
    case .zeroPadding:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward, .zeroPaddingGradient(geometry), node: node, source: .slot(gradient),
        to: .slot(result))
      return result
    case .dropout:
      guard inputNeeded else { return nil }
      guard operation.isDropout(in: trainable) else { return gradient }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward, dropout(operation), node: node, source: .slot(gradient),
        to: .slot(result), mayReplace: gradient)
      return result
    case .scale(let factor):
      guard inputNeeded else { return nil }
      let result = makeSlot(count: inputCount)
      try emit(
        .backward, .scale(count: inputCount, factor: factor), node: node, source: .slot(gradient),
        to: .slot(result), mayReplace: gradient)
      return result
    case .affine:
      guard inputNeeded, let unit = record.unit as? FixedAffineUnit else { return nil }
      let result = makeSlot(count: inputCount)
      let channels = operation.shape.channels
      try emit(
        .backward,
        .channelAffine(
          rows: inputCount / channels, channels: channels, hasShift: false, .linear),
        node: node, source: .slot(gradient), weights: .shared(unit.scale), to: .slot(result),
        mayReplace: gradient)
      return result
    case .activation, .reshape:
      // The non-linearity is already behind us; what is left passes the gradient on as it is.
      precondition(
        operation.kind != .activation(.softmax), "the loss starts from logits, not from a softmax")
      return inputNeeded ? gradient : nil
    case .image(let image):
      return try emitImageBackward(image, record, gradient: gradient, inputNeeded: inputNeeded)
    case .input, .add, .multiply, .concatenate, .globalAverage:
      return nil
    }
  }

  private mutating func emitConvolutionBackward(
    _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    guard let unit = record.unit as? ConvolutionUnit, let geometry = record.geometry else {
      return nil
    }
    let operation = record.operation
    if unit.isTrained {
      try emitWeightGradient(
        unit, geometry, node: operation.node,
        source: try slot(of: operation.inputs[0], in: current),
        gradient: gradient)
    }
    guard inputNeeded else { return nil }
    let backward = Operation.convolutionInputGradient(geometry)
    let kernel = try prepare(backward)
    let packed = try unit.packedWeights(for: kernel)
    let result = makeSlot(count: geometry.inputCount)
    try emit(
      .backward, backward, kernel: kernel, node: operation.node, source: .slot(gradient),
      weights: .shared(packed), to: .slot(result))
    return result
  }

  /// Adds to the shared gradient in turns: directly where the kernel can add, otherwise through a
  /// buffer of the lane's own, so that the turn is held only while adding.
  mutating func emitWeightGradient(
    _ unit: ConvolutionUnit, _ geometry: WindowGeometry, node: String, source: Slot, gradient: Slot
  ) throws(BackendError) {
    let weightGradient = Operation.convolutionWeightGradient(geometry, hasBias: unit.hasBias)
    let kernel = try prepare(weightGradient)
    let shared = try unit.packedGradient(for: kernel)
    let turn = turnCount
    turnCount += 1
    let input = Step.Operand.slot(source)
    if kernel.accumulates {
      try emit(
        .backward, weightGradient, kernel: kernel, node: node, source: input,
        second: .slot(gradient), bias: unit.biasGradient.map { .shared($0) }, to: .shared(shared),
        turn: turn)
      return
    }
    laneGradientByteCount = max(laneGradientByteCount, kernel.packedByteCount)
    laneBiasByteCount = max(laneBiasByteCount, geometry.outputChannels * 4)
    try emit(
      .backward, weightGradient, kernel: kernel, node: node, source: input,
      second: .slot(gradient), bias: unit.hasBias ? .laneBiasGradient : nil, to: .laneGradient)
    if let bias = unit.biasGradient {
      try emit(
        .backward, .accumulate(count: geometry.outputChannels), .float32, node: node,
        source: .laneBiasGradient, to: .shared(bias), turn: turnCount)
      turnCount += 1
    }
    try emit(
      .backward, .accumulate(count: kernel.packedByteCount / 4), .float32, node: node,
      source: .laneGradient, to: .shared(shared), turn: turn)
  }

  private mutating func emitNormBackward(
    _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    let channels = operation.shape.channels
    let rows = microBatch * operation.shape.count / channels
    let input = try read(operation)
    let result = makeSlot(count: rows * channels)
    if let unit = record.unit as? BatchNormUnit {
      try emit(
        .backward, .batchNormGradient(rows: rows, channels: channels), node: operation.node,
        source: input, second: .slot(gradient), weights: .shared(unit.parameters),
        bias: .shared(unit.gradients), to: .slot(result),
        workspace: record.workspace.map { .slot($0) })
      return inputNeeded ? result : nil
    }
    guard let unit = record.unit as? AffineUnit else { return nil }
    if let scaleGradient = unit.scaleGradient, let shiftGradient = unit.shiftGradient {
      try emit(
        .backward, .channelSums(rows: rows, channels: channels), node: operation.node,
        source: input, second: .slot(gradient), bias: .shared(shiftGradient),
        to: .shared(scaleGradient), turn: turnCount)
      turnCount += 1
    }
    guard inputNeeded else { return nil }
    try emit(
      .backward, .channelAffine(rows: rows, channels: channels, hasShift: false, .linear),
      node: operation.node, source: .slot(gradient), weights: .shared(unit.scale),
      to: .slot(result), mayReplace: gradient)
    return result
  }
}

extension GraphOperation.Kind {
  /// The non-linearity at the end of the operation.
  fileprivate var fusedActivation: Activation {
    switch self {
    case .convolution(let convolution): convolution.activation
    case .dense(let dense): dense.activation
    case .normalization(let norm): norm.activation
    case .affine(let affine): affine.activation
    case .add(let activation), .activation(let activation): activation
    default: .linear
    }
  }
}

extension Emitter.Record {
  /// What the derivative of the fused non-linearity is taken from: its output, or, where it needs its
  /// input, that of an operation of its own.
  fileprivate var derivativeSource: GraphValue {
    guard case .activation(let activation) = operation.kind, !activation.hasGradientFromOutput
    else {
      return operation.output
    }
    return operation.inputs[0]
  }
}
