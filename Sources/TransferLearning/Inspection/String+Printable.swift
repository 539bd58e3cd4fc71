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
  /// Whether it does something other than stand in a line: controls, line ends, marks that turn the
  /// direction of text around, and others that cannot be seen. The joiners of letters and pictures stay.
  fileprivate var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: ![0x200C, 0x200D].contains(value)
    default: false
    }
  }
}
