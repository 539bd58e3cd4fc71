import TensorKernels

extension Graph {
  /// Where the frozen prefix ends: the last value before anything trainable through which every path
  /// from input to output passes. Frozen operations between it and the first trainable one stay in
  /// the suffix; no gradient ever flows into them unless something behind them needs it.
  ///
  /// - Returns: the number of operations in the prefix, at least 1: the input.
  package func prefixLength(trainable: Set<String>) -> Int {
    let firstTrained =
      operations.firstIndex { $0.isTrained(by: trainable) || $0.isDropout(in: trainable) }
      ?? operations.count
    var length = 1
    for candidate in 1..<max(firstTrained, 1) {
      let before = Set(operations[..<candidate].map(\.output))
      let kept = operations[candidate].output
      let crossing = operations[(candidate + 1)...].flatMap(\.inputs).contains {
        $0 != kept && before.contains($0)
      }
      if !crossing, observed.isDisjoint(with: before.union([kept])) { length = candidate + 1 }
    }
    return length
  }
}

extension GraphOperation {
  /// Whether this is a dropout or random choice of a part that trains; in a frozen part it does
  /// nothing, or takes the expectation.
  func isDropout(in nodes: Set<String>) -> Bool {
    switch kind {
    case .dropout, .image(.stochasticPooling): nodes.contains(node)
    default: false
    }
  }
}
