import Files
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// What a classifier's probabilities are made of: one score for each label, which has a gradient everywhere.
struct ClassifierScores: Sendable {
  /// Ends in the scores.
  let network: Network
  /// By parameter name.
  let tensors: [String: Tensor]
  /// How they become probabilities.
  private let form: Classifier.OutputForm
  private let labels: [String]

  /// - Throws: `NetworkError`.
  init(_ classifier: Classifier) throws {
    labels = classifier.labels
    let whole = classifier.network
    switch classifier.form {
    case .binaryLogit:
      // One output speaks for the second of two labels, and against the first.
      let name = "\(whole[whole.output].name)_of_both"
      network = try whole.addingHead(named: name, classes: 2)
      tensors = classifier.tensors.merging([
        "\(name)/kernel": Tensor([1, 2], [-1, 1]), "\(name)/bias": Tensor([2], [0, 0]),
      ]) { $1 }
      form = .independentLogits
    case .probabilities where whole.outputActivation != .linear:
      network = try whole.withoutLastActivation()
      tensors = classifier.tensors
      form = whole.outputActivation == .softmax ? .logits : .independentLogits
    case .probabilities, .logits, .independentLogits:
      (network, tensors, form) = (whole, classifier.tensors, classifier.form)
    }
  }

  /// What the scores say of a label; `nil`: of the most probable one.
  func answer(_ scores: UnsafeBufferPointer<Float>, _ label: Int?) -> Prediction.Answer {
    let prediction = Prediction(labels: labels, probabilities: form.probabilities(scores))
    return label.map(prediction.answer) ?? prediction.best
  }

  /// The derivative of a label's score by each of them.
  func weights(of label: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: labels.count)
    weights[label] = 1
    return weights
  }
}

extension Classifier {
  /// The place of a label among the outputs.
  /// - Parameter name: one of `labels`.
  /// - Throws: `UsageError` when there is no such label.
  public func index(of name: String) throws(UsageError) -> Int {
    if let index = labels.firstIndex(of: name) { return index }
    let similar = labels.filter { $0.localizedCaseInsensitiveContains(name) }
    let named = (similar.isEmpty ? labels : similar).prefix(5).map { "'\($0)'" }
    throw UsageError(
      "there is no class '\(name)' among the \(labels.count) of the classifier; "
        + "\(similar.isEmpty ? "the first ones are" : "similar ones are") \(named.joined(separator: ", "))"
    )
  }

  /// A photo as the network sees it, and what becomes of its pixels.
  package func seen(_ photo: Image) -> SeenPhoto {
    SeenPhoto(
      view: photo.evaluationView(resize, size: imageSize),
      values: [Float](unsafeUninitializedCapacity: network.inputShape.count) { values, count in
        if let target = values.baseAddress {
          preprocessing.write(photo, resize, size: imageSize, to: target)
        }
        count = network.inputShape.count
      })
  }
}

/// A photo at the size that a classifier's network reads.
package struct SeenPhoto: Sendable {
  /// What the network is shown of it.
  package let view: Image
  /// Preprocessed, `[height, width, channels]`.
  package let values: [Float]
}
