import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// What the phases of one run share. Used by the driver thread alone.
final class TrainingSession {
  let base: Backbone
  let plan: FineTuningPlan
  let options: TrainingOptions
  let pool: WorkerPool
  let photos: PhotoSet
  /// The base with its head.
  let network: Network
  let emit: (TrainingEvent) -> Void
  let shouldStop: @Sendable () -> Bool
  let start = ContinuousClock.now

  /// The best weights so far, by parameter name.
  var tensors: [String: Tensor]
  /// What they are; `nil` before there is anything worth keeping.
  var best: Candidate?
  var optimizer: OptimizerState?
  /// Photos that could not be read again after the scan.
  private(set) var failures: [SkippedPhoto] = []
  private var failed: Set<Int> = []
  /// Whether the validation photos, too, trained the weights that are kept.
  var trainedOnValidation = false
  /// Feature maps of evaluation views, made along with pooled features for the phase that will read
  /// them.
  var maps: [Network.NodeID: MapStore] = [:]

  init(
    base: Backbone, plan: FineTuningPlan, options: TrainingOptions, photos: PhotoSet,
    pool: WorkerPool, network: Network, emit: @escaping (TrainingEvent) -> Void,
    shouldStop: @escaping @Sendable () -> Bool
  ) {
    self.base = base
    self.plan = plan
    self.options = options
    self.photos = photos
    self.pool = pool
    self.network = network
    self.emit = emit
    self.shouldStop = shouldStop
    tensors = base.tensors
    for parameter in network.parameters where tensors[parameter.name] == nil {
      tensors[parameter.name] = Tensor(repeating: 0, parameter.shape)
    }
  }

  var seconds: Double { Self.seconds(since: start) }

  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let duration = start.duration(to: .now)
    return Double(duration.components.seconds)
      + Double(duration.components.attoseconds) * 1e-18
  }

  func note(_ kind: TrainingEvent.Note.Kind, _ message: String) {
    emit(.note(.init(kind: kind, message: message)))
  }

  /// - Throws: `Interruption` when the run is to stop.
  func checkInterruption() throws {
    if shouldStop() { throw Interruption() }
  }

  /// The indices of photos that have not failed.
  func usable(_ indices: [Int]) -> [Int] {
    failed.isEmpty ? indices : indices.filter { !failed.contains($0) }
  }

  /// Decodes photos in the order given and hands them over in batches; asks between batches whether
  /// to stop. A photo that cannot be read any more is noted and left out from then on.
  func forEachBatch(
    of order: [Int], view: PhotoView, epoch: Int, size: Int, _ body: (PhotoBatch) throws -> Void
  ) throws {
    guard !order.isEmpty else { return }
    let loader = BatchLoader(
      root: photos.root, photos: photos.photos, order: order, side: base.imageSize, view: view,
      preprocessing: base.preprocessing, batchSize: size, seed: options.seed, epoch: epoch,
      pool: pool, maximumPixels: options.maximumPixels)
    var position = 0
    while let batch = loader.next() {
      try checkInterruption()
      let asked = order[position..<min(position + size, order.count)]
      position += asked.count
      for failure in batch.failures {
        failures.append(failure)
        note(
          .data, "'\(failure.path)' was readable before and is not now: \(failure.reason); left out"
        )
      }
      if !batch.failures.isEmpty { failed.formUnion(Set(asked).subtracting(batch.indices)) }
      if batch.count > 0 { try body(batch) }
    }
  }

  var evaluationView: PhotoView { .evaluation(options.resize) }

  /// The view of a phase's training photos.
  func trainingView(_ phase: Phase) -> PhotoView {
    phase.augmentation == .none ? evaluationView : .training(phase.augmentation)
  }
}

/// Ends whatever runs because the user asked for it.
struct Interruption: Error {}
