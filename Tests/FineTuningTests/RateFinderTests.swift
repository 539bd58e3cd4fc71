import Files
import FineTuning
import Foundation
import TensorKernels
import Testing

@Suite("The rate finder")
struct RateFinderTests {
  /// Feeds a test with what a curve gives for each rate, and noise.
  private func test(
    _ finder: RateFinder = RateFinder(), noise: Double = 0, _ curve: (Double) -> Double
  ) -> RateFinder {
    var finder = finder
    var random = CounterRandom(seed: 5, epoch: 0, index: 0)
    while let rate = finder.nextRate {
      finder.add(loss: curve(rate) + noise * random.uniform(-1, 1))
    }
    return finder
  }

  /// A loss that falls from 2 around a rate, and rises beyond a hundred times it.
  private func valley(around rate: Double) -> (Double) -> Double {
    { 0.5 + 1.5 / (1 + pow($0 / rate, 2)) + pow($0 / (100 * rate), 3) }
  }

  @Test("tries rates that grow exponentially from the first to the last")
  func rates() {
    let finder = test { _ in 1 }
    #expect(finder.points.count == 100)
    #expect(finder.points.first?.rate == 1e-6)
    #expect(abs((finder.points.last?.rate ?? 0) - 1) < 1e-12)
    let factors = zip(finder.points, finder.points.dropFirst()).map { $1.rate / $0.rate }
    #expect((factors.max() ?? 0) - (factors.min() ?? 1) < 1e-9)
    #expect(RateFinder(for: .adamW()).highest < RateFinder(for: .sgd()).highest)
    #expect(RateFinder(for: .lars()).highest > RateFinder(for: .sgd()).highest)
  }

  @Test(
    "suggests a rate where the loss falls, wherever that is",
    arguments: [1e-5, 1e-4, 1e-3], [0, 0.05, 0.2])
  func steepest(rate: Double, noise: Double) throws {
    let finder = test(noise: noise, valley(around: rate))
    guard case .steepest(let found) = try #require(finder.suggestion) else {
      Issue.record("no fall was found")
      return
    }
    // The mean of the last losses is late by about ten steps, a factor 4; noise costs some more.
    #expect(found > 0.5 * rate && found < 15 * rate, "\(found)")
    let lowest = finder.points.min { $0.smoothed < $1.smoothed }
    #expect(found <= (lowest?.rate ?? 0) / 10 * 1.0001)
  }

  @Test("suggests less than what makes a loss rise that does not fall", arguments: [0, 0.03])
  func solved(noise: Double) throws {
    let finder = test(noise: noise) { 0.1 + ($0 > 0.05 ? 10 * $0 : 0) }
    guard case .belowRise(let found) = try #require(finder.suggestion) else {
      Issue.record("noise was taken for a fall")
      return
    }
    #expect(found > 0.002 && found < 0.02, "\(found)")
  }

  @Test("ends where the loss diverges or is no number", arguments: [Double.nan, .infinity, 1e6])
  func divergence(loss: Double) {
    let finder = test { $0 > 1e-2 ? loss : 1 / (1 + 1e3 * $0) }
    #expect(finder.hasDiverged)
    #expect(finder.nextRate == nil)
    #expect(finder.points.allSatisfy { $0.rate <= 1e-2 && $0.smoothed.isFinite })
    #expect(finder.suggestion != nil)
  }

  @Test("suggests nothing after a few steps")
  func few() {
    #expect(test { $0 > 1e-6 ? .nan : 1 }.suggestion == nil)
  }

  @Test("draws what it measured")
  func plot() throws {
    let finder = test(noise: 0, valley(around: 1e-4))
    let svg = finder.plot(title: "a < b & c")
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("a &lt; b &amp; c"))
    let line = try #require(svg.firstMatch(of: /<polyline points="([^"]*)"/)).1
    #expect(line.split(separator: " ").count == finder.points.count)
    let rate = String(format: "%.3g", finder.suggestion?.rate ?? 0)
    #expect(svg.contains(">\(rate)</text>"))
    #expect(!svg.contains("nan"))
    // Without any point there is still a picture.
    #expect(RateFinder().plot().hasSuffix("</svg>\n"))
  }

  @Test("tests rates in memory: training then is what it would have been, bit for bit")
  func untouched() throws {
    let job = try TinyJob()
    let plan = job.plan(.lastStage)
    let tuner = try FineTuner(job.base, plan: plan, options: job.options)
    let before = try job.train(plan).result
    let weights = tuner.base.tensors
    var calls = 0
    let finder = try tuner.findRate(
      on: job.photos, pool: job.pool, finder: RateFinder(steps: 40),
      onStep: { _ in calls += 1 })
    #expect(tuner.base.tensors == weights)
    #expect(calls == finder.points.count + (finder.hasDiverged ? 1 : 0))
    #expect(finder.points.count >= 10)
    let after = try tuner.train(on: job.photos, pool: job.pool)
    #expect(after.tensors == before.tensors)
    #expect(after.best == before.best)
  }

  @Test("finds the same for any number of workers, and no rate for a head that is solved")
  func workers() throws {
    var found: [RateFinder] = []
    for workers in [1, 3] {
      let job = try TinyJob(workers: workers)
      var plan = FineTuningPlan.head
      plan.setHeadMethod(.sgd)
      let tuner = try FineTuner(job.base, plan: job.plan(plan), options: job.options)
      found.append(
        try tuner.findRate(
          on: job.photos, pool: job.pool, finder: RateFinder(steps: 30)))
    }
    #expect(found[0] == found[1])
    let job = try TinyJob()
    let solved = try FineTuner(job.base, plan: .head, options: job.options)
    #expect(throws: TrainingError.noRate(plan: solved.plan.name)) {
      try solved.findRate(on: job.photos, pool: job.pool)
    }
  }
}
