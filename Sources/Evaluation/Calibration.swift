/// One bar of a reliability diagram: the predictions whose confidence lies in `(lower, upper]`.
public struct ReliabilityBin: Codable, Hashable, Sendable {
  /// Bounds of the confidence; the first bin includes 0.
  public var lower, upper: Double
  /// How many predictions fall in the bin.
  public var images: Int
  /// Their mean confidence, nil in an empty bin.
  public var confidence: Double?
  /// The share of them that is right, nil in an empty bin.
  public var accuracy: Double?
}

/// How far confidences can be taken at their word.
public struct Calibration: Hashable, Sendable {
  /// Bins of equal width over `0...1`, in ascending order.
  public let bins: [ReliabilityBin]
  /// Σ (share of the bin) · |accuracy − confidence|: the expected calibration error of Guo et al. 2017, eq. 3.
  public let expectedError: Double
  /// Mean confidence of all predictions.
  public let meanConfidence: Double

  /// The calibration of the predicted classes' probabilities.
  public init(_ rows: [PredictionRow], bins count: Int = 15) {
    self.init(rows.lazy.map { ($0.confidence, $0.isCorrect) }, bins: count)
  }

  /// The calibration of some probabilities, each of something that came true or did not.
  init(_ outcomes: some Collection<(probability: Float, isTrue: Bool)>, bins count: Int = 15) {
    precondition(count > 0, "calibration needs at least one bin")
    var images = [Int](repeating: 0, count: count)
    var correct = images
    var confidence = [Double](repeating: 0, count: count)
    for outcome in outcomes {
      let value = Double(outcome.probability)
      // In this order what is no number is in the first bin.
      let place = min(max(0, (value * Double(count)).rounded(.up) - 1), Double(count - 1))
      let bin = Int(place)
      images[bin] += 1
      confidence[bin] += value
      if outcome.isTrue { correct[bin] += 1 }
    }
    bins = (0..<count).map { bin in
      let n = Double(images[bin])
      return ReliabilityBin(
        lower: Double(bin) / Double(count), upper: Double(bin + 1) / Double(count),
        images: images[bin],
        confidence: images[bin] > 0 ? confidence[bin] / n : nil,
        accuracy: images[bin] > 0 ? Double(correct[bin]) / n : nil)
    }
    let total = Double(max(outcomes.count, 1))
    expectedError =
      (0..<count).reduce(0) { $0 + abs(Double(correct[$1]) - confidence[$1]) } / total
    meanConfidence = confidence.reduce(0, +) / total
  }
}
