import FineTuning
import Testing

@Suite("Advice during training")
struct TrainingAdviceTests {
  struct Case: Sendable {
    var name: String
    var epoch: Int
    var loss: Double?
    var training: Double?
    var validation: Double?
    /// A word of each note, in order.
    var expected: [String]
  }

  @Test(
    "says what is likely to be wrong, and nothing where nothing is",
    arguments: [
      Case(name: "fine", epoch: 3, loss: 0.4, training: 0.9, validation: 0.85, expected: []),
      // ln 4 is 1.39.
      Case(
        name: "as bad as guessing", epoch: 1, loss: 1.4, training: 0.25, validation: 0.5,
        expected: []),
      Case(
        name: "far worse than guessing", epoch: 1, loss: 3, training: 0.3, validation: 0.5,
        expected: ["far above ln 4"]),
      // The largest class has 40 of 100 validation photos.
      Case(
        name: "constant", epoch: 2, loss: 1.3, training: 0.4, validation: 0.4,
        expected: ["always answering 'c'"]),
      Case(
        name: "constant while warming up", epoch: 1, loss: 1.3, training: 0.4, validation: 0.4,
        expected: []),
      Case(
        name: "learnt by heart", epoch: 2, loss: 0.1, training: 1, validation: 0.7,
        expected: ["by heart"]),
      Case(
        name: "a small difference", epoch: 2, loss: 0.1, training: 0.64,
        validation: 0.5, expected: []),
      Case(
        name: "both", epoch: 2, loss: 5, training: 0.9, validation: 0.3,
        expected: ["far above", "always answering", "by heart"]),
      Case(
        name: "nothing measured", epoch: 2, loss: nil, training: nil, validation: nil, expected: []),
    ])
  func findings(example: Case) throws {
    let job = try TinyJob(perClass: [1, 1])
    let plan = try PlanDescription(
      .full, network: job.base.network.addingHead(named: "head", classes: 4),
      tensors: job.base.tensors,
      classes: [("a", 20), ("b", 20), ("c", 40), ("d", 20)].map {
        .init(name: $0.0, training: 100, validation: $0.1)
      })
    var advice = TrainingAdvice()
    let event = TrainingEvent.epoch(
      .init(
        phase: 1, epoch: example.epoch, epochs: 6, trainingLoss: example.loss,
        trainingAccuracy: example.training, validationAccuracy: example.validation,
        validationLogLoss: nil, isBest: true, seconds: 1))
    let phase = TrainingEvent.phase(
      .init(
        phase: 1, phases: 2, name: "all", method: .sgd, epochs: 6, stepsPerEpoch: 9, parameters: 1))
    #expect(advice.notes(after: .plan(plan)).isEmpty)
    #expect(advice.notes(after: phase).isEmpty)
    let notes = advice.notes(after: event)
    #expect(notes.count == example.expected.count, "\(notes)")
    for (note, words) in zip(notes, example.expected) {
      #expect(note.kind == .advice)
      #expect(note.message.contains(words))
      #expect(!note.message.contains("\n"))
    }
    // Once a phase.
    #expect(advice.notes(after: event).isEmpty)
    _ = advice.notes(after: phase)
    #expect(advice.notes(after: event).count == example.expected.count)
  }
}
