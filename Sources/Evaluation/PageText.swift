import Mustache

/// Renders a page from its template.
/// - Throws: what Mustache throws for a template that does not parse.
func render(_ template: String, _ page: some Any) throws -> String {
  try render(template, page, as: PageText.self)
}

/// Renders a text in Markdown from its template.
/// - Throws: as `render(_:_:)`.
func renderMarkdown(_ template: String, _ page: some Any) throws -> String {
  try render(template, page, as: MarkdownText.self)
}

private func render(_ template: String, _ page: some Any, as type: any EscapedText.Type) throws
  -> String
{
  guard type.isKnown else { return "" }
  return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(type.name)}}\(template)").render(page)
}

/// A way of escaping that templates can ask for by name.
private protocol EscapedText: MustacheContentType {
  static var name: String { get }
  /// Whether templates can ask for it; made so when first looked at.
  static var isKnown: Bool { get }
}

/// Markdown, and the HTML that may stand in it, escaped scalar by scalar: what a text holds is shown as it is, in one
/// line and in one cell of a table.
private struct MarkdownText: EscapedText {
  static let name = "MARKDOWN"

  static let isKnown: Bool = {
    MustacheContentTypes.register(MarkdownText(), named: name)
    return true
  }()

  /// Punctuation that does nothing within a line.
  private static let plain: Set<Unicode.Scalar> = [
    " ", "%", "'", "(", ")", ",", "-", ".", "/", ";", "?",
  ]

  func escapeText(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<", ">", "&", "|": escaped += "&#\(scalar.value);".unicodeScalars
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: escaped.append(" ")
      case _
      where scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9" ~= scalar)
        && !Self.plain.contains(scalar):
        escaped += "\\\(scalar)".unicodeScalars
      case _ where [0x85, 0x2028, 0x2029].contains(scalar.value): escaped.append(" ")
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}

/// HTML that is escaped scalar by scalar.
///
/// Mustache's own goes by characters: a `<` or `"` with an accent combined is another character than the one alone, and
/// stays what it is.
private struct PageText: EscapedText {
  static let name = "PAGE"

  static let isKnown: Bool = {
    MustacheContentTypes.register(PageText(), named: name)
    return true
  }()

  func escapeText(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;".unicodeScalars
      case ">": escaped += "&gt;".unicodeScalars
      case "&": escaped += "&amp;".unicodeScalars
      case "\"": escaped += "&quot;".unicodeScalars
      case "'": escaped += "&#39;".unicodeScalars
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
