import FineTuning
import Testing

@Suite("Stratified folds")
struct StratifiedFoldsTests {
  @Test("leave out every example once, a class's only one never, and never a whole class")
  func coverage() {
    let labels: [Int32] = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3]
    for seed in 0..<20 {
      let folds = StratifiedFolds(labels: labels, classes: 4, maximum: 5, seed: UInt64(seed))
      #expect(folds.count == 5)
      #expect(folds.fold[9] == -1)
      for round in 0..<5 {
        for label in Int32(0)..<4 where label != 2 {
          let kept = labels.indices.filter { labels[$0] == label && folds.fold[$0] != round }
          #expect(!kept.isEmpty)
        }
      }
      #expect(folds.fold.filter { $0 >= 0 }.count == 12)
    }
  }

  @Test("keep groups together, and count them as one")
  func groups() {
    let labels: [Int32] = [0, 0, 0, 1, 1, 1, 0, 0, 1, 2, 2]
    let groups = [7, 7, 8, 1, 2, 2, 9, 9, 1, 5, 5]
    for seed in 0..<20 {
      let folds = StratifiedFolds(
        labels: labels, classes: 3, maximum: 5, seed: UInt64(seed), groups: groups)
      #expect(folds.count == 3)
      let byGroup = Dictionary(grouping: labels.indices) { groups[$0] }
      for rows in byGroup.values { #expect(Set(rows.map { folds.fold[$0] }).count == 1) }
      // The third class is one group, and stays.
      #expect(folds.fold[9] == -1)
      #expect(Set(folds.fold) == [-1, 0, 1, 2])
    }
  }
}
