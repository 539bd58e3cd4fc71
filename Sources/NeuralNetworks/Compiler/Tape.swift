import TensorKernels

/// A tensor in a lane's memory whose place is not decided yet.
struct Slot: Hashable {
  let index: Int
}

/// One kernel with its operands, as it is emitted: where in memory slots lie is planned afterwards.
struct Step {
  /// When a step runs.
  enum Phase {
    /// In every forward pass.
    case forward
    /// In forward passes that a backward pass follows.
    case trainingForward
    /// In forward passes that none follows.
    case inferenceForward
    case backward
  }

  /// What an operand is.
  enum Operand {
    case slot(Slot)
    case shared(Region)
    /// The lane's buffer for a gradient that is about to be added to the shared one.
    case laneGradient
    /// The lane's buffer for the bias gradient that goes with it.
    case laneBiasGradient
  }

  /// What each operand is for is said at `Operation`.
  struct Operands {
    var source: Operand?
    var second: Operand?
    var weights: Operand?
    var bias: Operand?
    var destination: Operand
    var workspace: Operand?

    var slotsRead: [Slot] {
      [source, second, weights, bias, workspace].compactMap { operand in
        if case .slot(let slot) = operand { slot } else { nil }
      }
    }
  }

  /// The slot whose memory the destination may take over if nobody needs it afterwards.
  enum Reuse {
    case mayReplace(Slot)
    /// The destination must hold this slot's values beforehand: a copy where it cannot take over.
    case startsAs(Slot)

    var slot: Slot {
      switch self {
      case .mayReplace(let slot), .startsAs(let slot): slot
      }
    }
  }

  var phase: Phase
  var operation: Operation
  var kernel: any PreparedKernel
  var operands: Operands
  var reuse: Reuse?
  /// The shared gradient this step adds to, in turns: an index of the program's trained weights.
  var turn: Int?
  /// The node it belongs to.
  var node: String

  /// What the destination must hold beforehand.
  var startsAs: Slot? {
    if case .startsAs(let slot) = reuse { slot } else { nil }
  }

  var slotsRead: [Slot] { operands.slotsRead + [startsAs].compactMap(\.self) }

  var slotWritten: Slot? {
    if case .slot(let slot) = operands.destination { slot } else { nil }
  }
}

/// The steps of a program, and the slots they use.
struct Tape {
  private(set) var steps: [Step] = []
  private(set) var byteCounts: [Int] = []
  private(set) var precisions: [Precision] = []
  /// Slots that somebody outside writes before the first step.
  var inputs: Set<Slot> = []
  /// Slots that somebody outside reads after the forward steps.
  var outputs: Set<Slot> = []

  /// Memory for something other than values.
  mutating func makeSlot(byteCount: Int) -> Slot { makeSlot(byteCount, .float32) }

  /// Memory for so many values.
  mutating func makeSlot(count: Int, _ precision: Precision) -> Slot {
    makeSlot(count * precision.byteCount, precision)
  }

  private mutating func makeSlot(_ byteCount: Int, _ precision: Precision) -> Slot {
    byteCounts.append(byteCount)
    precisions.append(precision)
    return Slot(index: byteCounts.count - 1)
  }

  /// The number of values that a slot holds.
  func count(of slot: Slot) -> Int { byteCounts[slot.index] / precisions[slot.index].byteCount }

  mutating func append(_ step: Step) { steps.append(step) }
}
