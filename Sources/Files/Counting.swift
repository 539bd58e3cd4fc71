extension Int {
  /// So many of a thing, in words: `1 photo`, `2 photos`, `3 classes`.
  /// - Parameter noun: for one of them; its plural ends in "s", or "es" behind an "s".
  package func counted(_ noun: String) -> String {
    self == 1 ? "1 \(noun)" : "\(self) \(noun)\(noun.hasSuffix("s") ? "es" : "s")"
  }
}
