import Files

extension Photos {
  /// Takes in what checking the files of a split gave.
  ///
  /// - Parameter isList: what is no image was named as one, and is skipped rather than ignored.
  mutating func add(_ checked: CheckedPhotos, to split: Split, isList: Bool) {
    var left = checked.problems
    if isList {
      left += checked.ignored.map {
        PhotoProblem(.notAnImage, path: $0, "neither called nor in fact an image")
      }
    } else {
      ignored += checked.ignored
    }
    append(checked.photos.sorted { precedes($0.path, $1.path) }, as: split)
    facts.merge(checked.facts) { first, _ in first }
    problems += left
    skipped += left.map { SkippedPhoto(path: $0.path, reason: $0.detail, split: split) }
  }

  /// Finds what is wrong with photos and classes, and puts all lists in order.
  ///
  /// - Parameter isForTraining: whether a class needs enough photos to be learned.
  mutating func judge(_ plan: ScanPlan, isForTraining: Bool) {
    judgeClasses(plan, isForTraining: isForTraining)
    judgePhotos()
  }

  /// Takes away the parts to validate and to test on that have no photo that can be used: they are as
  /// good as not there, and said to be.
  mutating func removeEmptyParts(_ plan: ScanPlan) {
    let empty = [Split.validation, .test].filter { splits.contains($0) && self[$0].isEmpty }
    reading = plan.reading(without: empty)
    for split in empty {
      remove(split)
      let folder = plan.splitFolders[split] ?? ""
      let what = plan.isList ? "the list" : "'\(folder)'"
      let detail =
        "no photo that can be used for \(split.purpose) in \(what); it is as if there were no such split"
      notes.append(detail)
      problems.append(PhotoProblem(.emptySplit, path: folder, detail))
    }
  }

  /// Finds what is wrong with photos, and puts all lists in order.
  mutating func judgePhotos() {
    for split in Split.allCases {
      for photo in self[split] { problems += facts[photo.path]?.problems(of: photo.path) ?? [] }
    }
    let same = SamePictures(self)
    duplicates = same.groups
    problems += same.problems
    notes += [Split.validation, .test].compactMap { leakNote(same.leaks, to: $0) }
    sortLists()
  }

  private mutating func sortLists() {
    let order = Dictionary(
      zip(PhotoProblem.Kind.allCases, 0...), uniquingKeysWith: { first, _ in first })
    func precedesAsProblem(_ left: PhotoProblem, _ right: PhotoProblem) -> Bool {
      guard left.path.utf8.elementsEqual(right.path.utf8) else {
        return precedes(left.path, right.path)
      }
      let (first, second) = (order[left.kind] ?? 0, order[right.kind] ?? 0)
      return first == second ? precedes(left.detail, right.detail) : first < second
    }
    problems.sort(by: precedesAsProblem)
    skipped.sort { precedes($0.path, $1.path) }
    ignored.sort(by: precedes)
  }

  /// Photos that a figure on validation or test would have seen in training, as a note.
  private func leakNote(_ leaks: [SamePictures.Leak], to split: Split) -> String? {
    let shared = leaks.filter { $0.split == split && $0.source == .train }
    guard let first = shared.first else { return nil }
    let number = shared.count.counted("photo")
    return
      "\(number) for \(split.rawValue) \(shared.count == 1 ? "is" : "are") also trained on, for example "
      + "'\(first.path)' (the same as '\(first.twin)')"
  }

  private mutating func judgeClasses(_ plan: ScanPlan, isForTraining: Bool) {
    for split in plan.splits where splits.contains(split) {
      let counts = imagesPerClass(in: split)
      let reasons = firstReasons(plan, in: split)
      for label in classes.indices where counts[label] == 0 {
        // A class without a folder is absent, not empty.
        let folder = plan.folder(of: label, in: split)
        guard !folder.isEmpty || reasons[label] != nil else { continue }
        problems.append(
          PhotoProblem(
            .emptyClass, path: folder,
            "no readable photo of the class '\(classes[label])'\(reasons[label] ?? "")"))
      }
      guard isForTraining, split == .all || split == .train else { continue }
      for label in classes.indices where (1..<PhotoLimits.fewestPhotos).contains(counts[label]) {
        let number = counts[label].counted("photo")
        problems.append(
          PhotoProblem(
            .smallClass, path: plan.folder(of: label, in: split),
            "the class '\(classes[label])' has \(number), fewer than \(PhotoLimits.fewestPhotos)"))
      }
      // Classes that do not exclude each other do not compete.
      if !labelling.isMultiLabel { judgeBalance(counts, path: plan.splitFolders[split] ?? "") }
    }
  }

  private mutating func judgeBalance(_ counts: [Int], path: String) {
    let present = classes.indices.filter { counts[$0] > 0 }
    guard let least = present.min(by: { counts[$0] < counts[$1] }),
      let most = present.max(by: { counts[$0] < counts[$1] }),
      counts[most] > PhotoLimits.largestImbalance * counts[least]
    else { return }
    problems.append(
      PhotoProblem(
        .imbalance, path: path,
        "\(counts[most]) photos of '\(classes[most])' and \(counts[least]) of '\(classes[least])', more "
          + "than \(PhotoLimits.largestImbalance) to 1"))
  }

  /// Per class of a split, a file that cannot be used, as an example for a message.
  private func firstReasons(_ plan: ScanPlan, in split: Split) -> [Int: String] {
    var labels: [String: Int] = [:]
    for candidate in plan.candidates[split] ?? [] { labels[candidate.path] = candidate.label }
    var reasons: [Int: String] = [:]
    for photo in skipped.sorted(by: { precedes($0.path, $1.path) }) {
      let label =
        labels[photo.path]
        ?? plan.classFolders[split]?.first { photo.path.isPath(below: $0.value) }?.key
      for index in label.map(labelling.classes(of:)) ?? [] where reasons[index] == nil {
        reasons[index] = " ('\(photo.path)': \(photo.reason))"
      }
    }
    return reasons
  }

  /// Every class must be learnable.
  mutating func requirePhotos(_ plan: ScanPlan, allowEmptyClasses: Bool) throws(DataError) {
    guard let split = plan.splits.first(where: { $0 == .all || $0 == .train }) else { return }
    let counts = imagesPerClass(in: split)
    let empty = classes.indices.filter { counts[$0] == 0 }
    guard let first = empty.first else { return }
    if allowEmptyClasses, empty.count < classes.count {
      notes.append("no readable training photo of \(list(empty.map { classes[$0] }))")
      return
    }
    throw noTrainingPhoto(of: first, plan, in: split)
  }

  /// Every class that joined others must be learnable.
  func requirePhotos(ofClassesBeside known: [String], _ plan: ScanPlan) throws(DataError) {
    let counts = imagesPerClass(training)
    let new = Set(classes).subtracting(known)
    guard let first = classes.indices.first(where: { counts[$0] == 0 && new.contains(classes[$0]) })
    else { return }
    throw noTrainingPhoto(of: first, plan, in: plan.splits.contains(.train) ? .train : .all)
  }

  private func noTrainingPhoto(of label: Int, _ plan: ScanPlan, in split: Split) -> DataError {
    DataError(
      .bad,
      "the class '\(classes[label])' has no readable training photo in '\(plan.name)'"
        + (firstReasons(plan, in: split)[label] ?? ""))
  }
}

extension PhotoProblem {
  /// The entry of a folder as one that is left out of a split; `nil` if the problem leaves nothing out.
  func skipped(in split: Split) -> SkippedPhoto? {
    kind.leavesOut || kind == .unlistable
      ? SkippedPhoto(path: path, reason: detail, split: split) : nil
  }
}
