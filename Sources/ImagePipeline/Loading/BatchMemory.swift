import Synchronization
import TensorKernels

/// Memory for batches that loaders hand on, each epoch's to the next one's: the system clears fresh pages,
/// which takes an eighth of the time in which a small photo is decoded.
public final class BatchMemory: Sendable {
  private let unused = Mutex<[Buffer]>([])

  /// Memory that is empty so far; it grows with the batches that are asked for.
  public init() {}

  /// At least so many bytes, contents undefined.
  func take(byteCount: Int) throws(BackendError) -> Buffer {
    let found = unused.withLock { buffers -> Buffer? in
      // What is too small is of smaller views or batches, which have passed.
      buffers.removeAll { $0.byteCount < byteCount }
      return buffers.popLast()
    }
    return if let found { found } else { try Buffer(byteCount: byteCount) }
  }

  /// How many batches there is memory for. Jobs give back theirs a moment after their loader has gone.
  package var unusedCount: Int { unused.withLock { $0.count } }

  func putBack(_ buffer: Buffer) { unused.withLock { $0.append(buffer) } }
}
