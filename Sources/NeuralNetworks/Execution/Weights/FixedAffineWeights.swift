import TensorKernels

/// A scale and a shift per channel that nothing learns.
final class FixedAffineWeights: KernelWeights, @unchecked Sendable {
  private let affine: GraphAffine
  private let masters: NetworkWeights
  private let channels: Int
  let scale: Region
  let shift: Region

  init(
    _ affine: GraphAffine, channels: Int, _ masters: NetworkWeights,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.affine = affine
    self.masters = masters
    self.channels = channels
    scale = try allocate(channels * MemoryLayout<Float>.stride)
    shift = try allocate(channels * MemoryLayout<Float>.stride)
  }

  var trained: [TrainedParameter] { [] }
  var gradientRegions: [Region] { [] }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    switch affine.source {
    case .constants(let factors, let shifts):
      for c in 0..<channels { (scale.floats[c], shift.floats[c]) = (factors[c], shifts[c]) }
    case .statistics(let mean, let variance, let takesDeviations):
      let (mean, variance) = (masters.values(of: mean), masters.values(of: variance))
      let areDeviations = takesDeviations && Normalization.areDeviationsOfImageNet(Array(variance))
      for c in 0..<channels {
        let deviation = areDeviations ? variance[c] : max(variance[c].squareRoot(), 1e-7)
        scale.floats[c] = 1 / deviation
        shift.floats[c] = -mean[c] / deviation
      }
    }
  }

  func finishGradients(on worker: Worker) {}
}
