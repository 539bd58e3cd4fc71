import TensorKernels

/// The operations that few networks have.
extension Emitter {
  mutating func emitImage(_ image: GraphImageOperation, _ record: inout Record)
    throws(BackendError)
  {
    let operation = record.operation
    let output = slot(of: operation.output)
    switch image {
    case .normPooling(let window, let edges, let power):
      try emitMap(
        .image(.normPooling(geometry(window, edges, &record), power: power)), record)
    case .stochasticPooling(let window, let edges):
      try emitStochasticPooling(geometry(window, edges, &record), &record)
    case .localResponse(let response):
      try emitLocalResponse(response, &record)
    case .borderPadding(let edges, let mode):
      try emitMap(.image(.borderPadding(geometry(Window(1), edges, &record), mode)), record)
    case .cropping(let edges):
      // What zero padding does, with the roles of input and output exchanged.
      let geometry = geometry(
        Window(1), edges, input: operation.shape, output: record.inputShapes[0])
      record.geometry = geometry
      try emitMap(.zeroPaddingGradient(geometry), record)
    case .resizing(let interpolation):
      let geometry = geometry(Window(1), .none, &record)
      try emitMap(.image(.resizing(geometry, interpolation)), record)
    case .grouped(let grouped):
      try emitGrouped(grouped, &record)
    case .bias(let parameter):
      let weights = try makePlainWeights(parameter, &record)
      let columns = parameter.shape.count
      try emit(
        .forward,
        .image(
          .rowBias(rows: microBatch * operation.shape.count / columns, columns: columns)),
        Step.Operands(
          source: try read(operation), bias: .shared(weights.values), destination: .slot(output)),
        reusing: try input(of: operation))
    case .transposedConvolution(let window, let edges, let kernel):
      try emitTransposed(
        GraphConvolution(window: window, edges: edges, groups: 1, kernel: kernel, bias: nil),
        &record)
    case .locallyConnected(let window, let kernel):
      let weights = try makePlainWeights(kernel, &record)
      try emit(
        .forward, .image(.unshared(geometry(window, .none, &record))),
        Step.Operands(
          source: try read(operation), weights: .shared(weights.values),
          destination: .slot(output)))
    }
  }

  private mutating func emitStochasticPooling(_ geometry: WindowGeometry, _ record: inout Record)
    throws(BackendError)
  {
    let operation = record.operation
    let isActive = operation.isDropout(in: trainable)
    if isActive {
      let pooling = Operation.image(.stochasticPooling(geometry, key: randomKey(of: operation)))
      let kernel = try prepare(pooling)
      let workspace = tape.makeSlot(byteCount: kernel.workspaceByteCount)
      record.workspace = workspace
      try emit(
        .trainingForward, pooling, kernel: kernel,
        Step.Operands(
          source: try read(operation), destination: .slot(slot(of: operation.output)),
          workspace: .slot(workspace)))
    }
    try emitMap(
      .image(.expectedPooling(geometry)), record, isActive ? .inferenceForward : .forward)
  }

  private mutating func emitLocalResponse(_ response: LocalResponse, _ record: inout Record)
    throws(BackendError)
  {
    let operation = record.operation
    let (count, channels) = (microBatch * operation.shape.count, operation.shape.channels)
    let normalise = Operation.image(
      .localResponse(
        rows: count / channels, channels: channels, response, keepsWorkspace: runsBackward))
    let kernel = try prepare(normalise)
    record.workspace =
      runsBackward && kernel.workspaceByteCount > 0
      ? tape.makeSlot(byteCount: kernel.workspaceByteCount) : nil
    try emit(
      .forward, normalise, kernel: kernel,
      Step.Operands(
        source: try read(operation), destination: .slot(slot(of: operation.output)),
        workspace: record.workspace.map { .slot($0) }))
  }

  mutating func makePlainWeights(_ parameter: Parameter, _ record: inout Record)
    throws(BackendError) -> PlainWeights
  {
    let weights = try PlainWeights(parameter, masters, trainable: trainable, allocate: allocate)
    kernelWeights.append(weights)
    record.weights = weights
    return weights
  }

  /// The input gradient of the convolution that leads from our output to our input.
  private mutating func emitTransposed(
    _ convolution: GraphConvolution, _ record: inout Record
  ) throws(BackendError) {
    let operation = record.operation
    let weights = try ConvolutionWeights(
      convolution, masters, trainable: trainable, allocate: allocate)
    kernelWeights.append(weights)
    let geometry = geometry(
      convolution.window, convolution.edges, input: operation.shape, output: record.inputShapes[0])
    record.weights = weights
    record.geometry = geometry
    let forward = Operation.convolutionInputGradient(geometry)
    let prepared = try prepare(forward)
    let packed = try weights.packedWeights(for: prepared)
    try emit(
      .forward, forward, kernel: prepared,
      Step.Operands(
        source: try read(operation), weights: .shared(packed),
        destination: .slot(slot(of: operation.output))))
  }

  /// Emits the gradients of one operation; returns that of its input, if it is needed.
  mutating func emitImageBackward(
    _ image: GraphImageOperation, _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    if let weights = record.weights as? PlainWeights {
      try emitPlainGradient(weights, record, gradient: gradient)
    }
    if let weights = record.weights as? ConvolutionWeights, weights.isTrained,
      let geometry = record.geometry
    {
      try emitWeightGradient(
        weights, geometry, source: gradient,
        gradient: try slot(of: operation.inputs[0], in: current))
    }
    guard inputNeeded else { return nil }
    switch image {
    case .bias: return gradient
    case .transposedConvolution:
      return try emitTransposedBackward(record, gradient: gradient)
    case .locallyConnected:
      guard let weights = record.weights as? PlainWeights else { return nil }
      let result = makeSlot(count: microBatch * record.inputShapes[0].count)
      try emit(
        .backward, .image(.unsharedInputGradient(record.movedGeometry)),
        Step.Operands(
          source: .slot(gradient), weights: .shared(weights.values), destination: .slot(result)))
      return result
    case .resizing(let interpolation):
      return try emitBackward(
        .resizingGradient(record.movedGeometry, interpolation), record, gradient, .workspace)
    case .grouped(let grouped):
      return try emitGroupedBackward(grouped, record, gradient: gradient)
    case .normPooling(_, _, let power):
      return try emitBackward(
        .normPoolingGradient(record.movedGeometry, power: power), record, gradient, .inputAndOutput)
    case .stochasticPooling where operation.isDropout(in: trainable):
      return try emitBackward(
        .stochasticPoolingGradient(record.movedGeometry), record, gradient, .workspace)
    case .stochasticPooling:
      return try emitBackward(
        .expectedPoolingGradient(record.movedGeometry), record, gradient, .inputAndOutput)
    case .localResponse(let response):
      let (count, channels) = (microBatch * operation.shape.count, operation.shape.channels)
      return try emitBackward(
        .localResponseGradient(rows: count / channels, channels: channels, response), record,
        gradient, .inputAndWorkspace)
    case .borderPadding(_, let mode):
      return try emitBackward(
        .borderPaddingGradient(record.movedGeometry, mode), record, gradient, .workspace)
    case .cropping:
      let result = makeSlot(count: microBatch * record.inputShapes[0].count)
      try emit(
        .backward, .zeroPadding(record.movedGeometry),
        Step.Operands(source: .slot(gradient), destination: .slot(result)))
      return result
    }
  }

  /// What a gradient reads beside the output's.
  enum Reading {
    case workspace, inputAndWorkspace, outputAndWorkspace, inputAndOutput
  }

  mutating func emitBackward(
    _ backward: ImageOperation, _ record: Record, _ gradient: Slot, _ reading: Reading
  ) throws(BackendError) -> Slot {
    let result = makeSlot(count: microBatch * record.inputShapes[0].count)
    var operands = Step.Operands(
      source: .slot(gradient), destination: .slot(result),
      workspace: record.workspace.map { .slot($0) })
    let output = Step.Operand.slot(slot(of: record.operation.output))
    switch reading {
    case .workspace: break
    case .inputAndWorkspace: operands.second = try read(record.operation)
    case .outputAndWorkspace: operands.second = output
    case .inputAndOutput:
      operands.second = try read(record.operation)
      operands.workspace = output
    }
    try emit(.backward, .image(backward), operands)
    return result
  }

  /// Adds to the shared gradient of a plain weight, in turns.
  private mutating func emitPlainGradient(
    _ weights: PlainWeights, _ record: Record, gradient: Slot
  ) throws(BackendError) {
    guard let shared = weights.gradient else { return }
    let operation = record.operation
    let turn = turnCount
    turnCount += 1
    let columns = weights.count
    let rows = microBatch * operation.shape.count / columns
    if let geometry = record.geometry {
      try emit(
        .backward, .image(.unsharedWeightGradient(geometry)),
        Step.Operands(
          source: try read(operation), second: .slot(gradient), destination: .shared(shared)),
        turn: turn)
    } else if case .image(.grouped(.columnProduct)) = operation.kind {
      try emit(
        .backward, .image(.columnProductGradient(rows: rows, columns: columns)),
        Step.Operands(
          source: .slot(gradient), second: try read(operation), destination: .shared(shared)),
        turn: turn)
    } else {
      try emit(
        .backward, .image(.rowBiasGradient(rows: rows, columns: columns)),
        Step.Operands(source: .slot(gradient), destination: .shared(shared)), turn: turn)
    }
  }

  private mutating func emitTransposedBackward(_ record: Record, gradient: Slot)
    throws(BackendError) -> Slot?
  {
    guard let weights = record.weights as? ConvolutionWeights else { return nil }
    let result = makeSlot(count: microBatch * record.inputShapes[0].count)
    let backward = Operation.convolution(
      record.movedGeometry, hasBias: false, addsDestination: false, .linear)
    let kernel = try prepare(backward)
    let packed = try weights.packedWeights(for: kernel)
    try emit(
      .backward, backward, kernel: kernel,
      Step.Operands(source: .slot(gradient), weights: .shared(packed), destination: .slot(result)))
    return result
  }
}

extension Emitter.Record {
  /// The geometry of an operation that moves a window.
  fileprivate var movedGeometry: WindowGeometry {
    guard let geometry else {
      preconditionFailure("'\(operation.node)' was emitted without its geometry")
    }
    return geometry
  }
}
