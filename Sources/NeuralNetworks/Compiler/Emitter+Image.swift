import TensorKernels

/// The operations that few networks have.
extension Emitter {
  mutating func emitImage(
    _ image: GraphImageOperation, _ operation: GraphOperation, to output: Slot,
    _ record: inout Record
  ) throws(BackendError) {
    let node = operation.node
    let (input, shape) = (record.inputShapes[0], operation.shape)
    switch image {
    case .normPooling(let window, let edges, let power):
      let geometry = geometry(window, edges, input: input, output: shape)
      record.geometry = geometry
      try emit(
        .forward, .image(.normPooling(geometry, power: power)), node: node,
        source: try read(operation), to: .slot(output))
    case .stochasticPooling(let window, let edges):
      let geometry = geometry(window, edges, input: input, output: shape)
      record.geometry = geometry
      let isActive = operation.isDropout(in: trainable)
      if isActive {
        let pooling = Operation.image(
          .stochasticPooling(geometry, key: randomKey(of: operation)))
        let kernel = try prepare(pooling)
        let workspace = tape.makeSlot(byteCount: kernel.workspaceByteCount)
        record.workspace = workspace
        try emit(
          .trainingForward, pooling, kernel: kernel, node: node, source: try read(operation),
          to: .slot(output), workspace: .slot(workspace))
      }
      try emit(
        isActive ? .inferenceForward : .forward, .image(.expectedPooling(geometry)), node: node,
        source: try read(operation), to: .slot(output))
    case .localResponse(let response):
      let rows = microBatch * shape.count / shape.channels
      let normalise = Operation.image(
        .localResponse(
          rows: rows, channels: shape.channels, response, keepsWorkspace: runsBackward))
      let kernel = try prepare(normalise)
      record.workspace =
        runsBackward && kernel.workspaceByteCount > 0
        ? tape.makeSlot(byteCount: kernel.workspaceByteCount) : nil
      try emit(
        .forward, normalise, kernel: kernel, node: node, source: try read(operation),
        to: .slot(output), workspace: record.workspace.map { .slot($0) })
    case .borderPadding(let edges, let mode):
      let geometry = geometry(Window(1), edges, input: input, output: shape)
      record.geometry = geometry
      try emit(
        .forward, .image(.borderPadding(geometry, mode)), node: node, source: try read(operation),
        to: .slot(output))
    case .cropping(let edges):
      // What zero padding does, with the roles of input and output exchanged.
      let geometry = geometry(Window(1), edges, input: shape, output: input)
      record.geometry = geometry
      try emit(
        .forward, .zeroPaddingGradient(geometry), node: node, source: try read(operation),
        to: .slot(output))
    case .upSampling(let factor, let interpolation):
      let geometry = geometry(Window(1, stride: factor), .none, input: input, output: shape)
      record.geometry = geometry
      try emit(
        .forward, .image(.upSampling(geometry, interpolation)), node: node,
        source: try read(operation),
        to: .slot(output))
    case .bias(let parameter):
      let unit = try makePlainUnit(parameter, &record)
      let columns = parameter.shape.count
      try emit(
        .forward, .image(.rowBias(rows: microBatch * shape.count / columns, columns: columns)),
        node: node, source: try read(operation), bias: .shared(unit.values), to: .slot(output),
        mayReplace: try slot(of: operation.inputs[0], in: current))
    case .transposedConvolution(let window, let edges, let kernel):
      try emitTransposed(window, edges, kernel, operation, to: output, &record)
    case .locallyConnected(let window, let kernel):
      let unit = try makePlainUnit(kernel, &record)
      let geometry = geometry(window, .none, input: input, output: shape)
      record.geometry = geometry
      try emit(
        .forward, .image(.unshared(geometry)), node: node, source: try read(operation),
        weights: .shared(unit.values), to: .slot(output))
    }
  }

  private mutating func makePlainUnit(_ parameter: Parameter, _ record: inout Record)
    throws(BackendError) -> PlainUnit
  {
    let unit = try PlainUnit(parameter, weights, trainable: trainable, allocate: allocate)
    units.append(unit)
    record.unit = unit
    return unit
  }

  /// The input gradient of the convolution that leads from our output to our input.
  private mutating func emitTransposed(
    _ window: Window, _ edges: Edges, _ kernel: Parameter, _ operation: GraphOperation,
    to output: Slot, _ record: inout Record
  ) throws(BackendError) {
    let unit = try ConvolutionUnit(
      GraphConvolution(window: window, edges: edges, groups: 1, kernel: kernel, bias: nil),
      weights, trainable: trainable, allocate: allocate)
    units.append(unit)
    let geometry = geometry(
      window, edges, input: operation.shape, output: record.inputShapes[0])
    record.unit = unit
    record.geometry = geometry
    let forward = Operation.convolutionInputGradient(geometry)
    let prepared = try prepare(forward)
    let packed = try unit.packedWeights(for: prepared)
    try emit(
      .forward, forward, kernel: prepared, node: operation.node, source: try read(operation),
      weights: .shared(packed), to: .slot(output))
  }

  /// Emits the gradients of one operation; returns that of its input, if it is needed.
  mutating func emitImageBackward(
    _ image: GraphImageOperation, _ record: Record, gradient: Slot, inputNeeded: Bool
  ) throws(BackendError) -> Slot? {
    let operation = record.operation
    if let unit = record.unit as? PlainUnit {
      try emitPlainGradient(unit, record, gradient: gradient)
    }
    if let unit = record.unit as? ConvolutionUnit, unit.isTrained,
      let geometry = record.geometry
    {
      try emitWeightGradient(
        unit, geometry, node: operation.node, source: gradient,
        gradient: try slot(of: operation.inputs[0], in: current))
    }
    guard inputNeeded else { return nil }
    if case .bias = image { return gradient }
    let result = makeSlot(count: microBatch * record.inputShapes[0].count)
    let input = try read(operation)
    var second: Step.Operand?
    var workspace: Step.Operand? = record.workspace.map { .slot($0) }
    let backward: Operation
    switch (image, record.geometry) {
    case (.normPooling(_, _, let power), let geometry?):
      backward = .image(.normPoolingGradient(geometry, power: power))
      (second, workspace) = (input, .slot(slot(of: operation.output)))
    case (.stochasticPooling, let geometry?) where operation.isDropout(in: trainable):
      backward = .image(.stochasticPoolingGradient(geometry))
    case (.stochasticPooling, let geometry?):
      backward = .image(.expectedPoolingGradient(geometry))
      (second, workspace) = (input, .slot(slot(of: operation.output)))
    case (.localResponse(let response), _):
      let channels = operation.shape.channels
      backward = .image(
        .localResponseGradient(
          rows: microBatch * operation.shape.count / channels, channels: channels, response))
      second = input
    case (.borderPadding(_, let mode), let geometry?):
      backward = .image(.borderPaddingGradient(geometry, mode))
    case (.cropping, let geometry?):
      backward = .zeroPadding(geometry)
    case (.upSampling(_, let interpolation), let geometry?):
      backward = .image(.upSamplingGradient(geometry, interpolation))
    case (.transposedConvolution, let geometry?):
      return try emitTransposedBackward(record, geometry, gradient: gradient, to: result)
    case (.locallyConnected, let geometry?):
      guard let unit = record.unit as? PlainUnit else { return nil }
      try emit(
        .backward, .image(.unsharedInputGradient(geometry)), node: operation.node,
        source: .slot(gradient), weights: .shared(unit.values), to: .slot(result))
      return result
    default:
      preconditionFailure("'\(operation.node)' was emitted without its geometry")
    }
    try emit(
      .backward, backward, node: operation.node, source: .slot(gradient), second: second,
      to: .slot(result), workspace: workspace)
    return result
  }

  /// Adds to the shared gradient of a plain weight, in turns.
  private mutating func emitPlainGradient(
    _ unit: PlainUnit, _ record: Record, gradient: Slot
  ) throws(BackendError) {
    guard let shared = unit.gradient else { return }
    let operation = record.operation
    let turn = turnCount
    turnCount += 1
    if let geometry = record.geometry {
      try emit(
        .backward, .image(.unsharedWeightGradient(geometry)), node: operation.node,
        source: try read(operation), second: .slot(gradient), to: .shared(shared), turn: turn)
    } else {
      let columns = unit.count
      try emit(
        .backward,
        .image(
          .rowBiasGradient(
            rows: microBatch * operation.shape.count / columns, columns: columns)),
        node: operation.node, source: .slot(gradient), to: .shared(shared), turn: turn)
    }
  }

  private mutating func emitTransposedBackward(
    _ record: Record, _ geometry: WindowGeometry, gradient: Slot, to result: Slot
  ) throws(BackendError) -> Slot? {
    guard let unit = record.unit as? ConvolutionUnit else { return nil }
    let backward = Operation.convolution(
      geometry, hasBias: false, addsDestination: false, .linear)
    let kernel = try prepare(backward)
    let packed = try unit.packedWeights(for: kernel)
    try emit(
      .backward, backward, kernel: kernel, node: record.operation.node, source: .slot(gradient),
      weights: .shared(packed), to: .slot(result))
    return result
  }
}
