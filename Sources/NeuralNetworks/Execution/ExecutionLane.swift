import TensorKernels

/// One lane: its scratchpad and activations, and the program bound to them.
final class ExecutionLane {
  /// That of the worker it belongs to.
  let index: Int
  private let lane: Lane
  private let gradients: [Buffer]
  let main: BoundProgram

  init(
    _ index: Int, main: Program, isProfiled: Bool, backend: any Backend
  ) throws(BackendError) {
    self.index = index
    lane = try backend.makeLane(scratchByteCount: main.scratchByteCount)
    let gradient = try backend.allocate(byteCount: main.laneGradientByteCount)
    let biasGradient = try backend.allocate(byteCount: main.laneBiasByteCount)
    gradients = [gradient, biasGradient]
    self.main = try BoundProgram(
      main, on: lane, gradient: Region(gradient), biasGradient: Region(biasGradient),
      isProfiled: isProfiled, backend: backend)
  }

  var byteCount: Int {
    lane.scratch.byteCount + gradients.reduce(0) { $0 + $1.byteCount } + main.byteCount
  }

  /// Starts the micro-batch whose first example is at this position of the batch.
  /// - Parameter before: what stands before the batch when it is a shard of a larger one.
  func begin(at first: Int, step: Int, before: Int) {
    lane.isFirst = first == 0
    lane.firstExample = first
    lane.examplesBefore = before
    lane.step = step
  }
}
