extension Character {
  /// Columns that a terminal gives it: two for ideographs, syllables of Korean and emoji, none for marks and formats alone,
  /// else one (after Unicode's East Asian Width).
  var terminalColumns: Int {
    if unicodeScalars.contains(where: { $0.isWide || $0.properties.isEmojiPresentation }) {
      return 2
    }
    return unicodeScalars.allSatisfy(\.isWithoutWidth) ? 0 : 1
  }
}

extension Unicode.Scalar {
  fileprivate var isWide: Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  fileprivate var isWithoutWidth: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: true
    default: false
    }
  }
}

extension String {
  /// Columns that a terminal gives the text.
  package var terminalColumns: Int { reduce(0) { $0 + $1.terminalColumns } }

  /// The text in at most so many columns, with an ellipsis where some of it is left out.
  package func shortened(toColumns limit: Int) -> String {
    guard terminalColumns > limit else { return self }
    var columns = 0
    let start = prefix { character in
      columns += character.terminalColumns
      return columns < limit
    }
    return start + "…"
  }

  /// The text with blanks behind it, or before it, to so many columns.
  package func padded(toColumns width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - terminalColumns))
    return right ? space + self : self + space
  }
}
