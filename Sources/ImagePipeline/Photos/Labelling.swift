/// What the label of a photo says.
///
/// Whoever needs the classes of a photo asks for `classes(of:)`; only what depends on classes excluding one another
/// looks at the case.
public enum Labelling: Hashable, Sendable {
  /// It is the index of the photo's class: each photo has one.
  case exclusive
  /// It is the index of one of these sets of classes: a photo has any number of them, also none. Each set is
  /// ascending, and no two are the same.
  case sets([[Int]])

  /// The sets that occur, in an order of their own.
  package init(numbering sets: some Sequence<[Int]>) {
    self = .sets(Set(sets).sorted { $0.lexicographicallyPrecedes($1) })
  }

  /// Whether a photo may have several classes, or none.
  public var isMultiLabel: Bool { self != .exclusive }

  /// The classes that a label stands for, ascending; none for −1.
  public func classes(of label: Int) -> [Int] {
    switch self {
    case .exclusive: label < 0 ? [] : [label]
    case .sets(let sets): sets.indices.contains(label) ? sets[label] : []
    }
  }

  /// The label of each set of classes; none where classes exclude one another.
  var labelsOfSets: [[Int]: Int] {
    guard case .sets(let sets) = self else { return [:] }
    return Dictionary(zip(sets, sets.indices), uniquingKeysWith: { first, _ in first })
  }

  /// A label as a list has it: `cat`, `cat|dog`, nothing for no class.
  package func text(of label: Int, _ names: [String]) -> String {
    classes(of: label).map { names.indices.contains($0) ? names[$0] : "" }
      .joined(separator: Self.separator)
  }

  /// What stands between the labels of a photo in a list.
  package static let separator = "|"
}

extension Labelling {
  /// Photos of a set of classes that are enough for proportions of their own.
  private static let photosOfStratum = 5

  /// The stratum of each photo, from 0, so that parts which have their share of each stratum have about
  /// their share of each class.
  ///
  /// That of a set of classes which several photos have is the set itself. Of the others it is the rarest class of
  /// their set (after the iterative stratification of Sechidis et al. 2011), for what is common is divided evenly by
  /// chance.
  /// - Parameter labels: of the photos that are divided.
  /// - Returns: also a number that all strata are below.
  package func strata(of labels: [Int]) -> (numbers: [Int], bound: Int) {
    guard case .sets(let sets) = self else { return (labels, (labels.max() ?? -1) + 1) }
    var photosOfSet = [Int](repeating: 0, count: sets.count)
    var photosOfClass: [Int: Int] = [:]
    for label in labels {
      photosOfSet[label] += 1
      for index in sets[label] { photosOfClass[index, default: 0] += 1 }
    }
    let numbers = sets.indices.map { label in
      guard photosOfSet[label] < Self.photosOfStratum,
        let rarest = sets[label].min(by: {
          photosOfClass[$0, default: 0] < photosOfClass[$1, default: 0]
        })
      else { return label }
      return sets.count + rarest
    }
    return (labels.map { numbers[$0] }, (numbers.max() ?? -1) + 1)
  }
}
