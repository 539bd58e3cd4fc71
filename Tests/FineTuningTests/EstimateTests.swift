import FineTuning
import Testing

@Suite("The estimate of a plan")
struct EstimateTests {
  @Test("counts the solver of a head, even where all features are known")
  func solver() throws {
    let job = try TinyJob()
    let tuner = try FineTuner(job.base, plan: .head, options: job.options)
    func estimate() throws -> (seconds: Double, memory: Int) {
      let part = try #require(try tuner.describe(job.photos, pool: job.pool).parts.first)
      return (try #require(part.seconds), try #require(part.memory))
    }
    let before = try estimate()
    _ = try job.train(.head)
    let after = try estimate()
    #expect(before.seconds > 0 && after.seconds > 0)
    #expect(after.memory > 0 && after.memory < before.memory)
  }
}
