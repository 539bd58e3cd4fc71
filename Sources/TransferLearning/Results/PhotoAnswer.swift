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
  /// The most probable classes; `nil` where the photo could not be read.
  package let top: [Choice]?
  /// Why it could not be read.
  package let error: String?

  /// - Parameters:
  ///   - path: what the photo is called.
  ///   - outcome: what it shows, or why it cannot be read.
  ///   - count: how many classes are named.
  ///   - threshold: how sure an answer has to be; `nil` where all are given.
  package init(
    _ path: String, _ outcome: Result<Prediction, ImageError>, count: Int, threshold: Double?
  ) {
    self.path = path
    switch outcome {
    case .success(let prediction):
      top = prediction.top(count).map {
        Choice(class: $0.label, index: $0.index, probability: $0.probability)
      }
      labels = prediction.named.map { $0.map(\.label) }
      abstained = threshold.map { prediction.isLessSure(than: $0) }
      error = nil
    case .failure(let reason):
      top = nil
      labels = nil
      abstained = nil
      error = reason.message
    }
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
