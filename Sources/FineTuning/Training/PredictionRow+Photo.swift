import Evaluation
import ImagePipeline

extension PredictionRow {
  /// What was predicted of a photo whose label says what is true of it.
  package init(_ photo: Photo, _ labelling: Labelling, probabilities: [Float]) {
    if labelling.isMultiLabel {
      self.init(
        path: photo.path, truths: labelling.classes(of: photo.label), probabilities: probabilities)
    } else {
      self.init(path: photo.path, truth: photo.label, probabilities: probabilities)
    }
  }
}
