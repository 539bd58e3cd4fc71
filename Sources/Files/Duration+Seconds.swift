extension Duration {
  /// In seconds.
  package var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension ContinuousClock.Instant {
  /// The seconds that have passed since then.
  package var secondsAgo: Double { duration(to: .now).inSeconds }
}
