/// The part of a list that one of several ranks works on: contiguous, in order, of sizes that differ by
/// one at most.
///
/// - Parameters:
///   - count: elements of the whole list; some ranks get none when there are fewer than ranks.
package func shard(of count: Int, rank: Int, size: Int) -> Range<Int> {
  rank * count / size..<(rank + 1) * count / size
}

extension Communicator {
  /// This rank's part of a list of `count` elements.
  func shard(of count: Int) -> Range<Int> {
    FineTuning.shard(of: count, rank: rank, size: size)
  }

  /// This rank's part of each batch of an order, one behind the other.
  func shards(of order: [Int], batchSize: Int) -> [Int] {
    guard isShared else { return order }
    return stride(from: 0, to: order.count, by: batchSize).flatMap { first in
      let batch = order[first..<min(first + batchSize, order.count)]
      let own = shard(of: batch.count)
      return batch[(first + own.lowerBound)..<(first + own.upperBound)]
    }
  }
}
