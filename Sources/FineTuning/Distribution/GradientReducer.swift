import Foundation
import NeuralNetworks
import Synchronization
import TensorKernels

/// Adds up the gradients of all ranks while the backward pass goes on.
///
/// Parameters are put into buckets from the output to the input, the order in which gradients become
/// ready; a bucket is on its way as soon as its last gradient and all buckets before it are there. So
/// the order of messages, and with it every byte, depends on the network and the number of ranks only.
/// The last bucket leaves once all is computed and takes loss and counts along: a step has no other
/// message.
///
/// `@unchecked Sendable`: each gradient has its own place in a bucket and is written there once a step;
/// counters are behind the lock.
package final class GradientReducer: @unchecked Sendable {
  /// Bytes from which on a bucket is full: long enough that latency does not count, short enough that
  /// the first is on its way early.
  package static let bucketByteCount = 4 << 20

  private struct Bucket {
    let offset: Int
    let count: Int
    let gradients: Int
  }

  private struct Progress {
    var missing: [Int] = []
    var next = 0
  }

  /// Numbers beside gradients that a step adds up, each as two floats.
  private static let numbers = 8

  private let communicator: any Communicator
  private let values: FloatBuffer
  private let buckets: [Bucket]
  /// For each trained parameter its bucket, and where it lies in `values`.
  private let places: [(bucket: Int, offset: Int)]
  private let progress = Mutex(Progress())
  /// What the steps so far have cost.
  package private(set) var cost = ReductionCost()

  /// - Parameter parameters: what trains, in the network's order.
  package init(
    _ parameters: [Parameter], _ communicator: any Communicator,
    bucketByteCount: Int = GradientReducer.bucketByteCount
  ) {
    self.communicator = communicator
    let counts = parameters.map(\.shape.count)
    let limit = bucketByteCount / MemoryLayout<Float>.stride
    var buckets: [Bucket] = []
    var places = [(bucket: Int, offset: Int)](repeating: (0, 0), count: counts.count)
    var (start, end, gradients) = (0, 0, 0)
    for index in counts.indices.reversed() {
      places[index] = (buckets.count, end)
      end += counts[index]
      gradients += 1
      if end - start >= limit || index == 0 {
        buckets.append(Bucket(offset: start, count: end - start, gradients: gradients))
        (start, gradients) = (end, 0)
      }
    }
    self.buckets = buckets
    self.places = places
    values = FloatBuffer(count: end + 2 * Self.numbers)
    cost.byteCount = end * MemoryLayout<Float>.stride
    cost.buckets = buckets.count
  }

  /// Computes the gradients of a batch that all ranks share: each passes its own examples, and
  /// afterwards every rank has the gradients of the whole batch.
  ///
  /// - Parameters:
  ///   - inputs: of this rank's examples; `count` may be 0.
  ///   - total: examples of the whole batch.
  ///   - before: examples of the batch that lower ranks have.
  ///   - others: called when all is computed: numbers of this rank, up to seven.
  /// - Returns: the mean loss, and the sums of the others over all ranks, to Float32's precision.
  package func computeGradients(
    on executor: any Executor, _ inputs: UnsafePointer<Float>, count: Int, of total: Int,
    before: Int, loss: some Loss, step: Int, outputs: UnsafeMutablePointer<Float>?,
    others: () -> [Double] = { [] }
  ) throws -> (loss: Double, others: [Double]) {
    progress.withLock { $0 = Progress(missing: buckets.map(\.gradients)) }
    let start = ContinuousClock.now
    let share = try executor.computeGradients(
      inputs, count: count, loss: loss, step: step, outputs: outputs,
      shard: BatchShard(total: total, before: before) { [self] index, gradient in
        add(gradient, of: index)
      })
    let numbers = [share] + others()
    beginLast(numbers)
    let computed = ContinuousClock.now
    let adding = try communicator.finishSums()
    cost.steps += 1
    cost.computing += (computed - start).seconds
    cost.waiting += (ContinuousClock.now - computed).seconds
    cost.adding += adding
    executor.forEachGradient { [self] index, _, gradient in
      _ = gradient.update(
        fromContentsOf: UnsafeBufferPointer(
          start: values.pointer + places[index].offset, count: gradient.count))
    }
    let sums = numbers.indices.map { Double(tail[2 * $0]) + Double(tail[2 * $0 + 1]) }
    return (sums[0], Array(sums.dropFirst()))
  }

  /// Where the numbers are.
  private var tail: UnsafeMutablePointer<Float> {
    values.pointer + values.count - 2 * Self.numbers
  }

  /// Sends the last bucket, with numbers behind it: each as a float and what that leaves.
  private func beginLast(_ numbers: [Double]) {
    precondition(numbers.count <= Self.numbers, "a step adds up \(Self.numbers) numbers")
    for (index, number) in numbers.enumerated() {
      tail[2 * index] = Float(number)
      tail[2 * index + 1] = Float(number - Double(Float(number)))
    }
    let first = buckets.last?.offset ?? 0
    communicator.beginSum(
      UnsafeMutableBufferPointer(
        start: values.pointer + first, count: values.count - first))
  }

  private func add(_ gradient: UnsafeMutableBufferPointer<Float>, of index: Int) {
    let place = places[index]
    if let start = gradient.baseAddress {
      (values.pointer + place.offset).update(from: start, count: gradient.count)
    }
    progress.withLock { progress in
      progress.missing[place.bucket] -= 1
      while progress.next < buckets.count - 1, progress.missing[progress.next] == 0 {
        let bucket = buckets[progress.next]
        communicator.beginSum(
          UnsafeMutableBufferPointer(start: values.pointer + bucket.offset, count: bucket.count))
        progress.next += 1
      }
    }
  }
}

/// What adding up gradients has cost so far.
package struct ReductionCost: Sendable, CustomStringConvertible {
  /// Of one step's gradients.
  package var byteCount = 0
  package var buckets = 0
  package var steps = 0
  /// Seconds of computing gradients.
  package var computing = 0.0
  /// Seconds of adding up, whether or not anything was computed meanwhile.
  package var adding = 0.0
  /// Seconds from the end of computing to that of adding up, waiting for slower ranks included.
  package var waiting = 0.0

  package var description: String {
    func milliseconds(_ seconds: Double) -> String {
      String(format: "%.2f ms", 1000 * seconds / Double(max(1, steps)))
    }
    let size = String(format: "%.1f", Double(byteCount) / 1e6)
    return
      "a step adds up \(size) MB of gradients in \(buckets) buckets: \(milliseconds(adding)), of"
      + " which the ranks waited \(milliseconds(waiting)) beside \(milliseconds(computing)) of computing"
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
