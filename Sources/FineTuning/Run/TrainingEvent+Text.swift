import Files
import Foundation

extension TrainingEvent: CustomStringConvertible {
  /// A sentence for people; phases go by their number. `TrainingNarration` knows their names.
  public var description: String { TrainingNarration().sentence(for: self) }
}

/// Tells a training's events in sentences, phases by their names.
package struct TrainingNarration {
  private var phases: [TrainingEvent.PhaseStart] = []
  private let remedies: (Remedy) -> String

  /// - Parameter remedies: the words for them within a sentence.
  package init(remedies: @escaping (Remedy) -> String = \.description) { self.remedies = remedies }

  /// Learns the names of phases; call it with every event before it is told.
  package mutating func follow(_ event: TrainingEvent) {
    if case .phase(let phase) = event { phases.append(phase) }
  }

  package func sentence(for event: TrainingEvent) -> String {
    switch event {
    case .plan(let plan): plan.description
    case .phase(let phase):
      "phase \(phase.phase + 1) of \(phase.phases), \(phase.name): \(phase.parameters) weights learn"
    case .features(let features): sentence(features)
    case .head(let head):
      "head: solved in \(head.iterations.counted("iteration")), L2 regularisation \(String(format: "%.3g", head.penalty))"
        + figures(head.validationAccuracy, head.validationLogLoss)
        + ", \(head.seconds.secondsInWords(tenths: true))"
    case .step(let step):
      "\(sentence(step)), \(done(step)) of \(total(step)) steps, "
        + String(format: "%.1f images/s", step.imagesPerSecond)
    case .epoch(let epoch): sentence(epoch)
    case .gradients(let gradients):
      "\(name(of: gradients.phase)): gradients of \(gradients.parameters.count) parameters after step"
        + " \(gradients.step) of epoch \(gradients.epoch)"
    case .views(let views): "\(name(of: views.phase)): a picture of the first photos"
    case .checkpoint(let checkpoint): "written: \(checkpoint.path)"
    case .note(let note): "note: \(note.sentence.text(remedies))"
    case .done(let done): sentence(done)
    }
  }

  private func sentence(_ features: TrainingEvent.FeatureProgress) -> String {
    guard features.images == features.total else {
      return "features, \(features.images) of \(features.total.counted("photo")), "
        + String(format: "%.1f images/s", features.imagesPerSecond)
    }
    let cached = features.cached > 0 ? ", \(features.cached) of them from the cache" : ""
    return
      "features: \(features.total.counted("photo"))\(cached), \(features.seconds.secondsInWords(tenths: true))"
  }

  /// Where a step is, and its loss.
  package func sentence(_ step: TrainingEvent.Step) -> String {
    "\(name(of: step.phase)): epoch \(step.epoch) of \(epochs(step)), loss "
      + String(format: "%.3f", step.loss)
  }

  private func epochs(_ step: TrainingEvent.Step) -> Int { phases.last?.epochs ?? step.epoch }

  /// Steps of the phase that have been taken.
  package func done(_ step: TrainingEvent.Step) -> Int { (step.epoch - 1) * step.steps + step.step }

  /// Steps of the phase in all.
  package func total(_ step: TrainingEvent.Step) -> Int { epochs(step) * step.steps }

  private func sentence(_ epoch: TrainingEvent.Epoch) -> String {
    let name = name(of: epoch.phase)
    guard epoch.epoch > 0 else {
      return "\(name): begins" + figures(epoch.validationAccuracy, epoch.validationLogLoss)
    }
    var text = "\(name): epoch \(epoch.epoch) of \(epoch.epochs)"
    if let loss = epoch.trainingLoss { text += String(format: ", training loss %.3f", loss) }
    text += figures(epoch.validationAccuracy, epoch.validationLogLoss)
    return text + ", \(epoch.seconds.secondsInWords(tenths: true))"
      + (epoch.isBest ? ", best so far" : "")
  }

  private func sentence(_ done: TrainingEvent.Done) -> String {
    let name = name(of: done.phase)
    let isSolved = phases.last { $0.phase == done.phase }?.method == .solve
    let kept =
      isSolved
      ? "the head as it was solved"
      : done.epoch == 0
        ? "the weights before phase '\(name)'"
        : "the weights of phase '\(name)' after epoch \(done.epoch)"
    return "kept: \(kept)"
      + figures(done.validationAccuracy, done.validationLogLoss)
      + "; training took \(done.seconds.secondsInWords(tenths: true))"
  }

  private func figures(_ accuracy: Double?, _ logLoss: Double?) -> String {
    guard let accuracy, let logLoss else { return "" }
    return String(format: ", validation accuracy %.1f %%, log loss %.3f", accuracy * 100, logLoss)
  }

  private func name(of phase: Int) -> String {
    phases.last { $0.phase == phase }?.name ?? "phase \(phase + 1)"
  }
}
