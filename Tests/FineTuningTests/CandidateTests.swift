import FineTuning
import Testing

@Suite("What is kept")
struct CandidateTests {
  @Test(
    "is the better accuracy, then the lower log loss, then the earlier",
    arguments: [
      (0.9, 0.5, 0.8, 0.1, true), (0.8, 0.1, 0.9, 0.5, false), (0.9, 0.2, 0.9, 0.3, true),
      (0.9, 0.3, 0.9, 0.3, false), (0.9, .nan, 0.9, 0.3, false),
    ])
  func order(accuracy: Double, loss: Double, other: Double, otherLoss: Double, isBetter: Bool) {
    let later = Candidate(
      phase: 1, epoch: 2, validation: Score(accuracy: accuracy, logLoss: loss))
    let earlier = Candidate(
      phase: 1, epoch: 1, validation: Score(accuracy: other, logLoss: otherLoss))
    #expect(later.isBetter(than: earlier) == isBetter)
  }
}
