import TensorKernels

extension Photos {
  /// The photos with a part to validate on, taken from its training photos if it has none.
  ///
  /// Stratified: of each class the rounded fraction, at least one photo where that can be, never all. Where photos
  /// have several classes, the same of each of their strata (`Labelling.strata`).
  /// Photos that belong together are never divided: those of one `group`, with the same bytes, or
  /// that look the same (`duplicates`), of other classes too. Where they are too many for the exact
  /// number, it is as close as exchanging single groups gets. The order of choice depends on the seed
  /// and on digests only, so that it stays when photos are renamed or others come and go. A given
  /// validation split is kept, test is never touched.
  /// - Parameters:
  ///   - fraction: how much of each class to validate on, `0..<1`.
  ///   - seed: another seed chooses other photos.
  public func splitting(validation fraction: Double, seed: UInt64) -> Photos {
    precondition((0..<1).contains(fraction), "the validation part is at least 0 and less than 1")
    guard parts[.validation] == nil else { return self }
    let source = Array(all[training])
    var choice = ValidationChoice(
      photos: source, strata: labelling.strata(of: source.map(\.label)).numbers,
      bundles: bundles(source), fraction: fraction, seed: seed)
    let chosen = choice.run()
    var divided = self
    divided.divide(
      train: source.indices.filter { !chosen.contains($0) }.map { source[$0] },
      validation: source.indices.filter(chosen.contains).map { source[$0] })
    divided.division = .drawn(validation: fraction, seed: seed)
    return divided
  }

  /// For each of `all` the number of what it belongs to: photos of one `group`, with the same bytes, or
  /// that look the same have the same. What judges a model must not divide them.
  package var bundleNumbers: [Int] {
    var numbers = [Int](repeating: 0, count: all.count)
    for (number, bundle) in bundles(all).enumerated() {
      for place in bundle { numbers[place] = number }
    }
    return numbers
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
