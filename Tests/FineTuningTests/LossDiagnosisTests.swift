import FineTuning
import Foundation
import Testing

@Suite("What losses say")
struct LossDiagnosisTests {
  typealias Figures = LossDiagnosis.Figures

  /// A healthy epoch of four classes.
  static let healthy = Figures(
    truths: [25, 25, 25, 25], predictions: [24, 26, 27, 23], trainingLoss: 0.4,
    trainingAccuracy: 0.9, validationLoss: 0.5, validationAccuracy: 0.85, epoch: 4,
    learningRate: 0.01)

  private func findings(_ change: (inout Figures) -> Void) -> [LossDiagnosis.Note] {
    var figures = Self.healthy
    change(&figures)
    return LossDiagnosis(figures, classes: ["ant", "bee", "cat", "dog"]).notes
  }

  @Test("is nothing while all is well")
  func healthy() {
    #expect(findings { _ in }.isEmpty)
    // At the beginning a loss of ln C is what it must be.
    let early = findings {
      $0.epoch = 1
      $0.trainingLoss = log(4)
      $0.trainingAccuracy = 0.25
      $0.validationLoss = 1.2
      $0.validationAccuracy = 0.5
    }
    #expect(early.isEmpty)
  }

  @Test("a training loss far above ln C is a rate that is too high")
  func aboveChance() {
    let notes = findings {
      $0.trainingLoss = 5
      $0.validationLoss = 7
      $0.trainingAccuracy = 0.3
      $0.validationAccuracy = 0.3
    }
    #expect(notes.map(\.finding) == [.aboveChance])
    #expect(notes.first?.message.contains("ln 4 = 1.39") == true)
    #expect(notes.first?.message.contains("the rate 0.01 is probably too high") == true)
  }

  @Test("a validation loss far above ln C has a cause of its own")
  func validationAlone() {
    func cause(_ change: (inout Figures) -> Void) -> String {
      findings {
        $0.validationLoss = 4
        change(&$0)
      }.first { $0.finding == .aboveChance }?.message ?? ""
    }
    #expect(cause { $0.validationAccuracy = 0.7 }.contains("wrong with confidence"))
    #expect(cause { $0.validationAccuracy = 0.1 }.contains("labelled or made differently"))
    let norms = cause {
      $0.validationAccuracy = 0.3
      $0.batchNormTrains = true
    }
    #expect(norms.contains("take frozen norms or more steps"))
  }

  @Test("predictions that never vary are dead features, or the largest class")
  func constant() {
    let dead = findings {
      $0.predictions = [0, 100, 0, 0]
      $0.trainingAccuracy = 0.25
      $0.validationAccuracy = 0.25
    }
    #expect(dead.map(\.finding) == [.constant])
    #expect(
      dead[0].message.hasPrefix("'bee' is predicted for 100 % of the photos and right for 25 %"))
    let large = findings {
      $0.truths = [10, 70, 10, 10]
      $0.predictions = [1, 99, 0, 0]
      $0.trainingAccuracy = 0.7
      $0.validationAccuracy = 0.7
    }
    #expect(large[0].sentence.remedies == [.balanceByWeights])
    // Where nearly all photos are of one class, predicting it is no fault.
    #expect(
      findings {
        $0.truths = [95, 5, 0, 0]
        $0.predictions = [100, 0, 0, 0]
      }.isEmpty)
  }

  @Test("much better in training than in validation is learning by heart")
  func overfitting() {
    let notes = findings {
      $0.trainingAccuracy = 1
      $0.validationAccuracy = 0.7
    }
    #expect(notes.map(\.finding) == [.overfitting])
    // Ten photos are too few to tell.
    #expect(
      findings {
        $0.trainingAccuracy = 1
        $0.validationAccuracy = 0.7
        $0.truths = [3, 3, 2, 2]
        $0.predictions = [3, 3, 2, 2]
      }.isEmpty)
  }

  @Test("no better than guessing after several epochs is not learning")
  func notLearning() {
    let notes = findings {
      $0.trainingLoss = 1.38
      $0.trainingAccuracy = 0.26
      $0.validationLoss = 1.39
      $0.validationAccuracy = 0.25
    }
    #expect(notes.map(\.finding) == [.notLearning])
  }

  @Test("tells what made a loss diverge")
  func divergence() {
    func cause(step: Int, first: Double?) -> String {
      LossDiagnosis.divergence(
        loss: .nan, step: step, rate: 0.5, first: first, classes: 12
      ).description
    }
    #expect(cause(step: 0, first: nil).contains("before any weight had changed"))
    #expect(cause(step: 7, first: 2.4).contains("the rate is too high"))
    #expect(cause(step: 7, first: 40).contains("far above ln 12"))
  }
}
