/// Which photos show the same picture.
///
/// Two photos do if their files have the same bytes, or if their fingerprints differ in few bits;
/// whatever is the same as the same photo is the same, so that pictures form groups.
package struct Duplicates: Hashable, Sendable {
  /// Indices of the photos of each group of two or more, rising; groups by their first photo.
  package let groups: [[Int]]

  /// - Parameter distance: the number of coarse bits, `0...63`, up to which fingerprints are alike.
  package init(_ facts: [PhotoFacts], distance: Int = PhotoLimits.nearDuplicateDistance) {
    self.init(facts.map(\.look), distance: distance)
  }

  init(_ looks: [PhotoLook], distance: Int = PhotoLimits.nearDuplicateDistance) {
    var sets = DisjointSets(count: looks.count)
    var byDigest: [String: Int] = [:]
    // Equal fingerprints are one: a thousand scans of one page cost no more than one.
    var byFingerprint: [Fingerprint: Int] = [:]
    var (fingerprints, owners): ([Fingerprint], [Int]) = ([], [])
    for (index, look) in looks.enumerated() {
      if let first = byDigest[look.digest] {
        sets.unite(first, index)
        continue
      }
      byDigest[look.digest] = index
      guard let fingerprint = look.fingerprint else { continue }
      if let first = byFingerprint[fingerprint] {
        sets.unite(first, index)
      } else {
        byFingerprint[fingerprint] = index
        fingerprints.append(fingerprint)
        owners.append(index)
      }
    }
    forEachNearPair(fingerprints.map(\.coarse), distance: distance) { one, other in
      if fingerprints[one].looksLike(fingerprints[other], distance: distance) {
        sets.unite(owners[one], owners[other])
      }
    }
    groups = sets.groups().filter { $0.count > 1 }
  }
}

/// Calls `body` with the indices of all pairs that differ in at most `distance` bits, with some of
/// them more than once.
///
/// Multi-index hashing (Norouzi, Punjani and Fleet 2012): of `distance` + 1 parts of the 64 bits at
/// least one is equal in such a pair, so that only numbers that share a part are compared.
private func forEachNearPair(
  _ numbers: [UInt64], distance: Int, _ body: (Int, Int) -> Void
) {
  precondition((0..<64).contains(distance), "a distance is 0 to 63 bits")
  precondition(numbers.count < 1 << 32, "an index has 32 bits")
  // A part of at most 32 bits leaves room for the index.
  let parts = max(2, distance + 1)
  for part in 0..<parts {
    let (low, high) = (64 * part / parts, 64 * (part + 1) / parts)
    let mask = (UInt64(1) << UInt64(high - low)) - 1
    let keyed = numbers.indices.map { (numbers[$0] >> UInt64(low) & mask) << 32 | UInt64($0) }
      .sorted()
    var start = 0
    for position in keyed.indices {
      if keyed[position] >> 32 != keyed[start] >> 32 { start = position }
      let index = Int(keyed[position] & 0xFFFF_FFFF)
      for other in keyed[start..<position] {
        let other = Int(other & 0xFFFF_FFFF)
        if (numbers[index] ^ numbers[other]).nonzeroBitCount <= distance { body(other, index) }
      }
    }
  }
}
