/// The part of each batch that one of several processes works on: contiguous, in the batch's order, of
/// sizes that differ by one at most.
public struct BatchPart: Hashable, Sendable {
  /// Which part, `0..<size`.
  public let rank: Int
  /// The number of parts.
  public let size: Int

  /// All of every batch.
  public static let whole = BatchPart(0, of: 1)

  /// The part with this number, from 0, of so many.
  /// - Precondition: `rank` is in `0..<size`.
  public init(_ rank: Int, of size: Int) {
    precondition((0..<size).contains(rank), "part \(rank) of \(size)")
    self.rank = rank
    self.size = size
  }

  /// Places in a batch of `count` examples; none when there are more parts than examples and this is one
  /// of those left over.
  public func range(of count: Int) -> Range<Int> {
    rank * count / size..<(rank + 1) * count / size
  }

  /// The most examples that a part of at most `count` has.
  public func largest(of count: Int) -> Int { (count + size - 1) / size }
}
