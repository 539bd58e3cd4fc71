import Files
import Foundation
import Testing

@Suite("A sentence")
struct SentenceTests {
  private let sentence: Sentence =
    "the rate \(0.1) is too high; take \(.lowerRate), or \(.findRate)"

  @Test("names its remedies in the libraries' words, or in those of who shows it")
  func words() {
    #expect(
      sentence.description
        == "the rate 0.1 is too high; take a lower learning rate, or a learning-rate range test")
    #expect(
      sentence.text { "<\($0)>" }.hasSuffix(
        "take <a lower learning rate>, or <a learning-rate range test>"))
    #expect(sentence.remedies == [.lowerRate, .findRate])
  }

  @Test("is the same however it was put together")
  func parts() {
    let start: Sentence = "the rate 0.1 is "
    #expect(start + "too high; " + "take \(.lowerRate), or \(.findRate)" == sentence)
    #expect("\(start)too high; take \(.lowerRate), or \(.findRate)" == sentence)
  }

  @Test("is found again in its description and its remedies")
  func again() {
    #expect(Sentence(sentence.description, remedies: sentence.remedies) == sentence)
  }

  @Test(
    "one thing is one, of others there are some",
    arguments: [(0, "photo", "0 photos"), (1, "photo", "1 photo"), (2, "class", "2 classes")])
  func counted(_ count: Int, _ noun: String, _ text: String) {
    #expect(count.counted(noun) == text)
  }
}
