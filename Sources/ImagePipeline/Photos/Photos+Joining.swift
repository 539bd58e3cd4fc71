import Files
import Foundation
import TensorKernels

/// Photos that come later.
extension Photos {
  /// Reads more photos and joins them to these, whose files may be gone: what a scan of a folder that
  /// holds both would give, classes and photos in the same order.
  ///
  /// Parts are joined to parts; what nothing divides is to train on. Photos that this program had set
  /// apart to validate on are among those to train on again. A photo that these have already, in the
  /// same part and class, counts once; one whose file has other bytes or another class now takes the place of
  /// what it was. Those to test on are left out where their files are not there
  /// any more as they were: nothing but the files could test anything.
  /// - Parameters:
  ///   - data: a folder or a list as `scan` reads it; it may have new classes, and may lack these.
  ///   - place: where these photos were; their own root unless that is a path from somewhere else.
  /// - Throws: as `scan`; `.bad` where nothing is new.
  package func joined(
    withPhotosIn data: URL, place: URL? = nil, maximumPixels: Int = 100_000_000,
    cache: ScanCache = .none, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> Photos {
    let plan = try ScanPlan(data, adding: classes, isMultiLabel: labelling.isMultiLabel)
    let more = try Self.read(
      plan, of: data, maximumPixels: maximumPixels, cache: cache, pool: pool, progress: progress)
    try more.requireAny(in: plan.name)
    var both = join(more, place ?? root)
    guard !both.facts.isEmpty else {
      throw DataError(
        .bad,
        "'\(plan.name)' has no photo that is not known already: each has the bytes and the class of one"
          + " before")
    }
    both.judgePhotos()
    try both.requirePhotos(ofClassesBeside: classes, plan)
    return both
  }

  /// Whether the file of a photo is where it was, with the same bytes.
  package func isUnchanged(_ photo: Photo) -> Bool {
    (try? FileDigest.sha256(of: file(of: photo))) == photo.digest
  }

  private func join(_ more: Photos, _ place: URL) -> Photos {
    var both = Photos(root: place, classes: more.classes)
    both.source = more.source
    both.skipped = more.skipped
    both.ignored = more.ignored
    both.notes = more.notes
    both.problems = more.problems
    both.fingerprints = fingerprints
    both.labelling = labelling.joined(more.labelling, classes, as: both.classes)
    let (old, new) = (labels(in: both), more.labels(in: both))
    let known = partsAsFound(at: place, &both.notes).mapValues { photos in
      photos.map { $0.relabelled(old) }
    }
    let fresh = more.partsOnceMore.mapValues { photos in photos.map { $0.relabelled(new) } }
    let contents = Dictionary(
      fresh.values.joined().map { (more.absolutePath($0), Content($0)) },
      uniquingKeysWith: { first, _ in first })
    var counts = (copies: 0, replaced: 0)
    for split in [Split.train, .validation, .test] {
      let all = known[split] ?? []
      let own = all.filter { photo in
        contents[both.absolutePath(photo)].map { $0 == Content(photo) } ?? true
      }
      let present = Set(own.map(Content.init))
      let added = (fresh[split] ?? []).filter { !present.contains(Content($0)) }
      counts.replaced += all.count - own.count
      counts.copies += (fresh[split]?.count ?? 0) - added.count
      guard !own.isEmpty || !added.isEmpty else { continue }
      let moved = added.map { $0.moved(to: both.path(to: more.absolutePath($0))) }
      for (old, new) in zip(added, moved) { both.facts[new.path] = more.facts[old.path] }
      both.append(both.sorted(own + moved), as: split)
    }
    both.note(counts.copies, "known already, by bytes and class; each counts once")
    both.note(counts.replaced, "replaced: their files have other bytes or another class now")
    return both
  }

  /// The label under another map, and other sets, of each label of these photos.
  private func labels(in other: Photos) -> [Int] {
    let indices = classes.map { other.classes.firstIndex(of: $0) ?? -1 }
    guard case .sets(let sets) = labelling else { return indices }
    let labels = other.labelling.labelsOfSets
    return sets.map { set in labels[set.map { indices[$0] }.sorted()] ?? -1 }
  }

  private mutating func note(_ count: Int, _ what: String) {
    guard count > 0 else { return }
    notes.append("\(count == 1 ? "1 photo is" : "\(count) photos are") \(what)")
  }

  private func absolutePath(_ photo: Photo) -> String {
    file(of: photo).standardizedFileURL.path
  }

  /// A path from the root on, where it is below that: as a list of photos there has it.
  private func path(to file: String) -> String {
    let start = root.standardizedFileURL.path + "/"
    return file.hasPrefix(start) ? String(file.dropFirst(start.count)) : file
  }

  /// The photos of these parts, before any were set apart to validate on.
  /// - Parameter notes: gets one on photos to test on that are gone.
  private func partsAsFound(at place: URL, _ notes: inout [String]) -> [Split: [Photo]] {
    let isDrawn = division != .given
    let here = Photos(root: place, classes: classes)
    let tests = self[.test].filter(here.isUnchanged)
    if tests.count < test.count {
      notes.append(
        "\(test.count - tests.count) of the \(test.count) photos to test on are not there any more; they"
          + " are left out")
    }
    return [
      .train: Array(all[training]) + (isDrawn ? self[.validation] : []),
      .validation: isDrawn ? [] : self[.validation],
      .test: tests,
    ]
  }

  /// The photos of a scan by their parts: what nothing divides is to train on.
  private var partsOnceMore: [Split: [Photo]] {
    [.train: Array(all[training]), .validation: self[.validation], .test: self[.test]]
  }

  /// In the order of a folder that holds them all: by their paths from the folders of their classes on.
  private func sorted(_ photos: [Photo]) -> [Photo] {
    photos.map { (key: placeInClass($0), photo: $0) }
      .sorted {
        $0.key == $1.key ? precedes($0.photo.path, $1.photo.path) : precedes($0.key, $1.key)
      }
      .map(\.photo)
  }

  /// The path from the folder of a photo's class on; all of it where no folder is called like the class.
  private func placeInClass(_ photo: Photo) -> String {
    let parts = photo.path.pathParts
    guard !labelling.isMultiLabel,
      let first = parts.dropLast().lastIndex(where: { $0 == classes[photo.label] })
    else {
      return photo.path
    }
    return parts[first...].joined(separator: "/")
  }
}

/// What makes two photos of a part the same for training.
private struct Content: Hashable {
  let digest: String
  let label: Int

  init(_ photo: Photo) {
    digest = photo.digest
    label = photo.label
  }
}

extension Labelling {
  /// What labels say of the photos of two collections.
  /// - Parameters:
  ///   - other: that of the other, whose classes are `new`.
  ///   - old: the classes of this one, all of which are among `new`.
  fileprivate func joined(_ other: Labelling, _ old: [String], as new: [String]) -> Labelling {
    guard case .sets(let sets) = self, case .sets(let others) = other else { return .exclusive }
    let indices = old.map { new.firstIndex(of: $0) ?? -1 }
    return Labelling(numbering: sets.map { set in set.map { indices[$0] }.sorted() } + others)
  }
}

extension Photo {
  /// The photo where its label is another.
  /// - Parameter labels: the new label for each old one.
  fileprivate func relabelled(_ labels: [Int]) -> Photo {
    Photo(path: path, label: labels[label], digest: digest, group: group)
  }

  fileprivate func moved(to path: String) -> Photo {
    Photo(path: path, label: label, digest: digest, group: group)
  }
}
