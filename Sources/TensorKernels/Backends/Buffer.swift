import Files
import Glibc

/// Memory that a backend owns: zeroed, page-aligned, released with its last reference.
///
/// `@unchecked Sendable`: a buffer is bytes without an opinion. Who may write which region when is
/// decided by the program that was planned over it: a lane's arena is touched by its lane alone,
/// weights are written between steps, shared gradients in turns.
package final class Buffer: @unchecked Sendable {
  package let byteCount: Int
  package let base: UnsafeMutableRawPointer
  private let mapped: (start: UnsafeMutableRawPointer, length: Int)

  private static let hugePage = 2 << 20

  /// Maps memory on the host. Large buffers ask for huge pages, which spare the kernels most of
  /// their address translations.
  package init(byteCount: Int) throws(BackendError) {
    self.byteCount = byteCount
    let wanted = max(byteCount, 1)
    let isLarge = wanted >= Self.hugePage
    let length = wanted + (isLarge ? Self.hugePage : 0)
    guard
      let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else {
      throw BackendError(
        sentence:
          "the system has no \(byteCount >> 20) MiB left for activations and weights; use \(.smallerBatch) or \(.smallerImages)"
      )
    }
    mapped = (start, length)
    if isLarge {
      base = start.alignedUp(toMultipleOf: Self.hugePage)
      madvise(base, wanted, MADV_HUGEPAGE)
    } else {
      base = start
    }
  }

  deinit { munmap(mapped.start, mapped.length) }
}

/// A place in a buffer.
package struct Region: Sendable {
  package let buffer: Buffer
  /// Bytes from the buffer's start.
  package let offset: Int

  package init(_ buffer: Buffer, offset: Int = 0) {
    self.buffer = buffer
    self.offset = offset
  }

  package var pointer: UnsafeMutableRawPointer { buffer.base + offset }
  package var floats: UnsafeMutablePointer<Float> {
    pointer.assumingMemoryBound(to: Float.self)
  }
}

/// Why a backend cannot do what it was asked for: one sentence.
public struct BackendError: Remediable, Hashable {
  /// What cannot be done, or what the system has not enough of.
  public let sentence: Sentence

  package init(_ message: String) { self.init(sentence: Sentence(message)) }

  package init(sentence: Sentence) { self.sentence = sentence }
}
