import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks

/// What is to classify, as a user names it.
package enum ClassifierSource: Codable, Hashable, Sendable {
  /// A run, by the folder that training wrote.
  case run(String)
  /// A model with its own classifier; `nil` for labels and view: what its file says, else the customary
  /// ones.
  case model(Base.Source, labels: [String]?, resize: ResizePolicy?)

  /// Reads network, weights and labels.
  /// - Parameters:
  ///   - backend: `nil`: the one that trained a run, else oneDNN.
  ///   - onDownload: of a model's weights; called on another thread.
  /// - Returns: the classifier, and the run that it is of.
  /// - Throws: as `Classifier.init`.
  package func load(
    backend: BackendChoice? = nil, onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> (classifier: Classifier, run: Run?) {
    switch self {
    case .run(let folder):
      let run = try Run(URL(filePath: folder))
      return (try Classifier(run, backend: backend), run)
    case .model(let source, let labels, let resize):
      let classifier = try Classifier(
        source, labels: labels, resize: resize, backend: backend ?? .oneDNN, onDownload: onDownload)
      return (classifier, nil)
    }
  }
}
