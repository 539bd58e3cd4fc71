import Evaluation
import Files

/// Runs beside one another, on photos that all of them have answered for: what `finetune compare --json` prints.
package struct RunComparison: Encodable, Sendable {
  /// How many photos the figures are of.
  package let photos: Int
  /// In the order in which they were named.
  package let runs: [Entry]
  /// Of each run but the first, beside it.
  package let comparisons: [Pair]
  /// What a reader should know, one line each.
  package private(set) var notes: [String]

  /// A run and its figures.
  package struct Entry: Encodable, Sendable {
    package let run, base, plan: String
    /// The part of the photos that its predictions are of.
    package let split: String
    /// How many photos it has predictions of.
    package let images: Int
    /// Of the photos that all have answered for.
    package let accuracy, logLoss, macroF1: Double
    package let accuracyInterval: AccuracyInterval
    package let usedForSelection: Bool
    package let trainedOn: Int
    /// `nil` where nothing says so.
    package let trainingSeconds: Double?
    package let bytes: Int
  }

  /// What a run says of a photo.
  package struct Answer: Encodable, Sendable {
    /// One class, or those that are named where classes do not exclude one another.
    package let classes: [String]
    /// Of the one class.
    package let probability: Float?
    package let isRight: Bool
    let logLoss: Double
  }

  /// A photo that one of two runs has right and the other not.
  package struct Flip: Encodable, Sendable {
    /// As the first run has it.
    package let path: String
    package let truth: [String]
    package let first, second: Answer
  }

  /// A run beside the first one.
  package struct Pair: Encodable, Sendable {
    package let run: String
    package let test: McNemarTest
    /// This run's figures less the first one's.
    package let accuracy, logLoss: PairedDifference
    /// What follows from them, in a sentence.
    package let verdict: String
    /// By path.
    package let flipped: [Flip]
  }

  /// - Parameter runs: at least two, of the same classes.
  /// - Throws: `DataError` `.bad` where no photo is common to all; `EvaluationError`.
  init(_ runs: [ComparableRun], notes: [String] = []) throws {
    precondition(runs.count > 1, "one run is beside nothing")
    let common = try CommonPhotos(runs)
    photos = common.places[0].count
    self.runs = try zip(runs, common.places).map { try Entry($0, places: $1) }
    comparisons = (1..<runs.count).map {
      Pair(runs[0], runs[$0], common.places[0], common.places[$0])
    }
    self.notes = notes + common.notes
    self.notes += cautions
  }

  /// What makes figures look better than they are.
  private var cautions: [String] {
    var cautions = runs.compactMap { run -> String? in
      guard run.trainedOn == 0 else {
        return
          "'\(run.run)' was trained on \(run.trainedOn) of its \(run.images.counted("photo")): its figures on them say"
          + " little about other photos"
      }
      return run.usedForSelection
        ? "the training of '\(run.run)' chose by these photos, so its figures are optimistic" : nil
    }
    if comparisons.count > 2 {
      cautions.append(
        "each comparison is judged alone: of twenty between equally good runs, one looks like a difference by chance"
      )
    }
    return cautions
  }
}

extension RunComparison.Entry {
  fileprivate init(_ run: ComparableRun, places: [Int]) throws(EvaluationError) {
    let metrics = try run.metrics(of: places)
    let summary = run.summary
    self.init(
      run: summary.path, base: summary.title, plan: summary.plan, split: metrics.split,
      images: run.measurement.rows.count, accuracy: metrics.accuracy, logLoss: metrics.logLoss,
      macroF1: metrics.macroF1, accuracyInterval: metrics.accuracyInterval,
      usedForSelection: metrics.usedForSelection, trainedOn: metrics.trainedOn,
      trainingSeconds: summary.trainingSeconds, bytes: summary.bytes)
  }
}

extension RunComparison.Pair {
  fileprivate init(
    _ first: ComparableRun, _ second: ComparableRun, _ places: [Int], _ others: [Int]
  ) {
    let answers = zip(places, others).map { (first.answer($0), second.answer($1)) }
    func share(_ answer: RunComparison.Answer) -> Double { answer.isRight ? 1 : 0 }
    run = second.summary.path
    test = McNemarTest(
      onlyFirst: answers.count { $0.isRight && !$1.isRight },
      onlySecond: answers.count { !$0.isRight && $1.isRight })
    accuracy = PairedDifference(answers.map { share($1) - share($0) })
    logLoss = PairedDifference(answers.map { $1.logLoss - $0.logLoss })
    flipped = zip(places, answers).filter { $1.0.isRight != $1.1.isRight }.map { place, pair in
      RunComparison.Flip(
        path: first.measurement.rows[place].path, truth: first.truths(place), first: pair.0,
        second: pair.1)
    }.sorted { $0.path < $1.path }
    verdict = Self.verdict(
      test, logLoss, photos: places.count, "'\(second.summary.path)'", "'\(first.summary.path)'")
  }

  /// What is beyond chance at the customary level of one in twenty.
  private static func verdict(
    _ test: McNemarTest, _ logLoss: PairedDifference, photos: Int, _ own: String, _ first: String
  ) -> String {
    if test.probability < 0.05 {
      let (winner, loser) = test.onlySecond > test.onlyFirst ? (own, first) : (first, own)
      return "\(winner) is right more often than \(loser), by more than chance explains"
    }
    guard logLoss.isBeyondChance else {
      return "\(own) and \(first) cannot be told apart by \(photos.counted("photo"))"
    }
    let (better, worse) = logLoss.difference < 0 ? (own, first) : (first, own)
    return
      "which of the two is right more often cannot be told by \(photos.counted("photo")); the probabilities of"
      + " \(better) are better than those of \(worse), by more than chance explains"
  }
}

/// Photos that all runs have answered for, with the same truth.
private struct CommonPhotos {
  /// Of each run, where the photos are among its rows, in one order for all.
  let places: [[Int]]
  let notes: [String]

  /// - Throws: `DataError` `.bad` where there is none.
  init(_ runs: [ComparableRun]) throws(DataError) {
    let keys = runs[0].places.sorted { $0.value < $1.value }.map(\.key)
      .filter { key in runs.allSatisfy { $0.places[key] != nil } }
    let all = runs.map { run in keys.compactMap { run.places[$0] } }
    let isSame = keys.indices.map { index in
      Set(zip(runs, all).map { run, places in run.truths(places[index]) }).count == 1
    }
    places = all.map { places in zip(places, isSame).filter(\.1).map(\.0) }
    let counts = runs.map { "'\($0.summary.path)' \($0.places.count) of '\($0.measurement.split)'" }
    guard !places[0].isEmpty else {
      throw DataError(
        .bad,
        sentence:
          "these runs have answered for no photo in common (\(counts.joined(separator: ", "))); measure all of them on the same photos with \(.measureOnSamePhotos)"
      )
    }
    var notes: [String] = []
    if runs.contains(where: { $0.places.count != keys.count }) {
      notes.append(
        "the runs were measured on different photos (\(counts.joined(separator: ", "))); the figures are of the"
          + " \(places[0].count) that all have answered for")
    }
    let differing = isSame.count { !$0 }
    if differing > 0 {
      notes.append(
        "\(differing.counted("photo")) \(differing == 1 ? "has" : "have") another label in one run than in another"
          + " and \(differing == 1 ? "is" : "are") left out")
    }
    self.notes = notes
  }
}
