import Foundation

/// What tells apart machines that may round differently.
enum Machine {
  /// The processor's name, or the architecture where the system does not tell.
  static let name: String = {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = info.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    #if arch(x86_64)
      return name ?? "x86_64"
    #elseif arch(arm64)
      return name ?? "arm64"
    #else
      return name ?? "unknown"
    #endif
  }()
}
