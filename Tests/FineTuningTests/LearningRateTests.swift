import FineTuning
import Foundation
import Testing

@Suite("The learning rate")
struct LearningRateTests {
  static let cases: [(golden: String, shape: RateSchedule, warmUp: Double)] = [
    ("constant", .constant, 0), ("constantWarm", .constant, 0.25),
    ("step", .step(every: 2, factor: 0.3), 0), ("stepWarm", .step(every: 2, factor: 0.3), 0.25),
    ("cosine", .cosine, 0), ("cosineWarm", .cosine, 0.25),
    ("oneCycle", .oneCycle, 0.3), ("oneCycleUneven", .oneCycle, 0.17),
  ]

  @Test("is that of PyTorch's schedules over 20 steps", arguments: cases)
  func goldens(name: String, shape: RateSchedule, warmUp: Double) throws {
    let schedule = LearningRateSchedule(
      shape, peak: 0.4, steps: 20, warmUp: warmUp, stepsPerEpoch: 3)
    let expected = try #require(scheduleGoldens[name])
    for (step, rate) in expected.enumerated() {
      #expect(abs(schedule.rate(at: step) - rate) < 1e-12, "\(name), step \(step)")
    }
  }

  @Test("rises to its peak, then falls towards zero")
  func shape() {
    let schedule = LearningRateSchedule(.cosine, peak: 0.5, steps: 40, warmUp: 0.25)
    let rates = (0..<40).map(schedule.rate)
    #expect(schedule.warmUpSteps == 10)
    #expect(zip(rates[0..<10], rates[1...10]).allSatisfy { $0 < $1 })
    #expect(rates[10] == 0.5)
    #expect(zip(rates[10..<39], rates[11...]).allSatisfy { $0 > $1 })
    #expect(rates[39] > 0 && rates[39] < 0.01)
    #expect(rates[0] > 0)
  }

  @Test("is at its peak at once without warm-up, even for a single step")
  func noWarmUp() {
    for shape in RateSchedule.defaults {
      #expect(LearningRateSchedule(shape, peak: 1, steps: 1, warmUp: 0).rate(at: 0) == 1)
    }
    #expect(LearningRateSchedule(.cosine, peak: 1, steps: 1, warmUp: 1).rate(at: 0) == 0.5)
  }

  @Test("is always a number, positive and at most the peak", arguments: RateSchedule.defaults)
  func range(shape: RateSchedule) {
    for steps in 1...30 {
      for warmUp in [0, 0.1, 0.5, 1] {
        let schedule = LearningRateSchedule(
          shape, peak: 2, steps: steps, warmUp: warmUp, stepsPerEpoch: 4)
        for step in 0..<steps {
          let rate = schedule.rate(at: step)
          #expect(rate > 0 && rate <= 2, "\(shape), \(steps) steps, warm-up \(warmUp), \(step)")
        }
      }
    }
  }
}
