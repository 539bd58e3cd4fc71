import Files
import Foundation

/// How the page tells of the training.
extension ReportPage {
  struct Story {
    let facts: [Fact]
    let phases: [Phase]
    let decisions: [String]
    let hasDecisions: Bool

    struct Phase {
      let name, sentence: String
      let curve: LossCurve?
    }
  }
}

/// Losses of a phase in the units of its drawing, 400 by 150.
struct LossCurve {
  let label, highest, epochs: String
  /// Paths of SVG.
  let training, validation: String?
  /// Where validation photos were asked.
  let dots: [Dot]

  struct Dot { let x, y, title: String }

  private static let width = 400.0
  private static let height = 150.0
  /// More epochs are not told apart in the drawing.
  private static let mostEpochs = 1000

  /// So many epochs at even distances, and the last one.
  private static func drawn(_ epochs: [TrainingStory.Epoch]) -> [TrainingStory.Epoch] {
    let distance = (epochs.count + mostEpochs - 1) / mostEpochs
    return epochs.enumerated().filter { place, _ in
      place % distance == 0 || place == epochs.count - 1
    }.map(\.element)
  }

  /// - Returns: `nil` for fewer than two losses.
  init?(_ phase: TrainingStory.Phase) {
    let losses = phase.epochs.flatMap { [$0.trainingLoss, $0.validationLoss] }.compactMap(\.self)
      .filter(\.isFinite)
    guard let last = phase.epochs.last?.epoch, last > 0, losses.count > 1,
      let most = losses.max(), most > 0
    else { return nil }
    func point(_ epoch: Int, _ loss: Double) -> (x: String, y: String) {
      (
        decimal(Self.width * Double(epoch) / Double(last), 1),
        decimal(Self.height * (1 - loss / most), 1)
      )
    }
    let drawn = Self.drawn(phase.epochs)
    func path(_ value: (TrainingStory.Epoch) -> Double?) -> String? {
      let points = drawn.compactMap { epoch in
        value(epoch).flatMap { $0.isFinite ? point(epoch.epoch, $0) : nil }
      }
      guard points.count > 1 else { return nil }
      return "M" + points.map { "\($0.x) \($0.y)" }.joined(separator: "L")
    }
    training = path(\.trainingLoss)
    validation = path(\.validationLoss)
    dots = drawn.compactMap { epoch in
      guard let loss = epoch.validationLoss, loss.isFinite else { return nil }
      let (x, y) = point(epoch.epoch, loss)
      let accuracy = epoch.validationAccuracy.map { ", accuracy \(percent($0))" } ?? ""
      return Dot(x: x, y: y, title: "epoch \(epoch.epoch): log loss \(decimal(loss, 3))\(accuracy)")
    }
    highest = decimal(most, 2)
    epochs = "\(last)"
    label = "Losses of the phase \(phase.name) by epoch"
  }
}

extension ReportPage.Story {
  init(_ story: TrainingStory) {
    facts = [
      ("Command", story.command),
      ("Training took, reading photos not counted", story.seconds.map { $0.secondsInWords() }),
    ].compactMap { name, value in value.map { ReportPage.Fact(name: name, value: $0) } }
    phases = story.phases.map {
      Phase(name: $0.name, sentence: Self.sentence($0), curve: LossCurve($0))
    }
    decisions = story.decisions
    hasDecisions = !decisions.isEmpty
  }

  private static func sentence(_ phase: TrainingStory.Phase) -> String {
    let weights = "\(phase.parameters.counted("weight"))"
    let validation = phase.epochs.last { $0.validationLoss != nil }
    let outcome =
      validation.map { epoch in
        ", then log loss \(decimal(epoch.validationLoss ?? 0, 3))"
          + (epoch.validationAccuracy.map { " and accuracy \(percent($0))" } ?? "")
          + " of the validation photos"
      } ?? ""
    let epochs = phase.epochs.last?.epoch ?? 0
    return phase.isSolved
      ? "A head of \(weights) on the frozen network's features, solved to its optimum\(outcome)."
      : "\(weights) learnt in \(epochs.counted("epoch"))\(outcome)."
  }
}
