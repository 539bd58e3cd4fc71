import Foundation
import Synchronization

/// What memory this process could still get.
package enum AvailableMemory {
  /// What this process may have at most, in bytes; `Int.max` where nobody has said.
  private static let most = Atomic(Int.max)

  /// What this process was told to take at most, in bytes; `nil` where it may take what there is.
  package static var limit: Int? {
    let most = most.load(ordering: .relaxed)
    return most == .max ? nil : most
  }

  /// From now on this process has no more than so many bytes available, those counted that it has.
  ///
  /// As a control group's limit it holds for the process, not for a part of it; unlike that one it is kept by those
  /// who ask before they take much: what is small beside it is not counted.
  package static func limit(to byteCount: Int) { most.store(byteCount, ordering: .relaxed) }

  /// In bytes, with what could be swapped out, and no more than its control group and its own limit allow; `nil`
  /// where the system does not tell.
  package static var byteCount: Int? {
    guard let free = bytes("MemAvailable") else { return nil }
    let machine = free + (bytes("SwapFree") ?? 0)
    let own = limit.flatMap { limit in used.map { max(0, limit - $0) } }
    return min(machine, ControlGroup().availableMemory ?? machine, own ?? machine)
  }

  /// So many bytes are worth asking for; the system answers from files, which takes a fraction of a millisecond.
  package static let worthAsking = 16 << 20

  /// Why something cannot be for want of memory; `nil` where there is enough, or the system does not tell.
  /// - Parameters:
  ///   - wanted: in bytes.
  ///   - what: what would take them.
  ///   - remedies: what would take less.
  ///   - available: in bytes; what there is now, unless another moment counts.
  package static func lack(
    of wanted: Int, for what: String, use remedies: Sentence, available: Int? = byteCount
  ) -> Sentence? {
    guard let available, available < wanted else { return nil }
    let (needed, free) = (wanted >> 20, available >> 20)
    guard let limit else {
      return "\(what) would take \(needed) MiB of memory, and \(free) are free; use \(remedies)"
    }
    return
      "\(what) would take \(needed) MiB of memory, and \(free) are left of the \(limit >> 20) that this"
      + " process may have; use \(remedies), or \(.moreMemory)"
  }

  /// What this process has of its own, in bytes: not the files that it has mapped, which the system may drop;
  /// `nil` where the system does not tell.
  package static var used: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let pages = text.split(separator: " ").compactMap { Int($0) }
    guard pages.count > 2 else { return nil }
    return (pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE)))
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
