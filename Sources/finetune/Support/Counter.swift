import Foundation
import Synchronization

/// Shows how far something is: on a terminal a bar that grows, elsewhere nothing.
///
/// `Sendable`: the time of the last change is behind a lock.
final class Counter: Sendable {
  private let what: String
  private let shown = Mutex(ContinuousClock.now - .seconds(1))
  private let isActive: Bool

  init(_ what: String, isActive: Bool = true) {
    self.what = what
    self.isActive = isActive && StatusLine.isPossible
  }

  func show(_ done: Int, of total: Int?) {
    update(isOver: done == total) {
      Self.bar(done, of: total) + "\(what) \(done)" + (total.map { " of \($0)" } ?? "")
    }
  }

  /// For bytes: shown in MiB.
  func showBytes(_ done: Int, of total: Int?) {
    update(isOver: done == total) {
      let all = total.map { " of \(Self.mebibytes($0))" } ?? ""
      return "\(Self.bar(done, of: total))\(what) \(Self.mebibytes(done))\(all) MiB"
    }
  }

  private func update(isOver: Bool, _ text: () -> String) {
    guard isActive else { return }
    shown.withLock { last in
      guard !isOver else { return StatusLine.shared.clear() }
      guard ContinuousClock.now - last >= .milliseconds(100) else { return }
      last = .now
      StatusLine.shared.show(text())
    }
  }

  private static let longestBar = 24

  /// Empty where the end is not known.
  private static func bar(_ done: Int, of total: Int?) -> String {
    guard let total, total > 0 else { return "" }
    // Figures come first where there is little room.
    let width = min(longestBar, max(4, StatusLine.columns / 10))
    let filled = min(width, width * done / total)
    let (full, empty) = StatusLine.usesUTF8 ? ("█", "░") : ("#", "-")
    return String(repeating: full, count: filled)
      + String(repeating: empty, count: width - filled) + " "
  }

  private static func mebibytes(_ bytes: Int) -> String {
    String(format: "%.1f", Double(bytes) / Double(1 << 20))
  }
}
