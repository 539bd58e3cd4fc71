import TensorKernels

/// A division of photos into training and validation, as it is saved with a run.
public struct SavedSplit: Codable, Hashable, Sendable {
  /// The label map.
  public var classes: [String]
  /// The part asked for, 0..<1; `nil` if the folders gave the split.
  public var validationFraction: Double?
  public var seed: UInt64
  public var train: [Photo]
  public var validation: [Photo]
  public var test: [Photo]

  public init(
    classes: [String], validationFraction: Double?, seed: UInt64, train: [Photo],
    validation: [Photo], test: [Photo]
  ) {
    self.classes = classes
    self.validationFraction = validationFraction
    self.seed = seed
    self.train = train
    self.validation = validation
    self.test = test
  }
}

extension PhotoCollection {
  /// The collection with a validation split, taken from its training photos if it has none.
  ///
  /// Stratified: of each class the rounded fraction, at least one photo where that can be, never all.
  /// Photos that belong together are never divided: those of one `group`, with the same bytes, or
  /// that look the same (`duplicates`), of other classes too. Where they are too many for the exact
  /// number, it is as close as exchanging single groups gets. The order of choice depends on the seed
  /// and on digests only, so that it stays when photos are renamed or others come and go. A given
  /// validation split is kept, test is never touched.
  /// - Parameter fraction: 0..<1.
  public func splitting(validation fraction: Double, seed: UInt64) -> PhotoCollection {
    precondition((0..<1).contains(fraction), "the validation part is at least 0 and less than 1")
    var result = self
    guard splits[.validation] == nil else { return result }
    let source = splits[.train] ?? self[.all]
    var choice = ValidationChoice(
      photos: source, bundles: bundles(source), fraction: fraction, seed: seed)
    let chosen = choice.run()
    result.splits[.all] = nil
    result.splits[.train] = source.indices.filter { !chosen.contains($0) }.map { source[$0] }
    result.splits[.validation] = source.indices.filter(chosen.contains).map { source[$0] }
    return result
  }

  /// The split to be saved; call it after `splitting`.
  public func saved(validationFraction: Double?, seed: UInt64) -> SavedSplit {
    SavedSplit(
      classes: classes, validationFraction: validationFraction, seed: seed,
      train: splits[.train] ?? self[.all], validation: self[.validation], test: self[.test])
  }

  /// Which photos belong together, as indices.
  private func bundles(_ photos: [Photo]) -> [[Int]] {
    var sets = DisjointSets(count: photos.count)
    var byPath: [String: Int] = [:]
    var byDigest: [String: Int] = [:]
    var byGroup: [String: Int] = [:]
    for (index, photo) in photos.enumerated() {
      byPath[photo.path] = index
      if !photo.digest.isEmpty {
        sets.unite(byDigest[photo.digest] ?? index, index)
        byDigest[photo.digest] = index
      }
      if let group = photo.group {
        sets.unite(byGroup[group] ?? index, index)
        byGroup[group] = index
      }
    }
    for group in duplicates {
      let here = group.compactMap { byPath[$0] }
      for index in here.dropFirst() { sets.unite(here[0], index) }
    }
    return sets.groups()
  }
}
