import Foundation
import Synchronization

/// The last line of a terminal, which changes in place: never wider than the terminal is now, and
/// without a colour.
///
/// Used for standard error; `Sendable`, for downloads and scans report from other threads.
final class StatusLine: Sendable {
  static let shared = StatusLine()

  private let shown = Mutex("")

  /// Whether standard error can show one. A terminal that calls itself dumb cannot go back in a line.
  static var isPossible: Bool {
    Ranks.rank == 0 && Output.volume > .quiet && Output.isTerminal
      && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  func show(_ text: String) {
    shown.withLock { shown in
      let columns = Self.columns
      // With room for the ^C that a terminal echoes, and without the last column, after which some go on
      // to the next line at once.
      let text = Self.fitting(text.printable, columns: columns - 3)
      Output.put(Self.erasing(shown, columns: columns) + text)
      shown = text
    }
  }

  func clear() {
    shown.withLock { shown in
      if !shown.isEmpty { Output.put(Self.erasing(shown, columns: Self.columns)) }
      shown = ""
    }
  }

  /// What takes a text off the screen. A terminal that has become narrower since has folded it.
  private static func erasing(_ text: String, columns: Int) -> String {
    let folded = max(0, (width(text) - 1) / columns)
    return "\r" + (folded > 0 ? "\u{1B}[\(folded)A" : "") + "\u{1B}[J"
  }

  /// As much of a text as there is room for.
  static func fitting(_ text: String, columns: Int) -> String {
    guard width(text) > columns else { return text }
    let ellipsis = usesUTF8 ? "…" : "..."
    var rest = columns - width(ellipsis)
    guard rest >= 0 else { return "" }
    let start = text.prefix { character in
      rest -= width(String(character))
      return rest >= 0
    }
    return start + ellipsis
  }

  /// Columns that a text takes: two for each Chinese, Japanese or Korean character and for pictures
  /// (the ranges that UAX 11 calls wide), none for marks on other characters.
  static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format, .control: sum
      default: sum + (wide.contains { $0.contains(scalar.value) } ? 2 : 1)
      }
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
  ]

  /// Of the terminal, now; 80 where it does not say.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether the user's locale has more than ASCII.
  static let usesUTF8: Bool = {
    setlocale(LC_CTYPE, "")
    guard let name = nl_langinfo(nl_item(CODESET)) else { return false }
    return String(cString: name).uppercased() == "UTF-8"
  }()
}
