import Files

/// What pictures take that are so large that those of several threads may be more than there is memory for.
///
/// Where there is not enough for one more while others are decoded, it waits for them; only where there is not
/// enough for it alone is it an error. So whether a photo can be read does not depend on what other threads
/// are doing. One job takes all that its picture needs at once: none holds some and waits for more.
package final class LargePictures: Sendable {
  static let shared = LargePictures { AvailableMemory.byteCount }

  private let gate = Gate()
  private let available: @Sendable () -> Int?
  /// Guarded by `gate`.
  private nonisolated(unsafe) var taken = 0

  /// - Parameter available: what this process could still get, in bytes; `nil` where the system does not tell.
  package init(_ available: @escaping @Sendable () -> Int?) { self.available = available }

  /// Takes so many bytes, as soon as there are.
  /// - Parameter held: what the same job has taken before.
  /// - Throws: `.outOfMemory` where there are fewer and nobody else has taken any.
  package func take(
    _ byteCount: Int, besides held: Int = 0, width: Int, height: Int
  ) throws(ImageError) {
    let lacking: Int? = gate.whileLocked {
      while let free = available() {
        // Of what others have taken, one cannot tell how much is in use by now: all of it is kept for them.
        if free - (taken - held) >= byteCount { break }
        guard taken > held else { return free }
        gate.sleep()
      }
      taken += byteCount
      return nil
    }
    if let lacking { throw .lackingMemory(byteCount, width: width, height: height, lacking) }
  }

  package func giveBack(_ byteCount: Int) {
    gate.whileLocked {
      taken -= byteCount
      gate.open()
    }
  }
}

extension ImageError {
  static func lackingMemory(_ wanted: Int, width: Int, height: Int, _ free: Int) -> ImageError {
    .outOfMemory("\(width)×\(height) pixels take \(wanted >> 20) MiB, and \(free >> 20) are free")
  }
}
