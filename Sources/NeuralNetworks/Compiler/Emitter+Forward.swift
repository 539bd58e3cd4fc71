import Files
import TensorKernels

extension Emitter {
  /// Emits the forward steps of one operation.
  /// - Parameter inputShapes: the shapes of its inputs, without the batch axis.
  mutating func emitForward(_ operation: GraphOperation, inputShapes: [Shape])
    throws(BackendError)
  {
    current = precision(of: operation, inputShapes)
    var record = Record(operation: operation, inputShapes: inputShapes, precision: current)
    let count = microBatch * operation.shape.count
    if case .reshape = operation.kind {
      slots[operation.output] = slot(of: operation.inputs[0])
      return records.append(record)
    }
    let output = tape.makeSlot(
      count: count, operation.kind == .globalAverage ? .float32 : current)
    slots[operation.output] = output
    switch operation.kind {
    case .input:
      tape.inputs.insert(output)
    case .convolution(let convolution):
      try emitConvolution(convolution, operation, to: output, &record)
    case .dense(let dense):
      try emitDense(dense, operation, to: output, &record)
    case .normalization(let norm):
      try emitNorm(norm, operation, to: output, &record)
    case .maxPooling(let window, let edges):
      let geometry = geometry(window, edges, input: inputShapes[0], output: operation.shape)
      let pooling = Operation.maxPooling(geometry, keepsPositions: runsBackward)
      let kernel = try prepare(pooling)
      record.geometry = geometry
      record.workspace =
        runsBackward ? tape.makeSlot(byteCount: kernel.workspaceByteCount) : nil
      try emit(
        .forward, pooling, kernel: kernel, node: operation.node, source: try read(operation),
        to: .slot(output), workspace: record.workspace.map { .slot($0) })
    case .averagePooling(let window, let edges):
      let geometry = geometry(window, edges, input: inputShapes[0], output: operation.shape)
      record.geometry = geometry
      try emit(
        .forward, .averagePooling(geometry), node: operation.node, source: try read(operation),
        to: .slot(output))
    case .zeroPadding(let edges):
      let geometry = geometry(Window(1), edges, input: inputShapes[0], output: operation.shape)
      record.geometry = geometry
      try emit(
        .forward, .zeroPadding(geometry), node: operation.node, source: try read(operation),
        to: .slot(output))
    case .globalAverage:
      let channels = operation.shape.channels
      try emit(
        .forward,
        .globalAverage(
          batch: microBatch, positions: inputShapes[0].count / channels, channels: channels),
        node: operation.node, source: try read(operation), to: .slot(output))
    case .add(let activation):
      try emit(
        .forward, .sum(count: count, terms: 2, activation), node: operation.node,
        source: try read(operation), second: try read(operation, 1), to: .slot(output),
        mayReplace: try slot(of: operation.inputs[0], in: current))
    case .activation(.softmax):
      let channels = operation.shape.channels
      try emit(
        .forward, .softmax(rows: count / channels, columns: channels), node: operation.node,
        source: try read(operation), to: .slot(output))
    case .activation(let activation)
    where runsBackward && !activation.hasGradientFromOutput
      && privateValues.contains(operation.inputs[0]):
      // The derivative is computed along with the value and takes the place of the input.
      let input = try slot(of: operation.inputs[0], in: current)
      record.slope = input
      try emit(
        .trainingForward, .activationWithSlope(count: count, activation), node: operation.node,
        source: .slot(input), to: .slot(output), workspace: .slot(input))
      try emit(
        .inferenceForward, .sum(count: count, terms: 1, activation), node: operation.node,
        source: .slot(input), to: .slot(output))
    case .activation(let activation):
      try emit(
        .forward, .sum(count: count, terms: 1, activation), node: operation.node,
        source: try read(operation), to: .slot(output),
        mayReplace: try slot(of: operation.inputs[0], in: current))
    case .dropout:
      let isActive = operation.isDropout(in: trainable)
      if isActive {
        try emit(
          .trainingForward, dropout(operation), node: operation.node,
          source: try read(operation), to: .slot(output))
      }
      try emit(
        isActive ? .inferenceForward : .forward, .copy(count: count),
        node: operation.node, source: try read(operation), to: .slot(output))
    case .multiply:
      try emit(
        .forward, product(operation, inputShapes), node: operation.node,
        source: try read(operation),
        second: try readFactor(operation, inputShapes), to: .slot(output))
    case .concatenate(let rows):
      for (index, piece) in pieces(rows: rows, of: operation, inputShapes).enumerated() {
        try emit(
          .forward, .placeColumns(piece), node: operation.node, source: try read(operation, index),
          to: .slot(output))
      }
    case .scale(let factor):
      try emit(
        .forward, .scale(count: count, factor: factor), node: operation.node,
        source: try read(operation), to: .slot(output),
        mayReplace: try slot(of: operation.inputs[0], in: current))
    case .affine(let affine):
      try emitAffine(affine, operation, to: output, &record)
    case .image(let image):
      try emitImage(image, operation, to: output, &record)
    case .reshape:
      break
    }
    records.append(record)
  }

  /// An input of the current operation, in what that computes with.
  mutating func read(_ operation: GraphOperation, _ index: Int = 0) throws(BackendError)
    -> Step.Operand
  {
    .slot(try slot(of: operation.inputs[index], in: current))
  }

  /// The same mask in forward and backward: it follows from the node and the example.
  func dropout(_ operation: GraphOperation) -> Operation {
    guard case .dropout(let rate, let decisions) = operation.kind else {
      preconditionFailure("\(operation.node) drops nothing")
    }
    return .dropout(
      examples: microBatch, countPerExample: operation.shape.count, decisions: decisions,
      rate: rate, key: randomKey(of: operation))
  }

  /// What tells an operation's random numbers from all others'.
  func randomKey(of operation: GraphOperation) -> UInt64 {
    var key = seed
    for byte in operation.node.utf8 { key = CounterRandom.mix(key, UInt64(byte)) }
    return key
  }

  private mutating func emitConvolution(
    _ convolution: GraphConvolution, _ operation: GraphOperation, to output: Slot,
    _ record: inout Record
  ) throws(BackendError) {
    let unit = try ConvolutionUnit(
      convolution, weights, trainable: trainable, allocate: allocate)
    units.append(unit)
    let geometry = geometry(
      convolution.window, convolution.edges, groups: convolution.groups,
      input: record.inputShapes[0], output: operation.shape)
    record.unit = unit
    record.geometry = geometry
    let forward = Operation.convolution(
      geometry, hasBias: unit.hasBias, addsDestination: convolution.addsResidual,
      convolution.activation)
    let kernel = try prepare(forward)
    let packed = try unit.packedWeights(for: kernel)
    try emit(
      .forward, forward, kernel: kernel, node: operation.node, source: try read(operation),
      weights: .shared(packed), bias: unit.bias.map { .shared($0) }, to: .slot(output),
      startsAs: convolution.addsResidual ? try slot(of: operation.inputs[1], in: current) : nil)
  }

  private mutating func emitDense(
    _ dense: GraphDense, _ operation: GraphOperation, to output: Slot, _ record: inout Record
  ) throws(BackendError) {
    let unit = try DenseUnit(
      dense, weights, trainable: trainable, batch: batchSize, multiplier: backend,
      allocate: allocate)
    units.append(unit)
    record.unit = unit
    try emit(
      .forward,
      .dense(
        rows: microBatch, inputs: unit.inputs, outputs: unit.outputs, hasBias: unit.bias != nil,
        dense.activation),
      node: operation.node, source: try read(operation), weights: .shared(unit.kernel),
      bias: unit.bias.map { .shared($0) }, to: .slot(output))
    if let kept = unit.keptInputs {
      try emit(
        .trainingForward,
        .stash(
          rows: microBatch, columns: unit.inputs, batch: batchSize, block: DenseUnit.block),
        node: operation.node, source: try read(operation), to: .shared(kept))
    }
  }

  private mutating func emitNorm(
    _ norm: GraphNormalization, _ operation: GraphOperation, to output: Slot,
    _ record: inout Record
  ) throws(BackendError) {
    let channels = operation.shape.channels
    let rows = microBatch * operation.shape.count / channels
    if batchStatistics.contains(operation.node) {
      let unit = try BatchNormUnit(norm, weights, allocate: allocate)
      units.append(unit)
      record.unit = unit
      let normalise = Operation.batchNorm(
        rows: rows, channels: channels, epsilon: norm.epsilon, momentum: norm.momentum,
        norm.activation)
      let kernel = try prepare(normalise)
      let workspace = tape.makeSlot(byteCount: kernel.workspaceByteCount)
      record.workspace = workspace
      try emit(
        .forward, normalise, kernel: kernel, node: operation.node, source: try read(operation),
        weights: .shared(unit.parameters), to: .slot(output), workspace: .slot(workspace))
    } else {
      let unit = try AffineUnit(norm, weights, trainable: trainable, allocate: allocate)
      units.append(unit)
      record.unit = unit
      try emit(
        .forward, .channelAffine(rows: rows, channels: channels, hasShift: true, norm.activation),
        node: operation.node, source: try read(operation), weights: .shared(unit.scale),
        bias: .shared(unit.shift), to: .slot(output))
    }
  }
}
