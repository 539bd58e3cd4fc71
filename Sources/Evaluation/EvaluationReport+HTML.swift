extension EvaluationReport {
  /// One self-contained page: no script, nothing loaded, light and dark, fit for printing.
  /// - Throws: `EvaluationError` of kind `template` if the page's own template is broken.
  public func html() throws(EvaluationError) -> String {
    do {
      return try render(reportTemplate, ReportPage(self))
    } catch {
      throw EvaluationError(
        kind: .template, sentence: "the report's template does not parse: \(error)")
    }
  }
}
