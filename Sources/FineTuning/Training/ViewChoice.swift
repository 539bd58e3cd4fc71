import ImagePipeline

/// Which way of making a photo a square suits the photos: the one on whose features a head has the lower
/// cross-validated log loss.
///
/// What matters may be small and in the middle, or at the margins, or in the whole shape; the photos'
/// labels know. Features of both views are cached, and the head is then solved on those of the chosen one.
struct ViewChoice {
  let policy: ResizePolicy
  /// What was found, in a sentence.
  let finding: String

  /// By how much, relatively, another view than the base's usual one has to be better: squashing distorts
  /// shapes, and features that are as good undistorted tune better; and what a network was trained to see is
  /// not given up for nothing.
  private static let margin = 0.05

  /// - Parameter session: of a plan that begins with a solved head, with either view.
  /// - Throws: as training.
  init(_ session: TrainingSession) throws {
    let usual = session.options.resize
    let other: ResizePolicy = usual == .crop ? .squash : .crop
    var losses: [ResizePolicy: Double] = [:]
    for policy in [usual, other] {
      var options = session.options
      options.resize = policy
      let one = session.with(options)
      let features = try FeatureExtraction(session: one, boundary: nil, keeping: [])
        .run(Array(one.photos.trainingAndValidation))
      try one.checkInterruption()
      losses[policy] = try session.ranks.fromFirst {
        HeadPhase(session: one, index: 0).crossValidatedLogLoss(features)
      }
    }
    guard let kept = losses[usual], let tried = losses[other], kept.isFinite, tried.isFinite else {
      policy = usual
      finding =
        "photos are \(usual.participle): there are too few of them to try whether \(other.gerund) suits them"
      return
    }
    policy = tried < kept * (1 - Self.margin) ? other : usual
    let (crop, squash) = usual == .crop ? (kept, tried) : (tried, kept)
    finding =
      "photos are \(policy.participle): a head on features of cropped ones has a"
      + " cross-validated log loss of \(crop.short), of squashed ones \(squash.short)"
  }
}

extension ResizePolicy {
  fileprivate var participle: String { self == .crop ? "cropped" : "squashed" }
  fileprivate var gerund: String { self == .crop ? "cropping" : "squashing" }
}

extension Photos {
  /// Whether most photos are so nearly square that crops and squashed photos show the same.
  package var areMostlySquare: Bool {
    let known = all[trainingAndValidation].compactMap { facts[$0.path] }
    let oblong = known.count {
      Double(max($0.width, $0.height)) > 1.1 * Double(min($0.width, $0.height))
    }
    return Double(oblong) < 0.1 * Double(max(1, known.count))
  }
}

extension FineTuningPlan {
  /// Whether the plan begins with a head that can judge a view.
  package var canChooseView: Bool { headMethod == .solve }
}
