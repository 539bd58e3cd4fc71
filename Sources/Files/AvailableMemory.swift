import Foundation

/// What memory this process could still get.
package enum AvailableMemory {
  /// In bytes, with what could be swapped out, and no more than its control group allows; `nil` where the
  /// system does not tell.
  package static var byteCount: Int? {
    guard let free = bytes("MemAvailable") else { return nil }
    let machine = free + (bytes("SwapFree") ?? 0)
    return min(machine, ControlGroup().availableMemory ?? machine)
  }

  /// What the machine has, in bytes; `nil` where the system does not tell.
  package static var total: Int? { bytes("MemTotal") }

  private static func bytes(_ name: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
      return nil
    }
    return text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?
      .split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }
}
