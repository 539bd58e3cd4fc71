extension Duration {
  /// In seconds.
  package var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension Double {
  /// As a number of seconds, in words: `3 s`, `12 min`, `1 h 5 min`; also of what is no number.
  /// - Parameter tenths: whether less than ten seconds are told to a tenth.
  package func secondsInWords(tenths: Bool = false) -> String {
    guard isFinite else { return "an unknown time" }
    if tenths, self < 9.95 { return "\((Swift.max(0, self) * 10).rounded() / 10) s" }
    if self < 89.5 { return "\(Int(Swift.max(1, self).rounded())) s" }
    let minutes = Int((Swift.min(self, 1e15) / 60).rounded())
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension ContinuousClock.Instant {
  /// The seconds that have passed since then.
  package var secondsAgo: Double { duration(to: .now).inSeconds }
}
