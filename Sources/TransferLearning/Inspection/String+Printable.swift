extension String {
  /// With control characters, which a file's name may hold, written out: a name stays in its line and
  /// commands nothing to a terminal.
  package var printable: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    return unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      case let scalar where scalar.isControl: "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }.joined()
  }
}

extension Unicode.Scalar {
  /// Whether it does something other than stand in a line: controls, line ends, and marks that turn the
  /// direction of text around.
  fileprivate var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: [0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069].contains { $0 ~= value }
    }
  }
}
