extension Photos {
  /// Which of these photos show the same picture as one of others, in files of other bytes: saved anew, or in
  /// another size.
  /// - Parameters:
  ///   - photos: of this collection.
  ///   - others: of the collection `source`.
  /// - Returns: paths in this collection.
  package func copies(_ photos: [Photo], of others: [Photo], in source: Photos) -> Set<String> {
    let known = others.compactMap { source.look(of: $0) }
    let digests = Set(known.map(\.digest))
    let asked = photos.compactMap { photo in look(of: photo).map { (photo.path, $0) } }
    var copies: Set<String> = []
    for group in Duplicates(known + asked.map(\.1)).groups
    where group.contains(where: known.indices.contains) {
      for index in group where index >= known.count {
        let (path, look) = asked[index - known.count]
        if !digests.contains(look.digest) { copies.insert(path) }
      }
    }
    return copies
  }
}
