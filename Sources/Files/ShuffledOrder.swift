extension Array {
  /// The elements in an order that draws choose (Fisher–Yates). The standard library's
  /// `shuffled(using:)` may change its algorithm; a saved run must not change with it.
  /// - Parameter draw: a number in `0..<bound`.
  package func shuffled(by draw: (_ bound: Int) -> Int) -> [Element] {
    var result = self
    for last in stride(from: count - 1, to: 0, by: -1) { result.swapAt(last, draw(last + 1)) }
    return result
  }
}

/// 0 ..< `count` in an order that depends on seed and epoch only.
package func shuffledOrder(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  // An index that no photo has, so that the order is independent of the augmentation.
  var random = CounterRandom(seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: .max)
  return Array(0..<count).shuffled { random.below($0) }
}
