import Foundation

/// What memory the machine could still give.
package enum AvailableMemory {
  /// In bytes, with what could be swapped out; `nil` where the system does not tell.
  package static var byteCount: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
      return nil
    }
    func kibibytes(_ name: String) -> Int? {
      text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?
        .split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
    guard let free = kibibytes("MemAvailable") else { return nil }
    return (free + (kibibytes("SwapFree") ?? 0)) << 10
  }
}
