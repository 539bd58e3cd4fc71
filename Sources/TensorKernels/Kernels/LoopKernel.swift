import Files

/// A kernel that is a loop of our own over plain memory, the same for all backends.
///
/// Which loop computes what is said in `OwnKernel.swift`; the loops themselves are in the
/// extensions, by the memory that they go through.
struct LoopKernel: PreparedKernel {
  var scratchByteCount = 0
  var workspaceByteCount = 0
  /// Fixes the memory of a call.
  private let binding: @Sendable (Operands, Lane) -> Call

  /// - Parameters:
  ///   - scratch: Float32 values of scratchpad.
  ///   - workspace: values of four bytes that connect forward and backward.
  init(
    scratch: Int = 0, workspace: Int = 0, _ binding: @escaping @Sendable (Operands, Lane) -> Call
  ) {
    scratchByteCount = scratch * MemoryLayout<Float>.stride
    workspaceByteCount = workspace * MemoryLayout<Float>.stride
    self.binding = binding
  }

  var packedByteCount: Int { 0 }
  var accumulates: Bool { false }
  var implementation: String { "own loop" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    binding(operands, lane)
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("loops read no packed weights")
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("loops write no packed weights")
  }
}

extension Operands {
  /// The values of source and destination.
  var floats: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
    (source.required, destination.required)
  }

  /// The same in bfloat16.
  var halves: (UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>) {
    (source.requiredHalves, destination.requiredHalves)
  }
}

extension Region? {
  /// The operand's values. An operation without one of its operands is a mistake of the compiler's.
  var required: UnsafeMutablePointer<Float> { present.floats }

  /// The operand's values in bfloat16.
  var requiredHalves: UnsafeMutablePointer<UInt16> { present.halves }

  /// Places in an image, as poolings keep them.
  var requiredPositions: UnsafeMutablePointer<Int32> {
    present.pointer.assumingMemoryBound(to: Int32.self)
  }

  private var present: Region {
    guard let region = self else { preconditionFailure("an operand is missing") }
    return region
  }
}

extension Lane {
  /// The random stream of one example of this micro-batch, for the operation with this key.
  func randomStream(_ key: UInt64, example: Int) -> UInt64 {
    CounterRandom.mix(
      CounterRandom.mix(key, UInt64(truncatingIfNeeded: step)),
      UInt64(truncatingIfNeeded: examplesBefore + firstExample + example))
  }

  /// What one decision for a whole example multiplies it by: 0, or the reciprocal of what is kept.
  func factor(rate: Float, key: UInt64, example: Int) -> Float {
    CounterRandom.uniform(randomStream(key, example: example), 0) >= rate ? 1 / (1 - rate) : 0
  }
}
