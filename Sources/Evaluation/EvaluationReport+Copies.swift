extension EvaluationReport {
  /// Photos that were measured although the model knows their pictures from other files.
  public struct Copies: Codable, Hashable, Sendable {
    /// How many of the measured photos show the same picture as one that was trained on.
    public var photos: Int
    /// How many others were measured.
    public var others: Int
    /// The share of right answers among the others; `nil` where there are none, or where photos may have several
    /// labels.
    public var accuracyOfOthers: Double?

    /// - Parameters:
    ///   - rows: what was said of the measured photos, one for each.
    ///   - metrics: the figures of these.
    ///   - copies: paths of photos whose pictures were trained on.
    /// - Returns: `nil` where none was measured.
    public init?(_ rows: [PredictionRow], _ metrics: ClassificationMetrics, copies: Set<String>) {
      let others = rows.filter { !copies.contains($0.path) }
      guard others.count < rows.count else { return nil }
      photos = rows.count - others.count
      self.others = others.count
      if metrics.multiLabel == nil, !others.isEmpty {
        accuracyOfOthers = Double(others.count { $0.isCorrect }) / Double(others.count)
      }
    }
  }

  /// What has to be said of the figures where pictures were known; `nil` where none was.
  public var copiesSentence: String? {
    guard let copies else { return nil }
    let start =
      "\(copies.photos) of these \(metrics.images.counted("photo")) \(copies.photos == 1 ? "shows" : "show") the same"
      + " picture as one that was trained on, in another file, so the figures are too good"
    guard let accuracy = copies.accuracyOfOthers else { return start }
    return start + "; of the other \(copies.others) \(percent(accuracy)) are right"
  }
}
