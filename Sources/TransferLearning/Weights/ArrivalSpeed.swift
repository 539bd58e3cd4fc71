/// How fast a file comes, to tell one that never will.
package struct ArrivalSpeed {
  /// Bytes a second. With less, weights would take days.
  private static let least = 256.0
  /// Whoever was not asked for so long has been stopped meanwhile, and has not waited.
  private static let longestGap = Duration.seconds(15)

  /// What it is measured over.
  private let window: Duration
  private var start: (time: SuspendingClock.Instant, byteCount: Int)
  private var last: SuspendingClock.Instant

  package init(over window: Duration, byteCount: Int, at now: SuspendingClock.Instant = .now) {
    self.window = window
    start = (now, byteCount)
    last = now
  }

  /// Whether too little has come over a whole window.
  /// - Parameter byteCount: what has come, in all.
  package mutating func isTooLow(_ byteCount: Int, at now: SuspendingClock.Instant = .now) -> Bool {
    defer { last = now }
    let time = start.time.duration(to: now)
    let wasStopped = last.duration(to: now) > Self.longestGap
    guard wasStopped || time >= window else { return false }
    let speed = Double(byteCount - start.byteCount) / time.inSeconds
    start = (now, byteCount)
    return !wasStopped && speed < Self.least
  }
}
