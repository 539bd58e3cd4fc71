import TensorKernels

/// One weight that kernels read as it is, and whose gradient they add up in turns.
final class PlainWeights: KernelWeights, @unchecked Sendable {
  private let parameter: Parameter
  private let masters: NetworkWeights
  let gradient: Region?

  var values: Region { masters.region(of: parameter) }
  var count: Int { parameter.shape.count }

  init(
    _ parameter: Parameter, _ masters: NetworkWeights, trainable: Set<String>,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.parameter = parameter
    self.masters = masters
    gradient =
      trainable.contains(parameter.node)
      ? try allocate(parameter.shape.count * MemoryLayout<Float>.stride) : nil
  }

  var trained: [TrainedParameter] {
    guard let gradient else { return [] }
    return [
      TrainedParameter(
        parameter: parameter, values: masters.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(
          start: gradient.floats, count: parameter.shape.count))
    ]
  }

  var gradientRegions: [Region] { [gradient].compactMap(\.self) }

  func bind(to worker: Worker) throws(BackendError) {}
  func refresh(on worker: Worker) {}
  func finishGradients(on worker: Worker) {}
}
