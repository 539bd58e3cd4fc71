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
      (current, currentNode) = (record.precision, operation.node)
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
    let activation = record.operation.kind.activation ?? .linear
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
        .backward, operation,
        Step.Operands(
          source: .slot(sum), second: other.map { .slot($0) }, destination: .slot(result),
          workspace: workspace), reusing: .mayReplace(sum))
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
    case .image(.grouped(.extreme(let extreme))):
      return try emitExtremeBackward(extreme, record, gradient: gradient, needed: needed)
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
    let inputNeeded = needed.contains(operation.inputs[0])
    switch operation.kind {
    case .convolution:
      return try emitConvolutionBackward(record, gradient: gradient, inputNeeded: inputNeeded)
    case .dense:
      return try emitDenseBackward(record, gradient: gradient, inputNeeded: inputNeeded)
    case .normalization:
      return try emitNormBackward(record, gradient: gradient, inputNeeded: inputNeeded)
    case .layerNormalization(let norm):
      return try emitLayerNormBackward(norm, record, gradient: gradient)
    case .image(let image):
      return try emitImageBackward(image, record, gradient: gradient, inputNeeded: inputNeeded)
    case .affine:
      guard inputNeeded, let weights = record.weights as? FixedAffineWeights else { return nil }
      return try emitScaling(by: weights.scale, record, gradient: gradient)
    case .maxPooling:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      return try emitMapBackward(.maxPoolingGradient(geometry), record, gradient: gradient)
    case .averagePooling:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      return try emitMapBackward(.averagePoolingGradient(geometry), record, gradient: gradient)
    case .zeroPadding:
      guard inputNeeded, let geometry = record.geometry else { return nil }
      return try emitMapBackward(.zeroPaddingGradient(geometry), record, gradient: gradient)
    case .dropout:
      guard inputNeeded, operation.isDropout(in: trainable) else {
        return inputNeeded ? gradient : nil
      }
      return try emitMapBackward(
        dropout(operation), record, gradient: gradient, reusing: .mayReplace(gradient))
    case .scale(let factor):
      guard inputNeeded else { return nil }
      let count = microBatch * record.inputShapes[0].count
      return try emitMapBackward(
        .scale(count: count, factor: factor), record, gradient: gradient,
        reusing: .mayReplace(gradient))
    case .activation, .reshape:
      // The non-linearity is already behind us; what is left passes the gradient on as it is.
      precondition(
        operation.kind != .activation(.softmax), "the loss starts from logits, not from a softmax")
      return inputNeeded ? gradient : nil
    case .input, .add, .multiply, .concatenate, .globalAverage:
      return nil
    }
  }

  /// Emits a kernel that reads the output's gradient, and what the forward step has left, only.
  private mutating func emitMapBackward(
    _ kernel: Operation, _ record: Record, gradient: Slot, reusing reuse: Step.Reuse? = nil
  ) throws(BackendError) -> Slot {
    let result = makeSlot(count: microBatch * record.inputShapes[0].count)
    try emit(
      .backward, kernel,
      Step.Operands(
        source: .slot(gradient), destination: .slot(result),
        workspace: record.workspace.map { .slot($0) }), reusing: reuse)
    return result
  }

  /// The gradient of a scale per channel.
  private mutating func emitScaling(by scale: Region, _ record: Record, gradient: Slot)
    throws(BackendError) -> Slot
  {
    let (count, channels) = (
      microBatch * record.inputShapes[0].count, record.operation.shape.channels
    )
    let result = makeSlot(count: count)
    try emit(
      .backward,
      .channelAffine(rows: count / channels, channels: channels, hasShift: false, .linear),
      Step.Operands(source: .slot(gradient), weights: .shared(scale), destination: .slot(result)),
      reusing: .mayReplace(gradient))
    return result
  }

  private mutating func emitDenseBackward(_ record: Record, gradient: Slot, inputNeeded: Bool)
    throws(BackendError) -> Slot?
  {
    guard let weights = record.weights as? DenseWeights else { return nil }
    if let kept = weights.keptGradients {
      try emit(
        .backward,
        .stash(
          rows: microBatch, columns: weights.outputs, batch: batchSize, block: weights.outputs),
        Step.Operands(source: .slot(gradient), destination: .shared(kept)))
    }
    guard inputNeeded else { return nil }
    let result = makeSlot(count: microBatch * record.inputShapes[0].count)
    try emit(
      .backward,
      .denseInputGradient(rows: microBatch, inputs: weights.inputs, outputs: weights.outputs),
      Step.Operands(
        source: .slot(gradient), weights: .shared(weights.kernel), destination: .slot(result)))
    return result
  }

  private mutating func emitConvolutionBackward(
    _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    guard let weights = record.weights as? ConvolutionWeights, let geometry = record.geometry else {
      return nil
    }
    let operation = record.operation
    if weights.isTrained {
      try emitWeightGradient(
        weights, geometry,
        source: try slot(of: operation.inputs[0], in: current),
        gradient: gradient)
    }
    guard inputNeeded else { return nil }
    let backward = Operation.convolutionInputGradient(geometry)
    let kernel = try prepare(backward)
    let packed = try weights.packedWeights(for: kernel)
    let result = makeSlot(count: geometry.inputCount)
    try emit(
      .backward, backward, kernel: kernel,
      Step.Operands(source: .slot(gradient), weights: .shared(packed), destination: .slot(result)))
    return result
  }

  /// Adds to the shared gradient in turns: directly where the kernel can add, otherwise through a
  /// buffer of the lane's own, so that the turn is held only while adding.
  mutating func emitWeightGradient(
    _ weights: ConvolutionWeights, _ geometry: WindowGeometry, source: Slot, gradient: Slot
  ) throws(BackendError) {
    let weightGradient = Operation.convolutionWeightGradient(geometry, hasBias: weights.hasBias)
    let kernel = try prepare(weightGradient)
    let shared = try weights.packedGradient(for: kernel)
    let turn = turnCount
    turnCount += 1
    let input = Step.Operand.slot(source)
    if kernel.accumulates {
      try emit(
        .backward, weightGradient, kernel: kernel,
        Step.Operands(
          source: input, second: .slot(gradient), bias: weights.biasGradient.map { .shared($0) },
          destination: .shared(shared)), turn: turn)
      return
    }
    laneGradientByteCount = max(laneGradientByteCount, kernel.packedByteCount)
    laneBiasByteCount = max(laneBiasByteCount, geometry.outputChannels * 4)
    try emit(
      .backward, weightGradient, kernel: kernel,
      Step.Operands(
        source: input, second: .slot(gradient), bias: weights.hasBias ? .laneBiasGradient : nil,
        destination: .laneGradient))
    if let bias = weights.biasGradient {
      try emit(
        .backward, .accumulate(count: geometry.outputChannels),
        kernel: try prepare(.accumulate(count: geometry.outputChannels), .float32),
        Step.Operands(source: .laneBiasGradient, destination: .shared(bias)), turn: turnCount)
      turnCount += 1
    }
    try emit(
      .backward, .accumulate(count: kernel.packedByteCount / 4),
      kernel: try prepare(.accumulate(count: kernel.packedByteCount / 4), .float32),
      Step.Operands(source: .laneGradient, destination: .shared(shared)), turn: turn)
  }

  private mutating func emitNormBackward(
    _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    let channels = operation.shape.channels
    let rows = microBatch * operation.shape.count / channels
    let input = try read(operation)
    let result = makeSlot(count: rows * channels)
    if let weights = record.weights as? BatchNormWeights {
      try emit(
        .backward, .batchNormGradient(rows: rows, channels: channels),
        Step.Operands(
          source: input, second: .slot(gradient), weights: .shared(weights.parameters),
          bias: .shared(weights.gradients), destination: .slot(result),
          workspace: record.workspace.map { .slot($0) }))
      return inputNeeded ? result : nil
    }
    guard let weights = record.weights as? FrozenNormWeights else { return nil }
    if let scaleGradient = weights.scaleGradient, let shiftGradient = weights.shiftGradient {
      try emit(
        .backward, .channelSums(rows: rows, channels: channels),
        Step.Operands(
          source: input, second: .slot(gradient), bias: .shared(shiftGradient),
          destination: .shared(scaleGradient)), turn: turnCount)
      turnCount += 1
    }
    guard inputNeeded else { return nil }
    try emit(
      .backward, .channelAffine(rows: rows, channels: channels, hasShift: false, .linear),
      Step.Operands(
        source: .slot(gradient), weights: .shared(weights.scale), destination: .slot(result)),
      reusing: .mayReplace(gradient))
    return result
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
