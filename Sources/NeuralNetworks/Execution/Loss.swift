/// What a network is trained to make small.
public protocol Loss: Sendable {
  /// Writes the gradient with respect to one example's output and returns its loss.
  ///
  /// Called on worker threads, for several examples at once.
  /// - Parameters:
  ///   - example: the position in the batch, `0..<count`.
  ///   - output: what the network gave for the example; of several outputs, the first.
  ///   - gradient: as long as `output`; every value must be written, for this example alone: the
  ///     executor divides by the size of the batch.
  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double
}

/// What an executor knows of a batch that several processes share.
public struct BatchShard: Sendable {
  /// The examples of the whole batch, at least 1: what the loss and its gradients are divided by.
  public var total: Int
  /// Examples that other processes have before the first of this one, for randomness.
  public var before: Int
  /// Called as soon as a parameter's gradient is ready, while those of earlier layers are still being
  /// computed: on workers, once for each trained parameter, in no particular order.
  ///
  /// `index` counts as in `update`; the gradient may be read and changed from then on.
  public var completed:
    @Sendable (_ index: Int, _ gradient: UnsafeMutableBufferPointer<Float>) -> Void

  /// A part of a batch of `total` examples, with `before` of them in front of it.
  /// - Precondition: `total` is above 0 and `before` not below.
  public init(
    total: Int, before: Int,
    completed:
      @escaping @Sendable (_ index: Int, _ gradient: UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    precondition(total > 0 && before >= 0, "a shard of \(total) examples behind \(before)")
    self.total = total
    self.before = before
    self.completed = completed
  }
}
