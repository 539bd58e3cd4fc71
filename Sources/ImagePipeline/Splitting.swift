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
  /// Stratified: of each class the rounded fraction, at least one photo where it has two, never all.
  /// A photo's place in the order of choice depends on the seed and its digest only, so it does not
  /// change when other photos come or go; copies of one photo are never divided. A given validation
  /// split is kept, test is never touched.
  /// - Parameter fraction: 0..<1.
  public func splitting(validation fraction: Double, seed: UInt64) -> PhotoCollection {
    precondition((0..<1).contains(fraction), "the validation part is at least 0 and less than 1")
    var result = self
    guard splits[.validation] == nil else { return result }
    let source = splits[.train] ?? self[.all]
    var chosen: Set<Photo> = []
    for label in classes.indices {
      chosen.formUnion(
        chooseValidation(source.filter { $0.label == label }, fraction: fraction, seed: seed))
    }
    result.splits[.all] = nil
    result.splits[.train] = source.filter { !chosen.contains($0) }
    result.splits[.validation] = source.filter { chosen.contains($0) }
    return result
  }

  /// The split to be saved; call it after `splitting`.
  public func saved(validationFraction: Double?, seed: UInt64) -> SavedSplit {
    SavedSplit(
      classes: classes, validationFraction: validationFraction, seed: seed,
      train: splits[.train] ?? self[.all], validation: self[.validation], test: self[.test])
  }
}

/// The validation photos among those of one class.
private func chooseValidation(_ photos: [Photo], fraction: Double, seed: UInt64) -> [Photo] {
  guard fraction > 0, photos.count >= 2 else { return [] }
  let target = min(max(1, Int((Double(photos.count) * fraction).rounded())), photos.count - 1)
  // A photo that was never read has no digest; its path stands for it.
  let groups = Dictionary(grouping: photos, by: { $0.digest.isEmpty ? $0.path : $0.digest })
    .map { (rank: rank($0.key, seed: seed), key: $0.key, photos: $0.value) }
    .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : precedes($0.key, $1.key) }
  var chosen: [Photo] = []
  // Copies move together; a group that would overshoot is left for training, others may still fit.
  for group in groups where chosen.count < target && group.photos.count <= target - chosen.count {
    chosen += group.photos
  }
  if chosen.isEmpty, groups.count >= 2,
    let smallest = groups.min(by: { $0.photos.count < $1.photos.count })
  {
    chosen = smallest.photos
  }
  return chosen
}

/// A random number that a photo keeps as long as its bytes and the seed stay the same.
private func rank(_ key: String, seed: UInt64) -> UInt64 {
  let hash = key.utf8.reduce(UInt64(0)) { ($0 &+ UInt64($1)) &* 0x0100_0000_01B3 }
  var random = CounterRandom(seed: seed, epoch: .max, index: hash)
  return random.next()
}
