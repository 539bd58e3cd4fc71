import Evaluation
import Files
import Foundation
import Testing

@Suite("Lines of predictions")
struct PredictionLineTests {
  private let rows = [
    PredictionRow(path: "a/1.jpg", truth: 0, probabilities: [0.75, 0.25]),
    PredictionRow(path: "b/1.jpg", truth: 1, probabilities: [0.125, 0.875]),
  ]

  @Test("come back as they were written, also none", arguments: 0...2)
  func roundTrip(count: Int) throws {
    let text = try PredictionRow.jsonLines(Array(rows.prefix(count)))
    #expect(text.split(separator: "\n").count == count)
    #expect(try PredictionRow.rows(jsonLines: Data(text.utf8)) == Array(rows.prefix(count)))
    // Also as a part of other bytes, which has other places.
    let part = Data(("x" + text).utf8).dropFirst()
    #expect(try PredictionRow.rows(jsonLines: part) == Array(rows.prefix(count)))
  }

  @Test("are refused where any byte of them is another, and where some are missing or too many")
  func changes() throws {
    let text = try PredictionRow.jsonLines(rows)
    let lines = text.split(separator: "\n").map { "\($0)\n" }
    let changed: [String] = [
      "\n", lines[0], lines[1], lines[1] + lines[0], lines[0] + lines[0] + lines[1], text + "\n",
      text + text, text + lines[0], String(text.dropLast()),
      text.replacing("0.75", with: "0.74"), text.replacing(#""truth":0"#, with: #""truth":1"#),
    ]
    for text in changed {
      #expect(throws: DecodingError.self, "\(text)") {
        try PredictionRow.rows(jsonLines: Data(text.utf8))
      }
    }
    for place in 0..<text.utf8.count {
      var bytes = Data(text.utf8)
      bytes[place] ^= 1
      #expect(throws: DecodingError.self, "byte \(place)") {
        try PredictionRow.rows(jsonLines: bytes)
      }
    }
  }
}

@Suite("Numbers that nobody expects")
struct UnexpectedNumberTests {
  static let probabilities: [(Float, bin: Int)] = [
    (1e30, 14), (.infinity, 14), (.greatestFiniteMagnitude, 14), (.nan, 0), (-.infinity, 0),
    (-1e30, 0), (0, 0), (1, 14), (0.5, 7),
  ]

  @Test("are in a bar of a reliability diagram as probabilities")
  func calibration() {
    for (probability, bin) in Self.probabilities {
      let row = PredictionRow(path: "", truth: 0, probabilities: [probability])
      let bins = Calibration([row]).bins
      #expect(bins.firstIndex { $0.images == 1 } == bin, "\(probability)")
    }
  }

  static let seconds: [(Double, words: String)] = [
    (0, "1 s"), (89.4, "89 s"), (90, "2 min"), (3900, "1 h 5 min"), (-5, "1 s"), (-1e300, "1 s"),
    (.leastNonzeroMagnitude, "1 s"), (.nan, "an unknown time"), (.infinity, "an unknown time"),
    (-.infinity, "an unknown time"), (1e19, "277777777777 h 47 min"),
    (.greatestFiniteMagnitude, "277777777777 h 47 min"),
  ]

  @Test("are in words as seconds")
  func words() {
    for (number, words) in Self.seconds {
      #expect(number.secondsInWords() == words)
      #expect(!number.secondsInWords(tenths: true).isEmpty)
    }
  }
}
