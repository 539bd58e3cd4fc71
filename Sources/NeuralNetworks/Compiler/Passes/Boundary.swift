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
    var lastReader: [GraphValue: Int] = [:]
    for (index, operation) in operations.enumerated() {
      for input in operation.inputs { lastReader[input] = index }
    }
    var length = 1
    // The last operation that reads anything written before the candidate.
    var reach = operations.first.flatMap { lastReader[$0.output] } ?? 0
    for candidate in 1..<max(firstTrained, 1) {
      let kept = operations[candidate].output
      if observed.contains(operations[candidate - 1].output) || observed.contains(kept) { break }
      if reach <= candidate { length = candidate + 1 }
      reach = max(reach, lastReader[kept] ?? 0)
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
