import Files
import ImagePipeline
import TensorKernels

/// The order in which an epoch takes its photos: a function of seed and counter alone.
package struct EpochOrder {
  /// Indices into the run's photos, as many as were given; with a sampler some come more than once.
  package let indices: [Int]

  /// - Parameters:
  ///   - training: the photos to choose from.
  ///   - labels: of all photos of the run.
  ///   - counter: another one for each epoch of the run.
  package init(
    _ training: [Int], labels: [Int], balance: ClassBalance, seed: UInt64, counter: Int
  ) {
    let places = shuffledOrder(count: training.count, seed: seed, epoch: counter)
    let shuffled = places.map { training[$0] }
    guard balance == .sampler else {
      indices = shuffled
      return
    }
    // Each class has a queue in random order, which begins again at its end: no photo comes twice
    // before all others of its class have come once. The classes take turns, those of each turn in an
    // order of their own.
    var queues: [Int: [Int]] = [:]
    for index in shuffled { queues[labels[index], default: []].append(index) }
    let classes = queues.keys.sorted()
    var taken: [Int] = []
    taken.reserveCapacity(training.count)
    var turn = 0
    while taken.count < training.count, !classes.isEmpty {
      var random = CounterRandom(
        seed: seed, epoch: UInt64(bitPattern: Int64(counter)), index: .max - 1 - UInt64(turn))
      var order = classes
      for last in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(last, random.below(last + 1))
      }
      for label in order.prefix(training.count - taken.count) {
        if let queue = queues[label] { taken.append(queue[turn % queue.count]) }
      }
      turn += 1
    }
    indices = taken
  }
}

extension EpochOrder {
  /// The same for photos that know their labels.
  init(
    _ training: [Int], of photos: Photos, balance: ClassBalance, seed: UInt64, counter: Int
  ) {
    self.init(
      training, labels: photos.all.map(\.label), balance: balance, seed: seed,
      counter: counter)
  }
}
