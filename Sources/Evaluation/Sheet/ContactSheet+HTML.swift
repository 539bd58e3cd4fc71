extension ContactSheet {
  /// One self-contained page: no script, nothing loaded, light and dark, fit for printing.
  /// - Throws: `EvaluationError` of kind `template` if the page's own template is broken.
  package func html() throws(EvaluationError) -> String {
    do {
      return try render(sheetTemplate, SheetPage(self))
    } catch {
      throw EvaluationError(
        kind: .template, sentence: "the contact sheet's template does not parse: \(error)")
    }
  }
}
