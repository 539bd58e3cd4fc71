import Files
import TensorKernels

extension Emitter {
  /// Emits the forward steps of one operation.
  /// - Parameter inputShapes: the shapes of its inputs, without the batch axis.
  mutating func emitForward(_ operation: GraphOperation, inputShapes: [Shape])
    throws(BackendError)
  {
    (current, currentNode) = (precision(of: operation, inputShapes), operation.node)
    var record = Record(operation: operation, inputShapes: inputShapes, precision: current)
    if case .reshape = operation.kind {
      slots[operation.output] = slot(of: operation.inputs[0])
    } else {
      slots[operation.output] = tape.makeSlot(
        count: microBatch * operation.shape.count,
        operation.kind == .globalAverage ? .float32 : current)
    }
    try emitForward(&record)
    records.append(record)
  }

  private mutating func emitForward(_ record: inout Record) throws(BackendError) {
    let operation = record.operation
    let (count, channels) = (microBatch * operation.shape.count, operation.shape.channels)
    switch operation.kind {
    case .input:
      tape.inputs.insert(slot(of: operation.output))
    case .reshape:
      break
    case .convolution(let convolution):
      try emitConvolution(convolution, &record)
    case .dense(let dense):
      try emitDense(dense, &record)
    case .normalization(let norm):
      try emitNorm(norm, &record)
    case .layerNormalization(let norm):
      try emitLayerNorm(norm, &record)
    case .affine(let affine):
      try emitAffine(affine, &record)
    case .maxPooling(let window, let edges):
      try emitMaxPooling(geometry(window, edges, &record), &record)
    case .averagePooling(let window, let edges):
      try emitMap(.averagePooling(geometry(window, edges, &record)), record)
    case .zeroPadding(let edges):
      try emitMap(.zeroPadding(geometry(Window(1), edges, &record)), record)
    case .globalAverage:
      let positions = record.inputShapes[0].count / channels
      try emitMap(
        .globalAverage(batch: microBatch, positions: positions, channels: channels), record)
    case .add(let activation):
      try emit(
        .forward, .sum(count: count, terms: 2, activation),
        Step.Operands(
          source: try read(operation), second: try read(operation, 1),
          destination: .slot(slot(of: operation.output))),
        reusing: try input(of: operation))
    case .activation(.softmax):
      try emitMap(.softmax(rows: count / channels, columns: channels), record)
    case .activation(let activation):
      try emitActivation(activation, &record)
    case .dropout:
      try emitDropout(record)
    case .multiply:
      try emit(
        .forward, product(operation, record.inputShapes),
        Step.Operands(
          source: try read(operation), second: try readFactor(operation, record.inputShapes),
          destination: .slot(slot(of: operation.output))))
    case .concatenate(let rows):
      let pieces = pieces(rows: rows, of: operation, record.inputShapes)
      for (index, piece) in pieces.enumerated() {
        try emit(
          .forward, .placeColumns(piece),
          Step.Operands(
            source: try read(operation, index), destination: .slot(slot(of: operation.output))))
      }
    case .scale(let factor):
      try emitMap(
        .scale(count: count, factor: factor), record, reusing: try input(of: operation))
    case .image(let image):
      try emitImage(image, &record)
    }
  }

  /// Emits a kernel that reads the operation's first input and writes its output, and nothing else.
  mutating func emitMap(
    _ kernel: Operation, _ record: Record, _ phase: Step.Phase = .forward,
    reusing reuse: Step.Reuse? = nil
  ) throws(BackendError) {
    try emit(
      phase, kernel,
      Step.Operands(
        source: try read(record.operation),
        destination: .slot(slot(of: record.operation.output))), reusing: reuse)
  }

  /// The geometry of a window between the operation's input and output; the record keeps it for the
  /// way back.
  func geometry(_ window: Window, _ edges: Edges, _ record: inout Record) -> WindowGeometry {
    let geometry = geometry(
      window, edges, input: record.inputShapes[0], output: record.operation.shape)
    record.geometry = geometry
    return geometry
  }

  /// That the output may take over the first input's memory.
  mutating func input(of operation: GraphOperation) throws(BackendError) -> Step.Reuse {
    .mayReplace(try slot(of: operation.inputs[0], in: current))
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
    var key = target.options.seed
    for byte in operation.node.utf8 { key = CounterRandom.mix(key, UInt64(byte)) }
    return key
  }

  private mutating func emitMaxPooling(_ geometry: WindowGeometry, _ record: inout Record)
    throws(BackendError)
  {
    let pooling = Operation.maxPooling(geometry, keepsPositions: runsBackward)
    let kernel = try prepare(pooling)
    record.workspace = runsBackward ? tape.makeSlot(byteCount: kernel.workspaceByteCount) : nil
    try emit(
      .forward, pooling, kernel: kernel,
      Step.Operands(
        source: try read(record.operation),
        destination: .slot(slot(of: record.operation.output)),
        workspace: record.workspace.map { .slot($0) }))
  }

  private mutating func emitActivation(_ activation: Activation, _ record: inout Record)
    throws(BackendError)
  {
    let operation = record.operation
    let count = microBatch * operation.shape.count
    guard runsBackward, !activation.hasGradientFromOutput,
      privateValues.contains(operation.inputs[0])
    else {
      return try emitMap(
        .sum(count: count, terms: 1, activation), record, reusing: try input(of: operation))
    }
    // The derivative is computed along with the value and takes the place of the input.
    let input = try slot(of: operation.inputs[0], in: current)
    record.slope = input
    try emit(
      .trainingForward, .activationWithSlope(count: count, activation),
      Step.Operands(
        source: .slot(input), destination: .slot(slot(of: operation.output)),
        workspace: .slot(input)))
    try emitMap(.sum(count: count, terms: 1, activation), record, .inferenceForward)
  }

  private mutating func emitDropout(_ record: Record) throws(BackendError) {
    let isActive = record.operation.isDropout(in: trainable)
    if isActive { try emitMap(dropout(record.operation), record, .trainingForward) }
    try emitMap(
      .copy(count: microBatch * record.operation.shape.count), record,
      isActive ? .inferenceForward : .forward)
  }

  private mutating func emitConvolution(
    _ convolution: GraphConvolution, _ record: inout Record
  ) throws(BackendError) {
    let operation = record.operation
    let weights = try ConvolutionWeights(
      convolution, masters, trainable: trainable, allocate: allocate)
    kernelWeights.append(weights)
    let geometry = geometry(
      convolution.window, convolution.edges, groups: convolution.groups,
      input: record.inputShapes[0], output: operation.shape)
    record.weights = weights
    record.geometry = geometry
    let forward = Operation.convolution(
      geometry, hasBias: weights.hasBias, addsDestination: convolution.addsResidual,
      convolution.activation)
    let kernel = try prepare(forward)
    let packed = try weights.packedWeights(for: kernel)
    try emit(
      .forward, forward, kernel: kernel,
      Step.Operands(
        source: try read(operation), weights: .shared(packed),
        bias: weights.bias.map { .shared($0) }, destination: .slot(slot(of: operation.output))),
      reusing: convolution.addsResidual
        ? .startsAs(try slot(of: operation.inputs[1], in: current)) : nil)
  }

  private mutating func emitDense(
    _ dense: GraphDense, _ record: inout Record
  ) throws(BackendError) {
    let operation = record.operation
    let weights = try DenseWeights(
      dense, masters, trainable: trainable, batch: batchSize, multiplier: backend,
      allocate: allocate)
    kernelWeights.append(weights)
    record.weights = weights
    try emit(
      .forward,
      .dense(
        rows: microBatch, inputs: weights.inputs, outputs: weights.outputs,
        hasBias: weights.bias != nil,
        dense.activation),
      Step.Operands(
        source: try read(operation), weights: .shared(weights.kernel),
        bias: weights.bias.map { .shared($0) }, destination: .slot(slot(of: operation.output))))
    if let kept = weights.keptInputs {
      try emit(
        .trainingForward,
        .stash(
          rows: microBatch, columns: weights.inputs, batch: batchSize, block: DenseWeights.block),
        Step.Operands(source: try read(operation), destination: .shared(kept)))
    }
  }

  private mutating func emitNorm(
    _ norm: GraphNormalization, _ record: inout Record
  ) throws(BackendError) {
    let operation = record.operation
    let channels = operation.shape.channels
    let rows = microBatch * operation.shape.count / channels
    // Of a norm that several nodes share, the first alone measures batches and moves the statistics.
    if batchStatistics.contains(operation.node), norm.node == operation.node {
      let weights = try BatchNormWeights(norm, masters, allocate: allocate)
      kernelWeights.append(weights)
      record.weights = weights
      let normalise = Operation.batchNorm(
        rows: rows, channels: channels, epsilon: norm.epsilon, momentum: norm.momentum,
        norm.activation)
      let kernel = try prepare(normalise)
      let workspace = tape.makeSlot(byteCount: kernel.workspaceByteCount)
      record.workspace = workspace
      try emit(
        .forward, normalise, kernel: kernel,
        Step.Operands(
          source: try read(operation), weights: .shared(weights.parameters),
          destination: .slot(slot(of: operation.output)), workspace: .slot(workspace)))
    } else {
      let weights = try FrozenNormWeights(norm, masters, trainable: trainable, allocate: allocate)
      kernelWeights.append(weights)
      record.weights = weights
      try emit(
        .forward, .channelAffine(rows: rows, channels: channels, hasShift: true, norm.activation),
        Step.Operands(
          source: try read(operation), weights: .shared(weights.scale),
          bias: .shared(weights.shift), destination: .slot(slot(of: operation.output))))
    }
  }
}
