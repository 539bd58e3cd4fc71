import TensorKernels

/// The weights of one operation in the form its kernels want, and the way back for their gradients.
///
/// They are shared by all lanes. `refresh` and `finishGradients` run on a worker while no kernel
/// runs; two workers never have the same, which is what makes them `@unchecked Sendable`.
protocol KernelWeights: AnyObject, Sendable {
  /// What learns here, with the place of its gradient once it is finished.
  var trained: [TrainedParameter] { get }
  /// What backward steps write and `finishGradients` reads.
  var gradientRegions: [Region] { get }
  /// Prepares what a worker needs to convert weights on its lane.
  func bind(to worker: Worker) throws(BackendError)
  /// Writes the kernels' copies from the masters.
  func refresh(on worker: Worker)
  /// Turns what the backward pass has summed up into gradients of the masters.
  func finishGradients(on worker: Worker)
}

/// A parameter that learns: its master values, and where its gradient is after a step.
struct TrainedParameter {
  let parameter: Parameter
  let values: UnsafeMutableBufferPointer<Float>
  let gradient: UnsafeMutableBufferPointer<Float>
}

/// One thread's tools for converting weights.
final class Worker {
  let index: Int
  let lane: Lane
  /// Room for the largest kernel in plain layout.
  let staging: Region

  init(index: Int, lane: Lane, staging: Region) {
    self.index = index
    self.lane = lane
    self.staging = staging
  }
}
