import Evaluation
import Foundation
import Testing

@Suite("A temperature")
struct TemperatureTests {
  /// Rows of a classifier of three classes that gives its first class this probability, and the class that is
  /// right: the first in so many of a hundred.
  static func rows(saying probability: Float, right: Int) -> (rows: [[Float]], labels: [Int]) {
    let other = (1 - probability) / 2
    let rows = [[Float]](repeating: [probability, other, other], count: 100)
    return (rows, (0..<100).map { $0 < right ? 0 : 1 + $0 % 2 })
  }

  @Test(
    "makes a classifier that is too sure as sure as it is right, and leaves one that is not too sure",
    arguments: [(Float(0.99), 80), (0.999, 80), (0.9, 60), (0.8, 80), (0.6, 95), (0.5, 100)])
  func surety(probability: Float, right: Int) {
    let (rows, labels) = Self.rows(saying: probability, right: right)
    let temperature = Temperature(fitting: rows, labels: labels)
    let surety = temperature.probabilities(rows[0])[0]
    if Int(probability * 100) > right {
      // It is expected near 1, which a hundred photos outweigh all but a little.
      #expect(abs(surety - Float(right) / 100) < 0.03)
      #expect(temperature.value > 1)
    } else {
      #expect(temperature == .none)
    }
    func loss(_ temperature: Temperature) -> Double {
      zip(rows, labels).reduce(0) { $0 + temperature.loss($1.0, label: $1.1) }
    }
    #expect(loss(temperature) <= loss(.none))
  }

  @Test("changes no order, and gives probabilities that sum to 1, also of those that are 0")
  func order() {
    let rows: [[Float]] = [[0.7, 0.2, 0.1], [1, 0, 0], [0, 1e-30, 1], [0.1, 0.1, 0.8]]
    let temperature = Temperature(fitting: rows, labels: [1, 0, 2, 2])
    for row in rows {
      let softened = temperature.probabilities(row)
      #expect(abs(softened.reduce(0, +) - 1) < 1e-6)
      for (first, second) in zip(row.indices, row.indices.dropFirst()) {
        #expect((row[first] < row[second]) == (softened[first] < softened[second]))
      }
      for label in row.indices {
        let loss = temperature.loss(row, label: label)
        #expect(loss.isFinite)
        if softened[label] > 1e-30 { #expect(abs(loss + log(Double(softened[label]))) < 1e-4) }
      }
    }
    #expect(Temperature.none.probabilities(rows[0]) == rows[0])
  }

  @Test("of few photos stays near 1, and is 1 without photos")
  func few() {
    let surprised = Temperature(fitting: [[0.9, 0.1]], labels: [1])
    #expect(surprised.value > 1 && surprised.value < 2)
    #expect(Temperature(fitting: [], labels: []) == .none)
    #expect(abs(surprised.softened(to: 0.5).value - surprised.value.squareRoot()) < 1e-12)
  }
}
