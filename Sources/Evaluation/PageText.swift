import Mustache

/// Renders a page from its template.
/// - Throws: what Mustache throws for a template that does not parse.
func render(_ template: String, _ page: some Any) throws -> String {
  _ = PageText.isKnown
  return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageText.name)}}\(template)").render(page)
}

/// HTML that is escaped scalar by scalar.
///
/// Mustache's own goes by characters: a `<` or `"` with an accent combined is another character than the one alone, and
/// stays what it is.
private struct PageText: MustacheContentType {
  static let name = "PAGE"

  /// Whether templates can ask for it; made so when first looked at.
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
