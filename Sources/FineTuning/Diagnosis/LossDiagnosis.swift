import Files
import Foundation

/// What the figures of a phase say about a training that goes wrong, with the likely cause.
///
/// A yardstick for every loss is ln C, that of guessing among C classes.
package struct LossDiagnosis: Hashable, Sendable {
  /// The figures after an epoch.
  package struct Figures: Hashable, Sendable {
    /// Images of each class that were to be recognised.
    package var truths: [Int]
    /// How often each class was predicted for them.
    package var predictions: [Int]
    /// The mean over the epoch's training photos.
    package var trainingLoss: Double
    package var trainingAccuracy: Double
    /// On the validation photos, `nil` without any.
    package var validationLoss: Double?
    package var validationAccuracy: Double?
    /// Epochs of this phase so far, at least 1.
    package var epoch: Int
    /// The peak rate of the phase.
    package var learningRate: Double
    /// Whether norms use the batch's statistics.
    package var batchNormTrains: Bool
    /// Whether training photos vary (augmentation, mixing, smoothed labels), so that the training
    /// figures are those of a harder task.
    package var trainingIsHarder: Bool

    /// - Parameters:
    ///   - truths: by class, of the validation photos, else of the training photos.
    ///   - predictions: of the same photos.
    package init(
      truths: [Int], predictions: [Int], trainingLoss: Double, trainingAccuracy: Double,
      validationLoss: Double?, validationAccuracy: Double?, epoch: Int, learningRate: Double,
      batchNormTrains: Bool = false, trainingIsHarder: Bool = false
    ) {
      precondition(truths.count == predictions.count, "a count for each class")
      self.truths = truths
      self.predictions = predictions
      self.trainingLoss = trainingLoss
      self.trainingAccuracy = trainingAccuracy
      self.validationLoss = validationLoss
      self.validationAccuracy = validationAccuracy
      self.epoch = epoch
      self.learningRate = learningRate
      self.batchNormTrains = batchNormTrains
      self.trainingIsHarder = trainingIsHarder
    }
  }

  package enum Finding: String, Codable, Hashable, Sendable, CaseIterable {
    /// The loss is far above that of guessing.
    case aboveChance
    /// Nearly all predictions are one class.
    case constant
    /// Much better on training photos than on validation photos.
    case overfitting
    /// After several epochs no better than guessing.
    case notLearning
  }

  /// A sentence for each finding, with what to do.
  package struct Note: Hashable, Sendable {
    package let finding: Finding
    package let sentence: Sentence

    /// The sentence in the words of the libraries.
    package var message: String { sentence.description }
  }

  /// The worst first; empty when nothing is wrong.
  package let notes: [Note]

  /// - Parameter classes: their names, in the order of the counts.
  package init(_ figures: Figures, classes: [String]) {
    precondition(classes.count == figures.truths.count, "a name for each class")
    let reader = Reader(figures: figures, classes: classes)
    notes = [
      reader.aboveChance, reader.constant, reader.notLearning, reader.overfitting,
    ].compactMap { $0 }
  }

  /// Why a loss that is no number, or beyond every bound, became so.
  /// - Parameters:
  ///   - loss: what it became.
  ///   - step: the update it happened in, from 0, over all of the phase.
  ///   - rate: that of the update.
  ///   - first: the mean loss of the steps before it; `nil` when that is not known.
  /// - Returns: half a sentence that follows "the loss became …".
  package static func divergence(
    loss: Double, step: Int, rate: Double, first: Double?, classes: Int
  ) -> Sentence {
    let chance = log(Double(classes))
    guard step > 0 else {
      return
        "in the first step, before any weight had changed: the weights or the photos' values do not"
        + " suit this network (\(.otherWeights), \(.namePreprocessing([])))"
    }
    if let first, first > 3 * chance + 1 {
      return
        "after it had been \(first.short), far above ln \(classes) = \(chance.short), the loss of"
        + " guessing: the photos' values may not be what the weights were trained on, or the rate"
        + " \(rate.short) is too high"
    }
    return
      "after \(step) steps, at a rate of \(rate.short): the rate is too high; \(.findRate) suggests one"
  }
}

/// Reads the figures.
private struct Reader {
  typealias Note = LossDiagnosis.Note
  let figures: LossDiagnosis.Figures
  let classes: [String]

  private var chance: Double { log(Double(max(2, classes.count))) }
  private var guessing: String { "ln \(classes.count) = \(chance.short), the loss of guessing" }
  private var count: Int { figures.truths.reduce(0, +) }
  private var rate: String { figures.learningRate.short }

  /// A loss is far above chance when it is half as large again, and not by rounding.
  private func isFarAbove(_ loss: Double) -> Bool { loss > 1.5 * chance && loss > chance + 0.3 }

  /// The accuracy of always naming the most frequent class.
  private var majority: Double {
    count > 0 ? Double(figures.truths.max() ?? 0) / Double(count) : 0
  }

  var aboveChance: Note? {
    if isFarAbove(figures.trainingLoss) {
      return Note(
        finding: .aboveChance,
        sentence:
          "the training loss is \(figures.trainingLoss.short), far above \(guessing): the rate"
          + " \(rate) is probably too high; \(.findRate) suggests one")
    }
    guard let loss = figures.validationLoss, isFarAbove(loss) else { return nil }
    let accuracy = figures.validationAccuracy ?? 0
    let start: Sentence =
      "the validation loss is \(loss.short), far above \(guessing), while training has"
      + " \(figures.trainingLoss.short): "
    if figures.batchNormTrains, accuracy < 1.5 * majority {
      return Note(
        finding: .aboveChance,
        sentence: start
          + "the norms' moving statistics have not settled; take \(.frozenNorms) or more steps")
    }
    if accuracy < majority, figures.trainingAccuracy > 0.8 {
      return Note(
        finding: .aboveChance,
        sentence: start
          + "the validation photos may be labelled or made differently; compare their class folders"
      )
    }
    return Note(
      finding: .aboveChance,
      sentence: start
        + "it is wrong with confidence; a lower rate than \(rate), \(.labelSmoothing)"
        + " or \(.strongerAugmentation) helps")
  }

  var constant: Note? {
    guard count >= 10, let most = figures.predictions.max(),
      let index = figures.predictions.firstIndex(of: most)
    else { return nil }
    let predicted = Double(most) / Double(max(1, figures.predictions.reduce(0, +)))
    let share = Double(figures.truths[index]) / Double(count)
    guard predicted >= 0.98, share < 0.9 else { return nil }
    let start: Sentence =
      "'\(classes[index])' is predicted for \(percent(predicted)) of the photos and right for"
      + " \(percent(share)): "
    if share > 1.5 / Double(classes.count) {
      return Note(
        finding: .constant,
        sentence: start + "it is the largest class; try \(.balanceByWeights)")
    }
    return Note(
      finding: .constant,
      sentence: start + "the features may have died at the rate \(rate); take a lower one, or"
        + " \(.findRate)")
  }

  var notLearning: Note? {
    guard figures.epoch >= 3, figures.trainingLoss > 0.97 * chance,
      !isFarAbove(figures.trainingLoss), figures.trainingAccuracy < 1.2 * majority
    else { return nil }
    return Note(
      finding: .notLearning,
      sentence:
        "after \(figures.epoch) epochs the training loss is \(figures.trainingLoss.short), still about"
        + " \(guessing): the rate \(rate) is too low or too high, or the classes cannot be told apart"
        + " in these photos; \(.findRate) suggests a rate")
  }

  var overfitting: Note? {
    guard let accuracy = figures.validationAccuracy, count >= 20 else { return nil }
    let gap = figures.trainingAccuracy - accuracy
    // A tenth, or three standard errors of the validation figure where they are more.
    let error = (max(accuracy * (1 - accuracy), 0.01) / Double(count)).squareRoot()
    guard figures.trainingAccuracy > 0.9, gap > max(0.1, 3 * error) else { return nil }
    let harder = figures.trainingIsHarder ? ", although its photos vary" : ""
    return Note(
      finding: .overfitting,
      sentence:
        "training has an accuracy of \(percent(figures.trainingAccuracy))\(harder), validation"
        + " \(percent(accuracy)): the photos are learnt by heart; more photos help most, else"
        + " \(.strongerAugmentation), \(.weightDecay), or \(.fewerStages)")
  }

  private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}
