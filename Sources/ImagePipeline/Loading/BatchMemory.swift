import Files
import Synchronization
import TensorKernels

/// Memory for batches that loaders hand on, each epoch's to the next one's: the system clears fresh pages,
/// which takes an eighth of the time in which a small photo is decoded.
public final class BatchMemory: Sendable {
  private let unused = Mutex<[Buffer]>([])

  /// Memory that is empty so far; it grows with the batches that are asked for.
  public init() {}

  /// Buffers of at least so many bytes each, contents undefined.
  /// - Throws: where this process may not have as much.
  func take(_ count: Int, byteCount: Int) throws(BackendError) -> [Buffer] {
    var found = unused.withLock { buffers in
      // What is too small is of smaller views or batches, which have passed.
      buffers.removeAll { $0.byteCount < byteCount }
      let found = Array(buffers.suffix(count))
      buffers.removeLast(found.count)
      return found
    }
    let wanted = (count - found.count) * byteCount
    if wanted >= AvailableMemory.worthAsking,
      let lack = AvailableMemory.lack(
        of: wanted, for: "loading batches", use: "\(.smallerBatch) or \(.smallerImages)")
    {
      throw BackendError(sentence: lack)
    }
    while found.count < count { found.append(try Buffer(byteCount: byteCount)) }
    return found
  }

  /// How many batches there is memory for. Jobs give back theirs a moment after their loader has gone.
  package var unusedCount: Int { unused.withLock { $0.count } }

  func putBack(_ buffer: Buffer) { unused.withLock { $0.append(buffer) } }
}
