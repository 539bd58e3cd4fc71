import TensorKernels

/// A program bound to one lane's memory: calls that run one after the other.
final class BoundProgram {
  /// A call, the shared gradient it takes its turn at, and the unit whose gradient it adds to.
  private struct Bound {
    let run: Call
    var turn: Int?
    var unit: Int?
  }

  private let program: Program
  private let arena: Buffer
  private var inference: [Bound] = []
  private var trainingForward: [Bound] = []
  private var backward: [Bound] = []

  init(
    _ program: Program, on lane: Lane, gradient: Region?, biasGradient: Region?,
    backend: any Backend
  ) throws(BackendError) {
    self.program = program
    arena = try backend.allocate(byteCount: program.plan.byteCount)
    for (index, step) in program.steps.enumerated() {
      var bound: [Bound] = []
      if program.plan.copies.contains(index), let startsAs = step.startsAs,
        let written = step.slotWritten
      {
        let copy = Operation.copy(
          count: program.byteCounts[written.index] / MemoryLayout<Float>.stride)
        let operands = Operands(source: region(of: startsAs), destination: region(of: written))
        bound.append(
          Bound(run: try backend.prepare(copy, threads: 1).bind(operands, on: lane)))
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
      let operands = Operands(
        source: place(step.source), second: place(step.second), weights: place(step.weights),
        bias: place(step.bias), destination: place(step.destination),
        workspace: place(step.workspace))
      bound.append(
        Bound(
          run: try step.kernel.bind(operands, on: lane), turn: step.turn,
          unit: program.unitOfStep[index]))
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
  /// - Parameter added: receives the unit to whose gradient something has been added.
  func runBackward(microBatch: Int, turns: Turns, added: ((_ unit: Int) -> Void)? = nil) -> Bool {
    for bound in backward {
      if let turn = bound.turn {
        guard turns.wait(at: turn, for: microBatch) else { return false }
        let status = bound.run()
        turns.pass(turn, after: microBatch)
        if status != 0 { return false }
      } else if bound.run() != 0 {
        return false
      }
      if let added, let unit = bound.unit { added(unit) }
    }
    return true
  }
}
