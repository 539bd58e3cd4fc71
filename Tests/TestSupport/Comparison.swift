import Testing

/// Expects two lists to agree within `relative` of the largest expected magnitude, or `absolute`;
/// says which element is the worst.
public func expectClose(
  _ found: [Float], _ expected: [Double], relative: Double, absolute: Double = 0,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(what): \(found.count) values, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let scale = expected.map(abs).max() ?? 0
  let errors = zip(found, expected).map { abs(Double($0) - $1) }
  // A NaN is worse than any number.
  let worst = errors.indices.max { errors[$0] < errors[$1] || errors[$1].isNaN } ?? 0
  let bound = max(relative * scale, absolute)
  guard errors.allSatisfy({ $0 <= bound }) else {
    Issue.record(
      """
      \(what): element \(worst) is \(found[worst]), expected \(expected[worst]); off by \
      \(errors[worst]), allowed \(bound)
      """, sourceLocation: sourceLocation)
    return
  }
}
