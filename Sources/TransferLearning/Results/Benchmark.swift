import Files
import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels

/// Measures how fast a network runs or learns here, on random images: the steps are those of a training,
/// without photos to load.
package struct Benchmark: Codable, Hashable, Sendable {
  /// What learns.
  package enum Mode: String, Codable, Hashable, Sendable, CaseIterable {
    /// Nothing: forward only.
    case infer
    /// The classifier alone.
    case head
    /// The classifier and the last stage.
    case last
    /// Everything.
    case full
  }

  package var base: Base.Source
  package var mode: Mode
  package var batchSize = 32
  package var backend = BackendChoice.oneDNN
  package var precision = Precision.float32
  /// Steps that are timed, after two that are not.
  package var steps = 7
  /// Whether each kernel is timed.
  package var profiles = false
  package var seed: UInt64 = 0

  /// Random weights unless `base` says otherwise.
  package init(base: Base.Source, mode: Mode) {
    self.base = base
    self.mode = mode
  }

  package struct Result: Codable, Hashable, Sendable {
    package let base: String
    /// The factor on all widths, for families that have one.
    package let alpha: Double?
    package let mode: Mode
    package let precision: String
    package let batchSize: Int
    package let threads: Int
    /// Of the median step.
    package let imagesPerSecond: Double
    /// The most memory that the process has had, in MiB.
    package let peakMiB: Int
    package let backend: String
    package let imageSize: ImageSize
    package let steps: Int
    /// What each kernel has cost, when that was asked for.
    package let profile: Profile?
  }

  static let classCount = 10
  private static let warmUpSteps = 2

  /// Runs the steps.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`, `NetworkError`, `BackendError`.
  package func run(
    pool: WorkerPool, onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> Result {
    precondition(batchSize > 0 && steps > 0, "a benchmark has images and steps")
    let (model, work) = try prepare(pool, onDownload)
    let images = RandomImages(count: batchSize * model.network.inputShape.count, seed: seed)
    var seconds: [Double] = []
    for step in 0..<(Self.warmUpSteps + steps) {
      if step == Self.warmUpSteps { work.resetProfile() }
      let start = ContinuousClock.now
      try work.run(images.pointer, count: batchSize)
      let passed = start.secondsAgo
      if step >= Self.warmUpSteps {
        seconds.append(passed)
      }
    }
    let profile =
      profiles ? Profile(work.profile, seconds: seconds, backend: backend, pool: pool) : nil
    return Result(
      base: model.name, alpha: model.alpha, mode: mode,
      precision: precision.rawValue,
      batchSize: batchSize,
      threads: pool.count, imagesPerSecond: Double(batchSize) / Self.median(seconds),
      peakMiB: Self.peakMiB, backend: backend.rawValue, imageSize: model.imageSize,
      steps: steps, profile: profile)
  }

  /// The network with a head, ready to run; the tensors it was made of are released.
  private func prepare(
    _ pool: WorkerPool, _ onDownload: @escaping DownloadProgress
  ) throws -> (Model, Work) {
    let pretrained = try base.load(.features, seed: seed, progress: onDownload)
    let network = try pretrained.model.network.addingHead(
      named: Network.headName, classes: Self.classCount)
    var tensors = pretrained.tensors
    for parameter in network.parameters where tensors[parameter.name] == nil {
      // As the head of a training begins.
      tensors[parameter.name] = Tensor(repeating: 0, parameter.shape)
    }
    return (pretrained.model, try Work(self, network, tensors, pool))
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The most memory that the process has had, in MiB; 0 where the system does not tell. `getrusage` would tell of the
  /// program that started this one, where that has more.
  package static var peakMiB: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 >> 10 } ?? 0
  }
}

/// A batch of noise, as a network might see it after preprocessing: uniform in −1..<1.
private final class RandomImages {
  let pointer: UnsafeMutablePointer<Float>

  init(count: Int, seed: UInt64) {
    pointer = .allocate(capacity: count)
    for index in 0..<count {
      (pointer + index).initialize(to: 2 * CounterRandom.uniform(seed, UInt64(index)) - 1)
    }
  }

  deinit { pointer.deallocate() }
}
