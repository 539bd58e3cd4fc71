import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("A race of bases")
struct BaseRaceTests {
  /// Bases with the features of the tiny job's, and how many multiply-adds more they take for them; and
  /// one that sees nothing.
  private static func candidate(
    _ title: String, of job: TinyJob, detours: Int = 0, isBlind: Bool = false
  ) throws -> BaseCandidate {
    let network = try TinyJob.network(detours: detours)
    var tensors = job.base.tensors
    for detour in 0..<detours {
      // Each channel onto itself.
      tensors["detour\(detour)/kernel"] = Tensor(
        [1, 1, 12, 12], (0..<144).map { $0 % 13 == 0 ? 1 : 0 })
    }
    if isBlind {
      tensors["conv1/kernel"] = tensors["conv1/kernel"].map { Tensor(repeating: 0, $0.shape) }
    }
    let base = Base(
      name: title, network: network, tensors: tensors,
      weights: .pretrained(sha256: "d16e57 \(title)"), preprocessing: .signed)
    return BaseCandidate(title: title, network: network) { base }
  }

  private static func race(
    _ job: TinyJob, seconds: Double = 600, workers: Int = 2,
    onEvent: @escaping (BaseComparison.Event) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> BaseRace {
    BaseRace(
      photos: job.photos, seed: 3, seconds: seconds, options: { _ in job.options },
      pool: WorkerPool(count: workers), onEvent: onEvent, shouldStop: shouldStop)
  }

  private static func outcomes(_ comparison: BaseComparison) -> [String: BaseComparison.Outcome] {
    Dictionary(uniqueKeysWithValues: comparison.entries.map { ($0.base, $0.outcome) })
  }

  @Test("takes the fastest of those that cannot be told from the best, whatever their order")
  func choice() throws {
    let job = try TinyJob(perClass: [20, 20, 20])
    let candidates = [
      try Self.candidate("slow", of: job, detours: 3),
      try Self.candidate("blind", of: job, isBlind: true),
      try Self.candidate("quick", of: job, detours: 1),
    ]
    for order in [[0, 1, 2], [2, 1, 0]] {
      let (chosen, comparison) = try Self.race(job).run(order.map { candidates[$0] })
      #expect(order[chosen] == 2)
      #expect(
        Self.outcomes(comparison) == ["quick": .chosen, "slow": .alike, "blind": .worse])
      #expect(comparison.chosen.base == "quick")
      #expect(comparison.sampled == 60 && comparison.available == 60)
      for entry in comparison.entries {
        let scores = try #require(entry.scores)
        #expect(scores.photos == 60)
        #expect(0...1 ~= scores.accuracy && entry.secondsPerImage ?? 0 > 0)
        #expect(
          scores.accuracyInterval.lower <= scores.accuracy
            && scores.accuracy <= scores.accuracyInterval.upper)
      }
      let blind = try #require(comparison.entries.last?.scores)
      // Of three classes of the same size a head without features knows nothing.
      #expect(abs(blind.logLoss - log(3)) < 0.05)
      #expect(blind.behindBest > 0.3 && blind.error != nil)
    }
  }

  @Test("gives the same figures for any number of workers, and for features that were cached")
  func deterministic() throws {
    let job = try TinyJob(perClass: [20, 20, 20])
    let candidates = try (0..<3).map { try Self.candidate("base \($0)", of: job, detours: $0) }
    let figures = try [1, 3, 3].map { workers in
      try Self.race(job, workers: workers).run(candidates).1.entries.map {
        [$0.base, "\($0.scores?.logLoss ?? 0)", "\($0.scores?.accuracy ?? 0)", $0.outcome.rawValue]
      }
    }
    #expect(figures[0] == figures[1] && figures[1] == figures[2])
  }

  @Test("looks at no photo to validate on, and leaves the features for the training")
  func untouched() throws {
    let job = try TinyJob(perClass: [20, 20, 20])
    var notes = 0
    // What was to be measured on is not even there.
    let hidden = job.folder.url.appending(path: "hidden")
    let measured = job.photos.root.appending(path: "val")
    try FileManager.default.moveItem(at: measured, to: hidden)
    let race = Self.race(job) { if case .note = $0 { notes += 1 } }
    let candidate = try Self.candidate("tiny", of: job)
    let comparison = try race.run([candidate]).1
    #expect(notes == 0 && comparison.chosen.scores?.photos == 60)
    try FileManager.default.moveItem(at: hidden, to: measured)
    let tuner = try FineTuner(candidate.load(), plan: .head, options: job.options)
    var cached: [Int] = []
    _ = try tuner.train(
      on: job.photos, pool: job.pool,
      onEvent: { if case .features(let progress) = $0 { cached.append(progress.cached) } })
    #expect(cached.allSatisfy { $0 == 60 } && !cached.isEmpty)
  }

  @Test("measures the fastest whatever the time, and says which there was no time for")
  func noTime() throws {
    let job = try TinyJob(perClass: [20, 20, 20])
    let (chosen, comparison) = try Self.race(job, seconds: 1e-6).run([
      try Self.candidate("slow", of: job, detours: 3), try Self.candidate("quick", of: job),
    ])
    #expect(chosen == 1)
    #expect(Self.outcomes(comparison) == ["quick": .chosen, "slow": .leftOut])
    let slow = try #require(comparison.entries.last)
    #expect(slow.scores == nil && slow.secondsPerImage == nil)
    #expect(slow.reason?.contains("60 photos would take about") == true)
    #expect(comparison.sentence.hasSuffix("1 base was left out"))
  }

  @Test("goes on with half of many that are alike, the fastest among them, on more photos")
  func halving() throws {
    let job = try TinyJob(perClass: [40, 40, 40])
    var heats: [[Int]] = []
    let race = Self.race(job) {
      if case .heat(let bases, let photos) = $0 { heats.append([bases, photos]) }
    }
    let candidates = try (0..<10).map { try Self.candidate("base \($0)", of: job, detours: $0) }
    let (chosen, comparison) = try race.run(candidates)
    #expect(chosen == 0)
    #expect(heats == [[10, 99], [5, 120]])
    #expect(comparison.entries.count { $0.outcome == .halved } == 5)
    #expect(comparison.entries.count { $0.scores?.photos == 120 } == 5)
    #expect(comparison.sampled == 120)
  }

  @Test("leaves out what it can do without, and throws what is wrong where nothing is left")
  func unusable() throws {
    let job = try TinyJob(perClass: [8, 8, 8])
    let error = UsageFault(sentence: "it is broken")
    let broken = BaseCandidate(title: "broken", network: try TinyJob.network()) {
      throw UnusableBase(error)
    }
    let comparison = try Self.race(job).run([broken, Self.candidate("good", of: job)]).1
    #expect(Self.outcomes(comparison) == ["good": .chosen, "broken": .leftOut])
    #expect(comparison.entries.last?.reason == "it is broken")
    #expect(throws: UsageFault.self) { try Self.race(job).run([broken]) }
    let named = BaseCandidate(title: "named", network: try TinyJob.network()) { throw error }
    #expect(throws: UsageFault.self) {
      try Self.race(job).run([Self.candidate("good", of: job, detours: 4), named])
    }
  }

  @Test("needs two photos of two classes, and stops when it is told to")
  func refusals() throws {
    let few = try TinyJob(perClass: [1, 1, 1])
    #expect(throws: TrainingError.self) {
      try Self.race(few).run([Self.candidate("tiny", of: few)])
    }
    let job = try TinyJob(perClass: [8, 8, 8])
    #expect(throws: TrainingError.interrupted) {
      try Self.race(job, shouldStop: { true }).run([Self.candidate("tiny", of: job)])
    }
  }

  @Test("samples each class in proportion, groups whole, the smaller sample in the larger one")
  func sample() {
    let photos = Photos(
      root: URL(filePath: "photos"), classes: ["a", "b", "c"],
      splits: [
        .train: (0..<120).map { index in
          let label = index < 80 ? 0 : index < 110 ? 1 : 2
          // Turned copies, four of each.
          return Photo(
            path: "\(index).jpg", label: label, digest: "", group: "group \(label) \(index / 4)")
        },
        .test: [Photo(path: "test.jpg", label: 0, digest: "")],
      ])
    let bundles = photos.bundleNumbers
    let sample = RaceSample(photos, bundles: bundles, seed: 5)
    #expect(sample.limit(1000) == 120 && sample.limit(50) == 50)
    let (small, large) = (sample.places(36), sample.places(72))
    #expect(Set(small).isSubset(of: large) && small == small.sorted())
    #expect(photos.imagesPerClass(large)[0] == 48)
    #expect(abs(large.count - 72) <= 8)
    for places in [small, large] {
      for bundle in Set(places.map { bundles[$0] }) {
        let members = photos.all.indices.filter { bundles[$0] == bundle }
        #expect(Set(members).isSubset(of: places))
      }
      #expect(places.allSatisfy { photos.training.contains($0) })
    }
    #expect(sample.places(120) == Array(0..<120))
    #expect(RaceSample(photos, bundles: bundles, seed: 6).places(36) != small)
  }
}

/// An error with a remedy's form.
private struct UsageFault: Remediable {
  let sentence: Sentence
}

@Suite("Figures of photos that belong together")
struct GroupedMeanTests {
  /// Values with their groups, and the mean and error that they have by hand:
  /// √(n/(n − 1) · Σ (x − x̄)²) / n.
  struct Case: Sendable {
    let values: [Double]
    let groups: [Int]
    let mean: Double
    let error: Double
  }

  private static let errorOfFour = (20.0 / 3).squareRoot() / 4

  static let cases: [Case] = [
    Case(values: [1, 2, 3, 4], groups: [0, 1, 2, 3], mean: 2.5, error: errorOfFour),
    // Each photo twice says no more than once.
    Case(
      values: [1, 1, 2, 2, 3, 3, 4, 4], groups: [0, 0, 1, 1, 2, 2, 3, 3], mean: 2.5,
      error: errorOfFour),
    Case(values: [1, 3], groups: [7, 7], mean: 2, error: .infinity),
    Case(values: [5, 5], groups: [0, 1], mean: 5, error: 0),
  ]

  @Test("have the standard error of the groups' sums", arguments: cases)
  func error(_ example: Case) {
    let found = GroupedMean(example.values, groups: example.groups)
    #expect(found.mean == example.mean)
    #expect(found.error == example.error || abs(found.error - example.error) < 1e-12)
  }

  @Test("are worth as many photos as there are, or fewer where they say the same")
  func independent() {
    let single = GroupedMean([1, 0, 1, 1], groups: [0, 1, 2, 3])
    #expect(single.independentCount == 4)
    let pairs = GroupedMean(
      [1, 1, 0, 0, 1, 1, 1, 1], groups: [0, 0, 1, 1, 2, 2, 3, 3])
    // By hand: sums of deviations ½, −1½, ½, ½, so an error of ¼, and ¾ · ¼ / (¼)² = 3.
    #expect(abs(pairs.independentCount - 3) < 1e-9)
    #expect(GroupedMean([1, 1, 1, 1], groups: [0, 0, 1, 1]).independentCount == 2)
  }
}

@Suite("Answers of heads that have not seen the rows")
struct OutOfFoldTests {
  @Test("are those of a head that was solved without the row's fold")
  func answers() throws {
    let data = Clusters(perClass: [30, 20, 25], dimension: 6, spread: 3)
    let solver = data.solver()
    let groups = Array(data.labels.indices)
    let said = try #require(
      solver.outOfFold(data.features, labels: data.labels, classes: 3, groups: groups))
    #expect(said.rows == groups)
    let folds = StratifiedFolds(
      labels: data.labels.map(Int32.init), classes: 3, maximum: 5, seed: solver.options.seed,
      groups: groups)
    let penalty = solver.choosePenalty(
      data.features, labels: data.labels, classes: 3, groups: groups
    ).penalty
    for fold in 0..<5 {
      let others = groups.filter { folds.fold[$0] != fold }
      let head = solver.solve(
        data.features.selecting(others), labels: others.map { data.labels[$0] }, classes: 3,
        penalty: penalty)
      for row in groups where folds.fold[row] == fold {
        let logits = (0..<3).map { unit in
          zip(data.features[row], 0..<6).reduce(Double(head.bias.values[unit])) {
            $0 + Double($1.0) * Double(head.kernel.values[$1.1 * 3 + unit])
          }
        }
        let loss =
          log(logits.reduce(0) { $0 + exp($1) }) - logits[data.labels[row]]
        #expect(abs(said.losses[row] - loss) < 0.02, "row \(row)")
        let likeliest = logits.firstIndex(of: logits.max() ?? 0)
        #expect(said.hits[row] == (likeliest == data.labels[row]))
      }
    }
  }

  @Test("need two classes of two rows that do not belong together")
  func few() {
    let data = Clusters(perClass: [2, 2], dimension: 4)
    #expect(
      data.solver().outOfFold(data.features, labels: data.labels, classes: 2, groups: [0, 0, 1, 1])
        == nil)
    #expect(
      data.solver().outOfFold(
        data.features, labels: data.labels, classes: 2, groups: [0, 1, 2, 3])?
        .rows.count == 4)
  }
}
