/// Precision, recall and F1 of a classifier as a whole.
///
/// scikit-learn's `precision_recall_fscore_support(average:)`, with 0 for 0/0.
public struct AveragedScores: Codable, Hashable, Sendable {
  /// All `0...1`.
  public var precision, recall, f1: Double

  /// The mean over classes that occur as truth or as prediction: every class weighs the same.
  /// - Parameter counts: of each class.
  package static func macro(_ counts: [ClassCounts]) -> AveragedScores {
    let present = counts.filter { $0.support + $0.predicted > 0 }
    return AveragedScores(
      precision: mean(present.map(\.precision)), recall: mean(present.map(\.recall)),
      f1: mean(present.map(\.f1)))
  }

  /// Of all decisions together: every photo weighs the same. Where each photo has one class and gets one, all
  /// three are the accuracy.
  /// - Parameter counts: of each class.
  package static func micro(_ counts: [ClassCounts]) -> AveragedScores {
    let sum = counts.reduce(into: ClassCounts()) { sum, next in
      sum.right += next.right
      sum.predicted += next.predicted
      sum.support += next.support
    }
    return AveragedScores(precision: sum.precision, recall: sum.recall, f1: sum.f1)
  }

  /// The mean over classes, each weighing as much as it has photos.
  /// - Parameter counts: of each class.
  package static func weighted(_ counts: [ClassCounts]) -> AveragedScores {
    let photos = Double(counts.reduce(0) { $0 + $1.support })
    guard photos > 0 else { return AveragedScores(precision: 0, recall: 0, f1: 0) }
    func average(_ value: (ClassCounts) -> Double) -> Double {
      counts.reduce(0) { $0 + value($1) * Double($1.support) } / photos
    }
    return AveragedScores(
      precision: average(\.precision), recall: average(\.recall), f1: average(\.f1))
  }
}

/// How often a class was right, said and true.
package struct ClassCounts: Hashable {
  /// Photos of the class that were predicted as it.
  package var right = 0
  /// Photos that were predicted as the class.
  package var predicted = 0
  /// Photos of the class.
  package var support = 0

  package var precision: Double { ratio(right, predicted) }
  package var recall: Double { ratio(right, support) }
  package var f1: Double { ratio(2 * right, predicted + support) }

  /// Of each class.
  /// - Parameter matrix: photos by [true class][predicted class].
  package static func all(_ matrix: [[Int]]) -> [ClassCounts] {
    var counts = [ClassCounts](repeating: ClassCounts(), count: matrix.count)
    for (truth, row) in matrix.enumerated() {
      counts[truth].right = row[truth]
      for (predicted, count) in row.enumerated() {
        counts[truth].support += count
        counts[predicted].predicted += count
      }
    }
    return counts
  }
}
