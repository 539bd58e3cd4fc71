import Foundation

/// Notices in the events of a training what usually means that something is wrong, and says the likely
/// cause: a loss far above that of guessing, answers that do not depend on the photo, and photos learnt
/// by heart. Each is said once a phase.
public struct TrainingAdvice: Sendable {
  private enum Finding: Hashable {
    case worseThanGuessing, constant, learntByHeart
  }

  private var classes: [PlanDescription.Class] = []
  private var phase: TrainingEvent.PhaseStart?
  private var learningRate = 0.0
  private var said: Set<Finding> = []

  /// A mean loss above this many times that of guessing is not where training usually begins.
  private static let guessingFactor = 1.5
  /// Accuracies that differ by less are no matter, however many photos there are.
  private static let gap = 0.15

  public init() {}

  /// What to say after an event.
  public mutating func notes(after event: TrainingEvent) -> [TrainingEvent.Note] {
    switch event {
    case .plan(let plan): classes = plan.classes
    case .phase(let start):
      phase = start
      said = []
    case .step(let step): learningRate = max(learningRate, step.learningRate)
    case .epoch(let epoch) where epoch.epoch > 0:
      return [guessing(epoch), constant(epoch), learntByHeart(epoch)].compactMap { $0 }
    default: break
    }
    return []
  }

  private mutating func note(_ finding: Finding, _ message: String) -> TrainingEvent.Note? {
    said.insert(finding).inserted ? .init(kind: .advice, message: message) : nil
  }

  private mutating func guessing(_ epoch: TrainingEvent.Epoch) -> TrainingEvent.Note? {
    let guess = log(Double(classes.count))
    guard let loss = epoch.trainingLoss, guess > 0, loss > Self.guessingFactor * guess else {
      return nil
    }
    return note(
      .worseThanGuessing,
      "the training loss of epoch \(epoch.epoch) is \(loss.short), far above ln \(classes.count) ="
        + " \(guess.short), which guessing gives; a learning rate that is too high (here"
        + " \(learningRate.short)), wrong labels or weights with other preprocessing do that")
  }

  /// The second epoch is the first that says something: the first may still be warming up.
  private mutating func constant(_ epoch: TrainingEvent.Epoch) -> TrainingEvent.Note? {
    let photos = classes.reduce(0) { $0 + $1.validation }
    guard let accuracy = epoch.validationAccuracy, photos > 0,
      let most = classes.max(by: { $0.validation < $1.validation }),
      epoch.epoch > 1 || epoch.epoch == epoch.epochs
    else { return nil }
    let share = Double(most.validation) / Double(photos)
    guard accuracy <= share + 1e-9 else { return nil }
    return note(
      .constant,
      "\(Self.percent(accuracy)) of the validation photos are right, no more than by always answering"
        + " '\(most.name)': the network does not tell the classes apart; a rate far too high or too low"
        + " (here \(learningRate.short)), very unequal classes (--balance) or labels that do not fit"
        + " the photos do that")
  }

  private mutating func learntByHeart(_ epoch: TrainingEvent.Epoch) -> TrainingEvent.Note? {
    let photos = Double(classes.reduce(0) { $0 + $1.validation })
    guard let training = epoch.trainingAccuracy, let validation = epoch.validationAccuracy,
      photos > 0
    else { return nil }
    let error = (validation * (1 - validation) / photos).squareRoot()
    guard training - validation > max(Self.gap, 3 * error) else { return nil }
    return note(
      .learntByHeart,
      "\(Self.percent(training)) of the training photos are right but \(Self.percent(validation)) of"
        + " those to validate: the network learns the photos by heart; more photos, a stronger"
        + " --augment, --weight-decay or training fewer stages may help, if both kinds of photos were"
        + " taken alike")
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
}
