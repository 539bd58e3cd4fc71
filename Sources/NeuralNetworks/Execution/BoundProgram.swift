import TensorKernels

/// A program bound to one lane's memory: calls that run one after the other.
final class BoundProgram {
  /// A call, the shared gradient it takes its turn at, and the weights (their position among the
  /// `kernelWeights` of the program) whose gradient it adds to.
  private struct Bound {
    let run: Call
    var turn: Int?
    var weights: Int?
  }

  private let program: Program
  private let arena: Buffer
  private var inference: [Bound] = []
  private var trainingForward: [Bound] = []
  private var backward: [Bound] = []
  /// One for each step when the program is profiled, else empty.
  private var clocks: [StepClock] = []

  init(
    _ program: Program, on lane: Lane, gradient: Region?, biasGradient: Region?,
    isProfiled: Bool, backend: any Backend
  ) throws(BackendError) {
    self.program = program
    arena = try backend.allocate(byteCount: program.plan.byteCount)
    for (index, step) in program.steps.enumerated() {
      var bound: [Bound] = []
      if program.plan.copies.contains(index), let startsAs = step.startsAs,
        let written = step.slotWritten
      {
        let precision = program.precision(of: written)
        let copy = Operation.copy(
          count: program.byteCounts[written.index] / precision.byteCount)
        let operands = Operands(source: region(of: startsAs), destination: region(of: written))
        bound.append(
          Bound(run: try backend.prepare(copy, precision, threads: 1).bind(operands, on: lane)))
      }
      func place(_ operand: Step.Operand?) -> Region? {
        switch operand {
        case .slot(let slot): region(of: slot)
        case .shared(let region): region
        case .laneGradient: gradient
        case .laneBiasGradient: biasGradient
        case nil: nil
        }
      }
      let named = step.operands
      let operands = Operands(
        source: place(named.source), second: place(named.second), weights: place(named.weights),
        bias: place(named.bias), destination: place(named.destination),
        workspace: place(named.workspace))
      var call = try step.kernel.bind(operands, on: lane)
      if isProfiled {
        let clock = StepClock()
        clocks.append(clock)
        call = clock.timing(call)
      }
      bound.append(
        Bound(
          run: call, turn: step.turn,
          weights: program.weightsOfStep[index]))
      switch step.phase {
      case .forward:
        inference += bound
        trainingForward += bound
      case .trainingForward: trainingForward += bound
      case .inferenceForward: inference += bound
      case .backward: backward += bound
      }
    }
  }

  var byteCount: Int { arena.byteCount }

  /// Adds what this lane has measured to one entry for each step.
  func add(to entries: inout [KernelProfile]) {
    for (index, clock) in clocks.enumerated() {
      let step = program.steps[index]
      entries[index].seconds += clock.seconds
      entries[index].calls += clock.calls
      entries[index].operations += Double(clock.calls * step.operation.arithmeticCount)
      entries[index].bytes += Double(clock.calls * step.byteCount(in: program))
    }
  }

  func resetClocks() {
    for clock in clocks { clock.reset() }
  }

  /// Where a slot lies in this lane's memory.
  func region(of slot: Slot) -> Region {
    Region(arena, offset: program.plan.offsets[slot.index])
  }

  func floats(of slot: Slot) -> UnsafeMutablePointer<Float> { region(of: slot).floats }

  /// Runs forward; `false` if a kernel failed.
  func runForward(training: Bool) -> Bool {
    for bound in training ? trainingForward : inference where bound.run() != 0 { return false }
    return true
  }

  /// Runs backward, taking turns at shared gradients; `false` if a kernel failed or another lane
  /// gave up.
  /// - Parameter added: receives the position of the weights to whose gradient something has been added.
  func runBackward(microBatch: Int, turns: Turns, added: ((_ position: Int) -> Void)? = nil) -> Bool
  {
    for bound in backward {
      if let turn = bound.turn {
        guard turns.wait(at: turn, for: microBatch) else { return false }
        let status = bound.run()
        turns.pass(turn, after: microBatch)
        if status != 0 { return false }
      } else if bound.run() != 0 {
        return false
      }
      if let added, let weights = bound.weights { added(weights) }
    }
    return true
  }
}
