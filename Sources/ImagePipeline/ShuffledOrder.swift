import TensorKernels

/// 0 ..< `count` in an order that depends on seed and epoch only (Fisher–Yates).
public func shuffledOrder(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var order = Array(0..<count)
  // An index that no photo has, so that the order is independent of the augmentation.
  var random = CounterRandom(seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: .max)
  var last = count - 1
  while last > 0 {
    order.swapAt(last, random.below(last + 1))
    last -= 1
  }
  return order
}
