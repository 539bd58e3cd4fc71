import Foundation

/// How the rate of a phase changes from update to update.
public struct LearningRateSchedule: Hashable, Sendable {
  /// The rate when it is largest, where the warm-up ends.
  public var peak: Double
  /// How it falls afterwards.
  public let shape: RateSchedule
  /// The share of the updates in which the rate rises, `0...1`.
  public let warmUp: Double
  /// The number of updates in which it rises.
  public let warmUpSteps: Int
  /// The number of updates.
  public let steps: Int
  /// The updates of an epoch, which a `.step` schedule counts.
  public let stepsPerEpoch: Int

  /// - Parameters:
  ///   - shape: how the rate changes after the warm-up; `.oneCycle` shapes the rise, too.
  ///   - peak: the largest rate, which the warm-up rises to.
  ///   - steps: the number of updates in all epochs together.
  ///   - warmUp: the share of the updates in which the rate rises, `0...1`.
  ///   - stepsPerEpoch: the updates of an epoch; `nil` for all of them.
  public init(
    _ shape: RateSchedule = .cosine, peak: Double, steps: Int, warmUp: Double,
    stepsPerEpoch: Int? = nil
  ) {
    self.peak = peak
    self.shape = shape
    self.warmUp = warmUp
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch ?? steps
    warmUpSteps = min(steps, Int((Double(steps) * warmUp).rounded()))
  }

  /// The rate of an update, `0..<steps`.
  ///
  /// Linear up towards the peak, then as `shape` says; `.oneCycle` rises in its own way. They equal
  /// PyTorch's `LinearLR` from 1 / (w + 1) over w steps, chained with `StepLR` or followed by
  /// `CosineAnnealingLR`, and its `OneCycleLR`.
  public func rate(at step: Int) -> Double {
    if shape == .oneCycle { return oneCycle(at: step) }
    var rate = peak
    if step < warmUpSteps { rate *= Double(step + 1) / Double(warmUpSteps + 1) }
    switch shape {
    case .constant, .oneCycle: break
    case .step(let every, let factor):
      rate *= pow(factor, Double(step / max(1, every * stepsPerEpoch)))
    case .cosine:
      guard step >= warmUpSteps else { break }
      let done = Double(step - warmUpSteps) / Double(max(1, steps - warmUpSteps))
      rate = peak * (1 + cos(Double.pi * min(1, done))) / 2
    }
    return rate
  }

  /// The peak is at update warmUp · steps − 1, which need not be whole; a single update has it.
  private func oneCycle(at step: Int) -> Double {
    let start = peak / 25
    let end = start / 10_000
    let top = warmUp * Double(steps) - 1
    let last = Double(steps - 1)
    let position = Double(step)
    func between(_ from: Double, _ to: Double, _ share: Double) -> Double {
      to + (from - to) / 2 * (1 + cos(Double.pi * min(1, share)))
    }
    if steps == 1 { return peak }
    if position <= top { return top > 0 ? between(start, peak, position / top) : peak }
    return between(peak, end, (position - top) / (last - top))
  }
}

extension Phase {
  /// The rates of the phase for a number of updates an epoch.
  public func rates(stepsPerEpoch: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      schedule, peak: learningRate, steps: stepsPerEpoch * epochs, warmUp: warmUp,
      stepsPerEpoch: stepsPerEpoch)
  }
}
