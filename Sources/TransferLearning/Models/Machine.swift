import Foundation

/// What tells apart machines that may round differently.
enum Machine {
  /// The processor's name, or the architecture where the system does not tell.
  static let name: String = {
    #if arch(x86_64)
      return field("model name") ?? "x86_64"
    #elseif arch(arm64)
      return field("model name") ?? "arm64"
    #else
      return field("model name") ?? "unknown"
    #endif
  }()

  /// The instruction sets that kernels make use of and the processor has, by the system's names.
  static let instructions: [String] = {
    let words = field("flags") ?? field("Features") ?? ""
    let all = Set(words.split(separator: " ").map(String.init))
    return used.filter(all.contains)
  }()

  private static let used = [
    "sse4_2", "avx", "fma", "f16c", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512dq",
    "avx512vl",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",
    "asimd", "asimdhp", "asimddp", "sve", "sve2", "i8mm", "bf16",
  ]

  /// What the system says of the first processor under this name.
  private static func field(_ name: String) -> String? {
    let line = info.split(separator: "\n").first { line in
      line.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces) == name
    }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  private static let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
}
