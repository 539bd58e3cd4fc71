import Files
import Testing

@Suite("The width of text in a terminal")
struct TerminalWidthTests {
  @Test(
    "is two columns for ideographs and emoji, none for marks, else one a character",
    arguments: [
      ("ants", 4), ("日本語", 6), ("한국어", 6), ("🐈‍⬛🐕", 4), ("e\u{301}te\u{301}", 3),
      ("قطط", 3), ("\u{600}a", 1), ("", 0), ("ｆｕｌｌ", 8),
    ])
  func columns(_ text: String, _ columns: Int) {
    #expect(text.terminalColumns == columns)
  }

  @Test(
    "a longer text ends in an ellipsis within its columns, a shorter one stays",
    arguments: [("ants and bees", 6, "ants …"), ("ants", 4, "ants"), ("日本語日本語", 6, "日本…")])
  func shortened(_ text: String, _ limit: Int, _ expected: String) {
    let shown = text.shortened(toColumns: limit)
    #expect(shown == expected && shown.terminalColumns <= limit)
  }

  @Test("columns stand below one another whatever the script")
  func padded() {
    for text in ["ants", "日本語", "قطط"] {
      #expect(text.padded(toColumns: 9).terminalColumns == 9)
      #expect(text.padded(toColumns: 9, right: true).hasSuffix(text))
    }
  }
}
