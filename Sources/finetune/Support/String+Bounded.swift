extension String {
  /// With its middle left out where it is very long: names in strangers' files may have any length, and what can be
  /// done stands behind them.
  /// - Parameter limit: bytes that stay. A character may have thousands.
  func bounded(bytes limit: Int = 8192) -> String {
    guard utf8.count > limit else { return self }
    func scalar(at offset: Int) -> Index {
      var index = utf8.index(startIndex, offsetBy: offset)
      while index.samePosition(in: unicodeScalars) == nil { index = utf8.index(before: index) }
      return index
    }
    let (first, last) = (scalar(at: limit / 2), scalar(at: utf8.count - limit / 2))
    let left = utf8.distance(from: first, to: last)
    return "\(self[..<first])… (\(left) bytes left out) …\(self[last...])"
  }
}
