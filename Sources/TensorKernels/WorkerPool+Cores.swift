import Foundation

extension WorkerPool {
  /// As many workers as this process may use cores.
  public static var coreCount: Int {
    max(1, allowedCount ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The processors in this process's mask, as the system shows it in hexadecimal digits. Foundation counts those of the
  /// machine, so that a process that `taskset` or a scheduler has tied to a few would have threads wait for each other.
  private static var allowedCount: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
    else { return nil }
    return line.drop { $0 != ":" }.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// One worker a core.
  public convenience init() { self.init(count: Self.coreCount) }
}
