/// Photos whose label is likely to be wrong, by what classifiers that had not seen them say of them.
///
/// Confident learning (Northcutt, Jiang and Chuang 2021): a class is a photo's if it is given at least the mean
/// probability that photos of that class are given, and where that is another class than the label's, the photo is a
/// suspect. So is, behind it, a photo that is given no class so surely, but another one more surely than its own.
public struct LabelSuspects: Hashable, Sendable {
  /// A photo and what it might be.
  public struct Suspect: Codable, Hashable, Sendable {
    /// As in the predictions.
    public var path: String
    /// Indices of classes: the label's, and the one that is more likely.
    public var label, suggested: Int
    /// Their probabilities.
    public var probabilityOfLabel, probabilityOfSuggested: Float
  }

  /// The most suspicious first: by how much more probable the suggested class is than the label's.
  public let suspects: [Suspect]
  /// How many labels are wrong by the joint counts of labels and confident classes: an estimate, which takes
  /// mistakes of the classifier for mistakes of the labels.
  public let estimatedCount: Int

  /// - Parameters:
  ///   - rows: one for each photo, of a classifier that has not learnt from it; `truth` is the label.
  ///   - classes: how many there are.
  public init(_ rows: [PredictionRow], classes: Int) {
    var sums = [Double](repeating: 0, count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for row in rows {
      sums[row.truth] += Double(row.probabilities[row.truth])
      counts[row.truth] += 1
    }
    let usual = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
    var wrong = 0
    suspects =
      rows.compactMap { row in
        var likeliest: Int?
        for (index, probability) in row.probabilities.enumerated()
        where Double(probability) >= usual[index]
          && probability > likeliest.map({ row.probabilities[$0] }) ?? -1
        {
          likeliest = index
        }
        if let likeliest, likeliest != row.truth { wrong += 1 }
        let suggested = likeliest ?? row.predicted
        guard suggested != row.truth else { return nil }
        return Suspect(
          path: row.path, label: row.truth, suggested: suggested,
          probabilityOfLabel: row.probabilities[row.truth],
          probabilityOfSuggested: row.probabilities[suggested])
      }.sorted { ($0.margin, $0.path) < ($1.margin, $1.path) }
    estimatedCount = wrong
  }
}

extension LabelSuspects.Suspect {
  fileprivate var margin: Float { probabilityOfLabel - probabilityOfSuggested }
}
