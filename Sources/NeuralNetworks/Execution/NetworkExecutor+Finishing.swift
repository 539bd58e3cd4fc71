import TensorKernels

/// What follows a layer's last micro-batch: gradients of the masters.
extension NetworkExecutor {
  /// Rows that lanes fill for so many examples.
  private func filledRows(_ count: Int) -> Int {
    (count + main.microBatch - 1) / main.microBatch * main.microBatch
  }

  /// Gradients of the masters, in parallel over operations and blocks of large dense layers.
  func finishGradients(count: Int, where isWanted: (_ position: Int) -> Bool) {
    let pieces = finishing.filter { isWanted($0.index) }
    pool.forEach(pieces.count) { [self] worker, index in
      backend.enter(threads: 1)
      switch pieces[index].work {
      case .all(let weights): weights.finishGradients(on: workers[worker])
      case .block(let dense, let block):
        dense.finishGradients(block: block, rows: filledRows(count))
      }
    }
  }

  /// A piece of the work after the last micro-batch, and which of the `kernelWeights` it is for.
  struct Finish {
    enum Work {
      case all(any KernelWeights)
      case block(DenseWeights, Int)
    }

    let index: Int
    let work: Work

    static func pieces(of all: [any KernelWeights]) -> [Finish] {
      all.enumerated().flatMap { index, weights -> [Finish] in
        if weights.trained.isEmpty { return [] }
        guard let dense = weights as? DenseWeights else {
          return [Finish(index: index, work: .all(weights))]
        }
        return (0..<dense.blockCount).map { Finish(index: index, work: .block(dense, $0)) }
      }
    }
  }

  // MARK: a shard's gradients, as soon as they are complete

  /// A micro-batch has added to an operation's gradient; if it was the last, the gradient is finished here,
  /// while the backward pass goes on. Not so where finishing is worth all threads, nor where another
  /// operation has the same weights.
  func added(to position: Int, of count: Int, _ shard: BatchShard, on worker: Worker) {
    guard completion.add(position), threads == 1, trained.shared.isEmpty else { return }
    if let dense = main.kernelWeights[position] as? DenseWeights {
      if dense.blockCount > 1, lanes.count > 1 { return }
      for block in 0..<dense.blockCount {
        dense.finishGradients(block: block, rows: filledRows(count))
      }
    } else {
      main.kernelWeights[position].finishGradients(on: worker)
    }
    completion.setComplete(position)
    announce(position, shard)
  }

  func announce(_ position: Int, _ shard: BatchShard) {
    for index in trained.ofWeights[position] {
      shard.completed(index, trained.all[index].gradient)
    }
  }

  func completeWithoutExamples(_ shard: BatchShard) -> Double {
    for (index, entry) in trained.all.enumerated() {
      entry.gradient.update(repeating: 0)
      shard.completed(index, entry.gradient)
    }
    return 0
  }
}
