import Foundation

/// What the control group of this process lets it use, as containers and service managers set it (cgroups,
/// versions 1 and 2). The narrowest limit of the group and those above it counts.
package struct ControlGroup: Sendable {
  private let root: URL
  /// The groups of this process: of version 2 under the empty name, of version 1 by controller.
  private let paths: [String: String]

  /// - Parameters:
  ///   - root: where the system shows groups as folders.
  ///   - membership: the text of `/proc/self/cgroup`; `nil` to read it.
  package init(root: URL = URL(filePath: "/sys/fs/cgroup"), membership: String? = nil) {
    self.root = root
    let text =
      membership ?? (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var paths: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
        paths[String(controller)] = String(parts[2])
      }
    }
    self.paths = paths
  }

  /// The most memory that may be in use at a time, in bytes; `nil` where nothing limits it.
  package var memoryLimit: Int? { memory?.limit }

  /// What may still be taken until the limit, in bytes, with what the system would give back of its copies of
  /// files; `nil` where nothing limits it.
  package var availableMemory: Int? {
    memory.map { max(0, $0.limit - max(0, $0.used - $0.reclaimable)) }
  }

  /// How many processors' time may be used; `nil` where nothing limits it.
  package var processors: Double? {
    let second = folders(of: "").compactMap { folder -> Double? in
      let words = text("cpu.max", in: folder)?.split(separator: " ").map(String.init) ?? []
      guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]) else {
        return nil
      }
      return Self.share(quota, period)
    }
    let first = folders(of: "cpu").compactMap { folder -> Double? in
      guard let quota = number("cpu.cfs_quota_us", in: folder),
        let period = number("cpu.cfs_period_us", in: folder)
      else { return nil }
      return Self.share(Double(quota), Double(period))
    }
    return (second + first).min()
  }

  private static func share(_ quota: Double, _ period: Double) -> Double? {
    quota > 0 && period > 0 ? quota / period : nil
  }

  private struct Memory {
    let limit: Int
    let used: Int
    let reclaimable: Int
  }

  /// Version 1 writes for "no limit" a number near the largest one.
  private static let unlimited = 1 << 60

  private var memory: Memory? {
    let second = folders(of: "").compactMap { folder in
      memory(
        in: folder, limit: "memory.max", used: "memory.current", reclaimable: "inactive_file")
    }
    let first = folders(of: "memory").compactMap { folder in
      memory(
        in: folder, limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes",
        reclaimable: "total_inactive_file")
    }
    return (second + first).min { $0.limit < $1.limit }
  }

  private func memory(
    in folder: URL, limit: String, used: String, reclaimable: String
  ) -> Memory? {
    guard let limit = number(limit, in: folder), limit < Self.unlimited else { return nil }
    let line = text("memory.stat", in: folder)?.split(separator: "\n")
      .first { $0.hasPrefix(reclaimable + " ") }
    return Memory(
      limit: limit, used: number(used, in: folder) ?? 0,
      reclaimable: line?.split(separator: " ").last.flatMap { Int($0) } ?? 0)
  }

  /// The group's folder and those above it. Within a container the group's own path may not be there: its
  /// folder is the top one then.
  private func folders(of controller: String) -> [URL] {
    guard let path = paths[controller] else { return [] }
    let top = controller.isEmpty ? root : root.appending(path: controller)
    var names = path.pathParts
    if FileStatus(top.appending(path: names.joined(separator: "/")).path) == nil { names = [] }
    return (0...names.count).map { top.appending(path: names.prefix($0).joined(separator: "/")) }
  }

  private func number(_ file: String, in folder: URL) -> Int? {
    text(file, in: folder).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  private func text(_ file: String, in folder: URL) -> String? {
    try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
