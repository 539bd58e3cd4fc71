extension String {
  /// With control characters, which a file's name may hold, written out: a name stays in its line and
  /// commands nothing to a terminal.
  package var printable: String {
    escaped(keeping: []) { "\\u{\(String($0.value, radix: 16))}" }
  }

  /// The same of a text whose lines and columns stay.
  package var printableLines: String {
    escaped(keeping: ["\n", "\t"]) { "\\u{\(String($0.value, radix: 16))}" }
  }

  /// JSON with the same values, in which such characters are written as JSON does.
  package var printableJSON: String {
    escaped(keeping: ["\n", "\t"]) { scalar in
      String(scalar).utf16.map { unit in
        "\\u" + String(Int(unit) + 0x1_0000, radix: 16).dropFirst()
      }.joined()
    }
  }

  private func escaped(
    keeping kept: Set<Unicode.Scalar>, _ escape: (Unicode.Scalar) -> String
  ) -> String {
    guard utf8.contains(where: { !(0x20..<0x7F).contains($0) }),
      unicodeScalars.contains(where: { $0.isControl && !kept.contains($0) })
    else { return self }
    return unicodeScalars.map { scalar in
      guard scalar.isControl, !kept.contains(scalar) else { return String(scalar) }
      return switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: escape(scalar)
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
