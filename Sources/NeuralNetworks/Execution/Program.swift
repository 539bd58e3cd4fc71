import TensorKernels

/// A compiled network: steps with planned memory, immutable and shared by all lanes.
struct Program {
  let steps: [Step]
  let plan: MemoryPlan
  let byteCounts: [Int]
  let precisions: [Precision]
  let microBatch: Int
  let input: Slot
  /// The values that leave the network.
  let outputs: [Slot]
  /// Where the loss puts its gradient; `nil` in a program that only infers.
  let seed: Slot?
  let inputGradient: Slot?
  let kernelWeights: [any KernelWeights]
  /// For each step the weights whose gradient it adds to, if any: an index of `kernelWeights`.
  let weightsOfStep: [Int?]
  let turnCount: Int
  let laneGradientByteCount: Int
  let laneBiasByteCount: Int

  var scratchByteCount: Int { steps.map(\.kernel.scratchByteCount).max() ?? 0 }

  /// What a lane takes.
  var laneByteCount: Int {
    scratchByteCount + laneGradientByteCount + laneBiasByteCount + plan.byteCount
  }

  /// Emits and plans the operations of a network, the first of which is its input.
  init(
    _ operations: [GraphOperation], outputs: [GraphValue], shapes: [GraphValue: Shape],
    _ emitter: consuming Emitter
  ) throws(BackendError) {
    var emitter = emitter
    emitter.privateValues = Self.readOnce(operations.dropFirst(), besides: outputs)
    for operation in operations {
      try emitter.emitForward(operation, inputShapes: operation.inputs.compactMap { shapes[$0] })
    }
    let outputSlots = try outputs.map { value throws(BackendError) in
      try emitter.slot(of: value, in: .float32)
    }
    emitter.tape.outputs.formUnion(outputSlots)
    if emitter.runsBackward {
      let (seed, gradient) = try emitter.emitBackward(
        from: outputs[0], wantsInputGradient: emitter.target.options.wantsInputGradient)
      self.seed = seed
      inputGradient = gradient
    } else {
      seed = nil
      inputGradient = nil
    }
    input = emitter.slot(of: operations[0].output)
    self.outputs = outputSlots
    steps = emitter.tape.steps
    byteCounts = emitter.tape.byteCounts
    precisions = emitter.tape.precisions
    plan = MemoryPlan(emitter.tape)
    microBatch = emitter.microBatch
    kernelWeights = emitter.kernelWeights
    weightsOfStep = steps.map { $0.weights(among: emitter.kernelWeights) }
    turnCount = emitter.turnCount
    laneGradientByteCount = emitter.laneGradientByteCount
    laneBiasByteCount = emitter.laneBiasByteCount
  }

  /// Values that the operations compute and that one of them reads, but for those that leave the
  /// network.
  private static func readOnce(
    _ operations: ArraySlice<GraphOperation>, besides outputs: [GraphValue]
  ) -> Set<GraphValue> {
    var readers: [GraphValue: Int] = [:]
    for operation in operations {
      for input in operation.inputs { readers[input, default: 0] += 1 }
    }
    // A reshaped value is the same memory under another name.
    for operation in operations where operation.kind == .reshape {
      for value in operation.inputs + [operation.output] { readers[value] = 2 }
    }
    return Set(operations.map(\.output).filter { readers[$0] == 1 }).subtracting(outputs)
  }

  /// Values of one example in a slot.
  func count(perExampleOf slot: Slot) -> Int {
    byteCounts[slot.index] / precision(of: slot).byteCount / microBatch
  }

  func precision(of slot: Slot) -> Precision { precisions[slot.index] }
}

extension Step {
  /// The weights whose gradient a backward step adds to.
  fileprivate func weights(among all: [any KernelWeights]) -> Int? {
    guard phase == .backward else { return nil }
    let written = [operands.destination, operands.bias].compactMap { operand in
      if case .shared(let region) = operand { region } else { nil }
    }
    return all.firstIndex { weights in
      weights.gradientRegions.contains { gradient in
        written.contains { $0.buffer === gradient.buffer && $0.offset == gradient.offset }
      }
    }
  }
}
