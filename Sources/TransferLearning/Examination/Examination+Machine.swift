import Files
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels

extension Examination {
  /// What computes.
  package struct Processor: Encodable, Sendable {
    package let name = Machine.name
    /// Of its instruction sets those that the kernels here make use of, by the system's names.
    package let instructions = Machine.instructions
    /// Whether it computes with bfloat16 itself, so that half the memory does not cost time.
    package let hasBfloat16 = Precision.bfloat16.isNative
    /// Whether its products of bfloat16 are as fast as those of float32.
    package let hasFastBfloat16 = Precision.bfloat16.hasFastProducts
  }

  /// How many threads compute, and what limits them.
  package struct Threads: Encodable, Sendable {
    /// Processors that the machine has switched on.
    package let processors = ProcessInfo.processInfo.processorCount
    /// Those of them that this process may run on.
    package let allowed = WorkerPool.coreCount
    /// How many processors' time its control group may use; `nil` where nothing limits it.
    package let quota = ControlGroup().processors

    fileprivate var wanted: Int { max(1, quota.map { Int($0.rounded(.up)) } ?? allowed) }

    var findings: [Finding] {
      guard let quota, wanted < allowed else { return [] }
      return [
        Finding(
          kind: .advice,
          sentence:
            "the control group may use \(String(format: "%.1f", quota)) processors' time, and \(allowed) threads"
            + " would wait for each other; take \(.threads(wanted))")
      ]
    }
  }

  /// Of the machine and of what limits this process, in bytes; `nil` where the system does not tell.
  package struct Memory: Encodable, Sendable {
    package let total = AvailableMemory.total
    package let available = AvailableMemory.byteCount
    /// What the control group may use; `nil` also where nothing limits it.
    package let groupLimit = ControlGroup().memoryLimit

    /// With less, a training of a common network at its own size is likely to fail.
    private static let little = 1 << 30

    var findings: [Finding] {
      guard let available, available < Self.little else { return [] }
      return [
        Finding(
          kind: .advice,
          sentence:
            "only \(available >> 20) MiB of memory are free; take \(.smallerBatch) or \(.smallerImages)"
        )
      ]
    }
  }

  /// A library that multiplies, and which of its kernels run on this processor.
  package struct Kernels: Encodable, Sendable {
    package let backend: BackendChoice
    package let library: String
    /// By the library's own name.
    package let kernels: String
    /// Whether a small network computes.
    package let works: Bool

    /// A network with all common layers, so small that it runs in milliseconds.
    private static let sample = (name: "mobilenet", alpha: 0.25, imageSize: ImageSize(side: 32))
    /// The most that two libraries may differ by, of the largest number: each sums in an order of its own.
    private static let tolerance: Float = 1e-3

    /// Runs one network of random weights with each library, and compares.
    static func tried() -> (kernels: [Kernels], findings: [Finding]) {
      var findings: [Finding] = []
      var outputs: [[Float]] = []
      let kernels = BackendChoice.allCases.map { choice in
        let backend = choice.backend
        var works = false
        do {
          let output = try run(on: choice)
          works = output.allSatisfy(\.isFinite)
          outputs.append(output)
        } catch {
          findings.append(
            Finding(
              kind: .wrongNumbers,
              sentence: Sentence("\(backend.version) does not compute: \(error)"))
          )
        }
        return Kernels(
          backend: choice, library: backend.version, kernels: backend.kernels, works: works)
      }
      if let difference = largestDifference(outputs), !(difference <= tolerance) {
        let names = kernels.map(\.library).joined(separator: " and ")
        findings.append(
          Finding(
            kind: .wrongNumbers,
            sentence: Sentence(
              "\(names) differ by \(difference) of the largest number, expected at most \(tolerance); install"
                + " another version of one of them")))
      }
      return (kernels, findings)
    }

    private static func run(on backend: BackendChoice) throws -> [Float] {
      let network = try Model.named(
        sample.name, alpha: sample.alpha, imageSize: sample.imageSize, top: .features
      ).network
      let executor = try makeExecutor(
        network, NetworkWeights(network, network.initialTensors(seed: 1)),
        ExecutionOptions(batchSize: 1), backend: backend, pool: WorkerPool(count: 1))
      let input = (0..<executor.inputCount).map { Float($0 % 255) / 127 - 1 }
      return try [Float](unsafeUninitializedCapacity: executor.outputCount) { values, count in
        guard let target = values.baseAddress else { return }
        try input.withUnsafeBufferPointer { input in
          guard let start = input.baseAddress else { return }
          try executor.infer(start, count: 1, into: target)
        }
        count = executor.outputCount
      }
    }

    /// Relative to the largest magnitude; `nil` with fewer than two outputs.
    private static func largestDifference(_ outputs: [[Float]]) -> Float? {
      guard let first = outputs.first, outputs.count > 1 else { return nil }
      let largest = first.map(abs).max() ?? 0
      let differences = outputs.dropFirst().flatMap { zip(first, $0).map { abs($0 - $1) } }
      return differences.reduce(0) { $1.isNaN ? $1 : Swift.max($0, $1) }
        / Swift.max(largest, .leastNormalMagnitude)
    }
  }
}
