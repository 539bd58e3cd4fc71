/// Where the numbers are crunched: it owns memory and prepares kernels that run on regions of it.
///
/// The cut is low on purpose. Packed weight layouts, scratchpads and threads stay below it; the
/// compiler above decides what runs when and where in memory it lives. Nothing is allocated while a
/// prepared kernel runs.
package protocol Backend: MatrixMultiplier {
  /// The name on the command line.
  var choice: BackendChoice { get }
  /// The library and its version, as it is recorded in a run.
  var version: String { get }
  /// Which of its kernels the library takes on this processor, by its own name.
  var kernels: String { get }

  /// Zeroed memory.
  func allocate(byteCount: Int) throws(BackendError) -> Buffer

  /// Whether there is a kernel for this, and none that would be slower than converting to Float32.
  func supports(_ operation: Operation, _ precision: Precision, threads: Int) -> Bool

  /// Whether the convolution would be computed by Winograd's minimal filtering, whose weights are worth
  /// reading only for many outputs at once.
  func usesWinograd(_ geometry: WindowGeometry, _ precision: Precision) -> Bool

  /// Makes a kernel that will run on `threads` threads. The same operation always yields the same
  /// kernel, and the same kernel the same bytes.
  func prepare(_ operation: Operation, _ precision: Precision, threads: Int) throws(BackendError)
    -> any PreparedKernel

  /// What one thread needs to run kernels: made once, used by one thread at a time.
  func makeLane(scratchByteCount: Int) throws(BackendError) -> Lane

  /// Called by a thread before it runs kernels that were prepared for `threads` threads.
  func enter(threads: Int)
}

/// An immutable kernel, shared by all lanes.
package protocol PreparedKernel: Sendable {
  /// What a lane's scratchpad must hold.
  var scratchByteCount: Int { get }
  /// The size of the weights in this kernel's own layout, or of their gradient; 0 without weights.
  var packedByteCount: Int { get }
  /// The size of the workspace that connects forward and backward.
  var workspaceByteCount: Int { get }
  /// Whether a weight gradient can be added to its destination directly.
  var accumulates: Bool { get }
  /// The name of the code that will run, as the library calls it.
  var implementation: String { get }

  /// Fixes the memory that the kernel works on.
  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call
  /// The copy from Keras's layout, Float32, into the kernel's own.
  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call
  /// The copy of a weight gradient back into Keras's layout.
  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call
}

/// A kernel and its memory, ready to run on one lane. Returns 0, or the library's error code.
package typealias Call = () -> Int32

/// One thread's place to work: scratchpad and position in the batch.
package class Lane {
  package let scratch: Buffer
  /// Whether shared gradients are overwritten (the batch's first micro-batch) or added to.
  package var isFirst = true
  /// The training step, for randomness.
  package var step = 0
  /// The position in the batch of the micro-batch's first example.
  package var firstExample = 0
  /// What stands before this batch when it is a shard of a larger one, for randomness.
  package var examplesBefore = 0

  init(scratch: Buffer) { self.scratch = scratch }
}

/// The backends there are.
public enum BackendChoice: String, CaseIterable, Codable, Hashable, Sendable {
  /// oneDNN, and loops of our own for what it has not; also computes in bfloat16.
  case oneDNN = "onednn"
  /// OpenBLAS for matrix products and loops of our own for all else.
  case openBLAS = "openblas"

  /// The backend itself.
  package var backend: any Backend {
    switch self {
    case .oneDNN: OneDNNBackend()
    case .openBLAS: OpenBLASBackend()
    }
  }

  /// Its matrix product, which runs on the calling thread alone.
  package var multiplier: any MatrixMultiplier { backend }
}

extension Backend {
  package func usesWinograd(_ geometry: WindowGeometry, _ precision: Precision) -> Bool { false }

  package func allocate(byteCount: Int) throws(BackendError) -> Buffer {
    try Buffer(byteCount: byteCount)
  }
}
