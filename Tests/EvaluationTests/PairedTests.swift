import Evaluation
import Testing

@Suite("Classifiers on the same photos")
struct PairedTests {
  @Test("McNemar's exact test gives SciPy's probabilities", arguments: PairedGoldens.tests)
  func mcNemar(onlyFirst: Int, onlySecond: Int, probability: Double) {
    let test = McNemarTest(onlyFirst: onlyFirst, onlySecond: onlySecond)
    #expect(abs(test.probability - probability) <= 1e-9 * probability)
    #expect(
      test.probability
        == McNemarTest(onlyFirst: onlySecond, onlySecond: onlyFirst).probability)
  }

  /// One classifier gains a photo in seven and loses one in eleven.
  private static func differences(_ photos: Int) -> [Double] {
    (0..<photos).map { ($0 % 7 == 0 ? 1 : 0) - ($0 % 11 == 0 ? 1 : 0) }
  }

  @Test(
    "the interval of a difference is SciPy's up to one photo", arguments: PairedGoldens.intervals)
  func interval(photos: Int, difference: Double, lower: Double, upper: Double) {
    let found = PairedDifference(Self.differences(photos), samples: 20_000)
    #expect(abs(found.difference - difference) < 1e-12)
    let onePhoto = 1 / Double(photos) + 1e-9
    #expect(abs(found.interval.lower - lower) <= onePhoto)
    #expect(abs(found.interval.upper - upper) <= onePhoto)
    #expect(found == PairedDifference(Self.differences(photos), samples: 20_000))
  }

  @Test(
    "a difference is beyond chance if all of its interval is on one side of 0",
    arguments: [
      ([0.0, 0, 0, 0], false), ([1, 1, 1, 1], true), ([-0.5, -0.5, -0.4], true),
      ([1, -1, 1, -1], false),
    ])
  func beyondChance(differences: [Double], isBeyond: Bool) {
    #expect(PairedDifference(differences).isBeyondChance == isBeyond)
  }
}
