import Files

/// Rows that stay together, by the class of their first.
struct RowGroups {
  /// For each class its groups, each the indices of its rows, in order.
  let byClass: [[[Int]]]
  let rowCount: Int

  /// - Parameter groups: the number of each row's group; `nil` makes each row a group.
  init(labels: [Int32], classes: Int, groups: [Int]?) {
    rowCount = labels.count
    var byClass = [[[Int]]](repeating: [], count: classes)
    guard let groups else {
      for (row, label) in labels.enumerated() { byClass[Int(label)].append([row]) }
      self.byClass = byClass
      return
    }
    var places: [Int: (label: Int, position: Int)] = [:]
    for (row, group) in groups.enumerated() {
      if let place = places[group] {
        byClass[place.label][place.position].append(row)
      } else {
        let label = Int(labels[row])
        places[group] = (label, byClass[label].count)
        byClass[label].append([row])
      }
    }
    self.byClass = byClass
  }

  /// About `share` rows in ascending order, of each class in proportion, at least two groups where it has
  /// them. A larger share of the same seed holds all rows of a smaller one.
  func stratifiedPart(_ share: Int, seed: UInt64) -> [Int] {
    var random = CounterRandom(seed: seed)
    return byClass.flatMap { members in
      let count = max(min(2, members.count), members.count * share / rowCount)
      return members.shuffled { random.remainder($0) }.prefix(count).flatMap { $0 }
    }.sorted()
  }
}

/// Which examples each round of a cross-validation leaves out.
package struct StratifiedFolds: Hashable, Sendable {
  /// The number of rounds; 0 when fewer than two classes have two examples.
  package let count: Int
  /// For each example the round that leaves it out; −1 for an example that is always trained on.
  package let fold: [Int]

  /// Deals the examples of each class out to the folds in a random order, so that every fold holds
  /// the same share of each class.
  ///
  /// As many folds as the largest class has examples, but no more than `maximum`: five images a
  /// class or fewer then leave one of each class out at a time. The only example of a class is never
  /// left out, for a model that has not seen the class tells nothing about the penalty.
  /// - Parameter groups: examples of the same number count as one and stay together; `nil` for none.
  package init(labels: [Int32], classes: Int, maximum: Int, seed: UInt64, groups: [Int]? = nil) {
    let examples = RowGroups(labels: labels, classes: classes, groups: groups).byClass
    let largest = examples.map(\.count).max() ?? 0
    count = examples.count { $0.count >= 2 } >= 2 ? min(maximum, largest) : 0
    var fold = [Int](repeating: -1, count: labels.count)
    var random = CounterRandom(seed: seed)
    var next = 0
    for members in examples where members.count >= 2 {
      for group in members.shuffled(by: { random.remainder($0) }) where count > 0 {
        for example in group { fold[example] = next }
        next = (next + 1) % count
      }
    }
    self.fold = fold
  }
}
