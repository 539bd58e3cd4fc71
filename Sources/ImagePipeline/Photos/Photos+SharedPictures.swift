/// Which photos show the same picture.
package struct SharedPictures: Hashable, Sendable {
  /// A file with a picture.
  package struct File: Hashable, Sendable {
    package let photo: Photo
    /// Whether it is one of the others.
    package let isOther: Bool
  }

  /// The files of each picture, two or more, of which one at least is none of the others.
  package let groups: [[File]]
  /// Paths of those that show the picture of one of the others, in files of other bytes: saved anew, or in another size.
  package let copies: Set<String>
}

extension Photos {
  /// Which of these photos show the same picture as another of them, or as one of others.
  /// - Parameters:
  ///   - photos: of this collection.
  ///   - others: of the collection `source`, by default this one. Those of another collection that have the bytes of one of
  ///     `photos` are taken for the same file, since nobody knows better.
  package func sharedPictures(
    of photos: [Photo], and others: [Photo] = [], in source: Photos? = nil
  ) -> SharedPictures {
    func seen(_ photos: [Photo], in collection: Photos, isOther: Bool) -> [Seen] {
      photos.compactMap { photo in
        collection.look(of: photo).map {
          Seen(file: SharedPictures.File(photo: photo, isOther: isOther), look: $0)
        }
      }
    }
    let known = seen(others, in: source ?? self, isOther: true)
    let asked = seen(photos, in: self, isOther: false)
    func identity(_ seen: Seen) -> String {
      source == nil ? seen.file.photo.path : seen.look.digest
    }
    let (ofOthers, own) = (Set(known.map(\.look.digest)), Set(asked.map(identity)))
    let all = known + asked
    var copies: Set<String> = []
    var groups: [[SharedPictures.File]] = []
    for group in Duplicates(all.map(\.look)).groups.map({ $0.map { all[$0] } }) {
      if group.contains(where: \.file.isOther) {
        for seen in group where !seen.file.isOther && !ofOthers.contains(seen.look.digest) {
          copies.insert(seen.file.photo.path)
        }
      }
      let files = group.filter { !$0.file.isOther || !own.contains(identity($0)) }.map(\.file)
      if files.count > 1, files.contains(where: { !$0.isOther }) { groups.append(files) }
    }
    return SharedPictures(groups: groups, copies: copies)
  }
}

private struct Seen {
  let file: SharedPictures.File
  let look: PhotoLook
}
