import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline

/// What is written of one photo as JSON, by whatever answers.
package struct PhotoAnswer: Encodable, Sendable {
  /// A class with its probability.
  package struct Choice: Encodable, Sendable {
    package let `class`: String
    package let index: Int
    package let probability: Float
  }

  /// What the photo is called.
  package let path: String
  /// What is there, by the thresholds of labels that do not exclude one another; `nil` for others.
  package let labels: [String]?
  /// Whether the answer is not sure enough to be given; `nil` where all are.
  package let abstained: Bool?
  /// The classes of which one is right as often as was wanted, the most probable first; `nil` where nobody asked.
  package let set: [String]?
  /// How unlike the photos are that the run knows; `nil` where nobody asked.
  package let unlike: Double?
  /// Whether that is more than the limit; `nil` where nobody asked.
  package let unknown: Bool?
  /// The most probable classes; `nil` where the photo could not be read.
  package let top: [Choice]?
  /// Why it could not be read.
  package let error: String?

  /// - Parameters:
  ///   - path: what the photo is called.
  ///   - outcome: what it shows, or why it cannot be read.
  ///   - count: how many classes are named.
  ///   - threshold: how sure an answer has to be; `nil` where all are given.
  ///   - sets: which classes the photo may be of; `nil` where nobody asks.
  ///   - unlikeness: of the photo; `nil` where nobody asks.
  package init(
    _ path: String, _ outcome: Result<Prediction, ImageError>, count: Int, threshold: Double?,
    sets: ConformalSets? = nil, unlikeness: PhotoUnlikeness? = nil
  ) {
    unlike = unlikeness?.share
    unknown = unlikeness?.isUnknown
    self.path = path
    switch outcome {
    case .success(let prediction):
      top = prediction.top(count).map {
        Choice(class: $0.label, index: $0.index, probability: $0.probability)
      }
      labels = prediction.named.map { $0.map(\.label) }
      abstained = threshold.map { prediction.isLessSure(than: $0) }
      set = sets.map { $0.classes(prediction.probabilities).map { prediction.labels[$0] } }
      error = nil
    case .failure(let reason):
      top = nil
      labels = nil
      abstained = nil
      set = nil
      error = reason.message
    }
  }
}

/// How unlike the photos that a run knows a photo is.
package struct PhotoUnlikeness: Hashable, Sendable {
  /// The share of the known photos that are nearer to what the others of them look like, `0...1`.
  package let share: Double
  /// Whether it is farther than the limit.
  package let isUnknown: Bool
}

/// From which distance on a photo is of another kind than those that a run knows.
package struct UnknownLimit: Sendable {
  private let known: KnownPhotos
  private let limit: Float
  /// The share of known photos that the limit keeps, `0..<1`.
  package let share: Double

  /// - Throws: `DataError` `.bad` where there are too few known photos to say so.
  package init(_ known: KnownPhotos, keeping share: Double) throws(DataError) {
    guard let limit = known.limit(for: share) else {
      let needed = Int((share / (1 - share)).rounded(.up))
      throw DataError(
        .bad,
        "\(known.usual.count.counted("photo")) that the run knows cannot say what is farther than \(percent(share)) of"
          + " them, expected \(needed) or more; ask for less")
    }
    self.known = known
    self.limit = limit
    self.share = share
  }

  /// - Parameter distance: of a photo.
  package func unlikeness(_ distance: Float) -> PhotoUnlikeness {
    PhotoUnlikeness(share: known.share(nearerThan: distance), isUnknown: distance > limit)
  }
}

/// What is written of photos as one JSON object.
package struct PhotoAnswers: Encodable, Sendable {
  package let predictions: [PhotoAnswer]
  /// How many views of each photo the probabilities are means over; `nil` for one.
  package let tta: Int?
  /// Why none of them could be answered; `nil` where one was.
  package let error: String?

  package init(_ predictions: [PhotoAnswer], tta: Int? = nil, error: String? = nil) {
    self.predictions = predictions
    self.tta = tta
    self.error = error
  }
}
