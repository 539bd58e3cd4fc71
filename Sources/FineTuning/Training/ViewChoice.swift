import ImagePipeline
import TensorKernels

/// Which way of bringing photos to the network's size suits them: the one on whose features a head has
/// the lowest cross-validated log loss.
///
/// What matters may be small and in the middle, or at the margins, or in the whole shape; the photos'
/// labels know. Features of all views are cached, and the head is then solved on those of the chosen one.
struct ViewChoice {
  let policy: ResizePolicy
  /// What was found, in a sentence.
  let finding: String

  /// By how much, relatively, another view than the base's usual one has to be better: squashing distorts
  /// shapes, fitting leaves fewer pixels, and features that are as good without tune better; and what a
  /// network was trained to see is not given up for nothing.
  private static let margin = 0.05

  /// What is tried: one way of cropping, and squashing without smoothing only for a network that does so itself.
  /// - Parameters:
  ///   - usual: the base's view.
  ///   - cropping: what cropping is for the base.
  static func candidates(usual: ResizePolicy, cropping: ResizePolicy) -> [ResizePolicy] {
    var candidates = [cropping]
    for policy in [usual, .squash, .fit] where !candidates.contains(policy) {
      candidates.append(policy)
    }
    return candidates
  }

  /// - Parameter session: of a plan that begins with a solved head, with any view.
  /// - Throws: as training.
  init(_ session: TrainingSession) throws {
    let usual = session.options.resize
    let candidates = Self.candidates(usual: usual, cropping: session.base.cropping)
    var losses: [ResizePolicy: Double] = [:]
    for policy in candidates {
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
    let others = candidates.filter { $0 != usual }
    guard let kept = losses[usual], losses.values.allSatisfy(\.isFinite),
      let other = others.min(by: { losses[$0] ?? .infinity < losses[$1] ?? .infinity }),
      let tried = losses[other]
    else {
      policy = usual
      finding = "photos are \(usual.participle): there are too few of them to try what suits them"
      return
    }
    policy = tried < kept * (1 - Self.margin) ? other : usual
    let found = candidates.map { "\((losses[$0] ?? .nan).short) for \($0.participle)" }
    finding =
      "photos are \(policy.participle): the cross-validated log loss of a head on their features is "
      + found.joined(separator: ", ")
  }
}

extension ResizePolicy {
  /// What photos then are.
  fileprivate var participle: String {
    switch self {
    case .crop: "cropped"
    case .squash: "squashed"
    case .bilinear: "squashed without smoothing"
    case .fit: "fitted"
    case .cut: "cropped as the weights expect"
    case .cover: "cropped without a margin"
    }
  }
}

extension Photos {
  /// Whether most photos have so nearly the shape of the network's input that all views show the same.
  package func areMostly(shapedLike size: ImageSize) -> Bool {
    let known = all[trainingAndValidation].compactMap { facts[$0.path] }
    let others = known.count {
      let shape = Double($0.width * size.height) / Double($0.height * size.width)
      return max(shape, 1 / shape) > 1.1
    }
    return Double(others) < 0.1 * Double(max(1, known.count))
  }
}

extension FineTuningPlan {
  /// Whether the plan begins with a head that can judge a view.
  package var canChooseView: Bool { headMethod == .solve }
}
