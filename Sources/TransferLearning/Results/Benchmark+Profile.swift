import Files
import Foundation
import NeuralNetworks
import TensorKernels

extension Benchmark {
  /// Where the time of the timed steps went.
  package struct Profile: Codable, Hashable, Sendable {
    /// In the order in which they run.
    package let kernels: [KernelProfile]
    /// What oneDNN's matrix product reaches on all threads at once, each with a product of its own, in 10⁹
    /// operations a second: Float32, in the same minute.
    package let peakGigaflops: Double
    /// The part of the threads' time that kernels ran; the rest is loss, weights, update and waiting.
    package let kernelShare: Double
    /// The arithmetic of all kernels in units of the peak.
    package let shareOfPeak: Double

    init(
      _ kernels: [KernelProfile], seconds: [Double], backend: BackendChoice, pool: WorkerPool
    ) {
      self.kernels = kernels
      let wall = seconds.reduce(0, +)
      let peak = Self.measurePeak(backend.multiplier, pool)
      peakGigaflops = peak
      kernelShare = kernels.reduce(0) { $0 + $1.seconds } / (wall * Double(pool.count))
      shareOfPeak = kernels.reduce(0) { $0 + $1.operations } / wall / 1e9 / peak
    }

    /// The best of a few products of 768 × 768 × 768 on each thread.
    private static func measurePeak(_ multiplier: any MatrixMultiplier, _ pool: WorkerPool)
      -> Double
    {
      let side = 768
      let rounds = 4
      let matrices = Matrices(count: 3 * pool.count, side: side)
      var best = 0.0
      for _ in 0..<5 {
        let start = ContinuousClock.now
        pool.run { worker in
          for _ in 0..<rounds {
            multiplier.multiply(
              rows: side, columns: side, depth: side, matrices[3 * worker], transposeA: false,
              matrices[3 * worker + 1], transposeB: false, into: matrices[3 * worker + 2],
              accumulating: false)
          }
        }
        let seconds = start.secondsAgo
        let products = Double(rounds * pool.count)
        best = max(best, products * 2 * Double(side * side * side) / seconds / 1e9)
      }
      return best
    }
  }
}

/// Square matrices of ones. `@unchecked Sendable`: each worker has three of its own.
private final class Matrices: @unchecked Sendable {
  private let values: UnsafeMutableBufferPointer<Float>
  private let side: Int

  init(count: Int, side: Int) {
    self.side = side
    values = .allocate(capacity: count * side * side)
    values.initialize(repeating: 1)
  }

  deinit { values.deallocate() }

  subscript(_ index: Int) -> UnsafeMutablePointer<Float> {
    guard let start = values.baseAddress else { preconditionFailure("there are no matrices") }
    return start + index * side * side
  }
}

extension Benchmark.Profile: CustomStringConvertible {
  /// The kinds of kernels by what they cost, then the dearest kernels.
  package var description: String {
    let total = kernels.reduce(0) { $0 + $1.seconds }
    let head = String(
      format: "kernels take %.1f %% of the threads' time; arithmetic, counted as plain sums, at "
        + "%.1f %% of %.0f GFLOP/s",
      kernelShare * 100, shareOfPeak * 100, peakGigaflops)
    let kinds = Dictionary(grouping: kernels) {
      "\($0.direction.rawValue) \($0.operation) (\($0.implementation), \($0.precision.rawValue))"
    }
    .map { (name: $0.key, sum: Sum($0.value)) }
    .sorted { ($1.sum.seconds, $0.name) < ($0.sum.seconds, $1.name) }
    let dearest = kernels.sorted { $0.seconds > $1.seconds }.prefix(20)
    let kindLines = kinds.map { "\($0.sum.text(of: total))  \($0.name)" }
    let kernelLines = dearest.map {
      "\(Sum([$0]).text(of: total))  \($0.node): \($0.direction.rawValue) \($0.operation)"
    }
    let columns = "   time     share   GFLOP/s      GB/s  "
    return ([head, "", columns + "kind"] + kindLines + ["", columns + "node"] + kernelLines)
      .joined(separator: "\n")
  }

  private struct Sum {
    var seconds = 0.0
    var operations = 0.0
    var bytes = 0.0

    init(_ kernels: [KernelProfile]) {
      for kernel in kernels {
        seconds += kernel.seconds
        operations += kernel.operations
        bytes += kernel.bytes
      }
    }

    func text(of total: Double) -> String {
      String(
        format: "%6.3f s  %6.2f %%  %8.1f  %8.1f", seconds, 100 * seconds / total,
        operations / seconds / 1e9, bytes / seconds / 1e9)
    }
  }
}
