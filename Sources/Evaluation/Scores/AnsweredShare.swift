/// How many photos a classifier can answer for if it may leave out those that it is least sure of.
///
/// The risk–coverage trade-off of selective classification (Geifman and El-Yaniv 2017), with the predicted
/// class's probability as what it is sure by.
public struct AnsweredShare: Codable, Hashable, Sendable {
  /// The share of the answers that should be right, `0...1`.
  public var wantedPrecision: Double
  /// The lowest probability that is answered; `nil` where no threshold gives so many right answers.
  public var threshold: Double?
  /// The share of the photos that is answered, `0...1`.
  public var coverage: Double
  /// The share of the answers that is right; `nil` without answers.
  public var precision: Double?

  /// The lowest threshold from which on as many answers are right as wanted, or more.
  /// - Parameters:
  ///   - wantedPrecision: `0...1`.
  ///   - rows: what was predicted. A threshold that is chosen and measured on the same photos is somewhat too low:
  ///     choose it by others, and measure it with `measured(on:)`.
  public init(wantedPrecision: Double, choosingBy rows: [PredictionRow]) {
    self.init(wantedPrecision: wantedPrecision, choosingBy: rows.map(Answer.init))
  }

  private init(wantedPrecision: Double, choosingBy answers: [Answer]) {
    self.wantedPrecision = wantedPrecision
    let sorted = answers.sorted { $0.confidence > $1.confidence }
    var right = 0
    var best: (threshold: Float, answered: Int, right: Int)?
    for (place, answer) in sorted.enumerated() {
      if answer.isCorrect { right += 1 }
      let isLast = place + 1 == sorted.count || sorted[place + 1].confidence < answer.confidence
      guard isLast, Double(right) >= wantedPrecision * Double(place + 1) else { continue }
      best = (answer.confidence, place + 1, right)
    }
    threshold = best.map { Double($0.threshold) }
    coverage = ratio(best?.answered ?? 0, answers.count)
    precision = best.map { ratio($0.right, $0.answered) }
  }

  /// What the threshold gives on other photos.
  public func measured(on rows: [PredictionRow]) -> AnsweredShare {
    var measured = self
    let answered = rows.map(Answer.init).filter(answers)
    measured.coverage = ratio(answered.count, rows.count)
    measured.precision =
      answered.isEmpty ? nil : ratio(answered.count(where: \.isCorrect), answered.count)
    return measured
  }

  /// What thresholds give on photos that did not choose them: each fifth is answered by the threshold that the other
  /// four choose. `threshold` is the mean of the five, `nil` where a part finds none.
  /// - Parameters:
  ///   - wantedPrecision: `0...1`.
  ///   - rows: what was predicted.
  public init(wantedPrecision: Double, crossFittedBy rows: [PredictionRow]) {
    var thresholds: [Double?] = []
    var (answered, right) = (0, 0)
    for part in CrossFitting.parts(rows.map(Answer.init)) {
      let chosen = AnsweredShare(wantedPrecision: wantedPrecision, choosingBy: part.choosing)
      let own = part.measured.filter(chosen.answers)
      thresholds.append(chosen.threshold)
      answered += own.count
      right += own.count(where: \.isCorrect)
    }
    self.wantedPrecision = wantedPrecision
    let found = thresholds.compactMap(\.self)
    threshold = found.isEmpty || found.count < thresholds.count ? nil : mean(found)
    coverage = ratio(answered, rows.count)
    precision = answered > 0 ? ratio(right, answered) : nil
  }

  private func answers(_ answer: Answer) -> Bool {
    threshold.map { Double(answer.confidence) >= $0 } ?? false
  }
}

/// How sure a prediction is, and whether it is right.
private struct Answer {
  let confidence: Float
  let isCorrect: Bool

  init(_ row: PredictionRow) {
    let predicted = row.predicted
    confidence = row.probabilities[predicted]
    isCorrect = predicted == row.truth
  }
}
