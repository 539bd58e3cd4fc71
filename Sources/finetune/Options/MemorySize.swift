import ArgumentParser

/// An amount of memory as users write it: `800M`, `2G`, `1.5GiB`; units are powers of 1024.
struct MemorySize: ExpressibleByArgument, Hashable {
  let byteCount: Int

  private static let units: [Character: Double] = [
    "k": 0x1p10, "m": 0x1p20, "g": 0x1p30, "t": 0x1p40,
  ]

  /// - Parameter argument: a number with a unit: without one it might be bytes or mebibytes.
  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = argument.dropFirst(digits.count).lowercased()
    guard let number = Double(digits), let first = unit.first, let factor = Self.units[first],
      ["", "b", "ib"].contains(unit.dropFirst()),
      let byteCount = Int(exactly: (number * factor).rounded()), byteCount > 0
    else { return nil }
    self.byteCount = byteCount
  }
}
