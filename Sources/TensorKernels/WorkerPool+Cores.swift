import Foundation

extension WorkerPool {
  /// As many workers as this process may use cores.
  public static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// One worker a core.
  public convenience init() { self.init(count: Self.coreCount) }
}
