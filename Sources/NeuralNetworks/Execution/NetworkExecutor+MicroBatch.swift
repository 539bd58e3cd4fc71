import TensorKernels

/// One micro-batch: how its images get into a lane, and what comes out of it.
extension NetworkExecutor {
  /// The caller's memory during one call. `@unchecked Sendable`: lanes read inputs and write disjoint
  /// examples of the outputs while the caller waits.
  struct Batch: @unchecked Sendable {
    let inputs: UnsafePointer<Float>
    let outputs: UnsafeMutablePointer<Float>?
    let count: Int
  }

  /// Cuts `count` examples into micro-batches and lets the lanes take them in order.
  func runLanes(
    count: Int, step: Int, before: Int = 0,
    _ body: @Sendable (_ lane: ExecutionLane, _ first: Int) -> Bool
  ) throws {
    let microBatch = main.microBatch
    let microBatches = (count + microBatch - 1) / microBatch
    counter.reset()
    let failed = Flag()
    pool.run(limit: min(lanes.count, microBatches)) { [self] index in
      backend.enter(threads: threads)
      let lane = lanes[index]
      while !failed.isSet, let next = counter.next(below: microBatches) {
        lane.begin(at: next * microBatch, step: step, before: before)
        guard body(lane, next * microBatch) else {
          failed.set()
          turns.abort()
          return
        }
      }
    }
    if failed.isSet {
      throw BackendError("a kernel of \(backend.version) failed while running")
    }
  }

  /// Copies a micro-batch's images to where the program reads them. A short last micro-batch is filled
  /// up with images of this batch.
  ///
  /// They are copied: kernels are bound to a lane's memory once (decision 4), and 0.6 MB an image are
  /// little beside the 17 ms of ResNet-50.
  func load(_ batch: Batch, first: Int, on lane: ExecutionLane) {
    let destination = lane.main.region(of: main.input)
    let precision = main.precision(of: main.input)
    for index in 0..<main.microBatch {
      destination.advanced(byBytes: index * inputCount * precision.byteCount).store(
        batch.inputs + (first + index) % batch.count * inputCount, count: inputCount,
        as: precision)
    }
  }

  func store(_ batch: Batch, first: Int, on lane: ExecutionLane) {
    guard let outputs = batch.outputs else { return }
    for position in 0..<min(main.microBatch, batch.count - first) {
      var destination = outputs + (first + position) * outputCount
      for slot in main.outputs {
        let size = main.count(perExampleOf: slot)
        destination.update(from: lane.main.floats(of: slot) + position * size, count: size)
        destination += size
      }
    }
  }

  /// The loss of each example, and its gradient divided by the batch's size; 0 for the filling.
  func evaluate(
    _ loss: some Loss, into seed: Slot, count: Int, of total: Int, first: Int,
    on lane: ExecutionLane
  ) {
    let size = main.count(perExampleOf: seed)
    let scale = 1 / Float(total)
    for position in 0..<main.microBatch {
      let gradient = UnsafeMutableBufferPointer(
        start: lane.main.floats(of: seed) + position * size, count: size)
      let example = first + position
      guard example < count else {
        gradient.update(repeating: 0)
        continue
      }
      let output = UnsafeBufferPointer(
        start: lane.main.floats(of: main.outputs[0]) + position * size, count: size)
      losses[example] = loss.evaluate(example: example, output: output, gradient: gradient)
      for index in 0..<size { gradient[index] *= scale }
    }
  }

  func keepInputGradient(count: Int, first: Int, on lane: ExecutionLane) {
    guard let slot = main.inputGradient else { return }
    for position in 0..<min(main.microBatch, count - first) {
      let source = UnsafeBufferPointer(
        start: lane.main.floats(of: slot) + position * inputCount, count: inputCount)
      let start = (first + position) * inputCount
      _ = inputGradients[start..<(start + inputCount)].update(fromContentsOf: source)
    }
  }
}
