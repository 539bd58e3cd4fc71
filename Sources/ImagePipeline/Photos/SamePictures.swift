/// The photos that show the same picture, and what is wrong with that.
struct SamePictures {
  /// A photo of a later split and one of an earlier split that it equals.
  struct Leak {
    let split: Split
    let path: String
    let source: Split
    let twin: String
  }

  /// Paths, sorted; groups by their first path.
  let groups: [[String]]
  private(set) var problems: [PhotoProblem] = []
  private(set) var leaks: [Leak] = []

  private struct Member {
    let photo: Photo
    let split: Split
    let look: PhotoLook
  }

  private let classes: [String]
  private let labelling: Labelling
  /// By split, then path.
  private let members: [Member]

  init(_ photos: Photos) {
    classes = photos.classes
    labelling = photos.labelling
    members = Split.allCases.flatMap { split in
      photos[split].compactMap { photo in
        photos.look(of: photo).map { Member(photo: photo, split: split, look: $0) }
      }
    }
    let members = members
    let found = Duplicates(members.map(\.look)).groups
    groups = found.map { group in group.map { members[$0].photo.path }.sorted(by: precedes) }
      .sorted { precedes($0[0], $1[0]) }
    for group in found { judge(group) }
    judgeNamedGroups()
  }

  private mutating func add(_ kind: PhotoProblem.Kind, _ index: Int, _ detail: String) {
    problems.append(PhotoProblem(kind, path: members[index].photo.path, detail))
  }

  private mutating func judge(_ group: [Int]) {
    var seen = Representatives()
    for index in group {
      let (split, label) = (members[index].split, members[index].photo.label)
      for earlier in Split.allCases.prefix(while: { $0 != split }) {
        guard let twin = nearest(to: index, seen.indices { other, _ in other == earlier }) else {
          continue
        }
        let path = members[twin.index].photo.path
        add(.leak, index, "the same picture as '\(path)', by its \(twin.sense)")
        leaks.append(
          Leak(split: split, path: members[index].photo.path, source: earlier, twin: path))
      }
      if let twin = nearest(to: index, seen.indices { $0 == split && $1 == label }) {
        add(
          twin.distance == 0 ? .duplicate : .nearDuplicate, index,
          "the same picture as '\(members[twin.index].photo.path)', by its \(twin.sense)")
      }
      if let twin = nearest(to: index, seen.indices { _, other in other != label }) {
        let other = members[twin.index].photo
        add(
          .conflictingLabels, index,
          "\(said(label)), but the same picture as '\(other.path)' \(said(other.label)), by its "
            + "\(twin.sense)")
      }
      seen.add(index, split: split, label: label)
    }
  }

  /// What a label says.
  private func said(_ label: Int) -> String {
    let text = "'\(labelling.text(of: label, classes))'"
    return labelling.isMultiLabel ? "labelled \(text)" : "of the class \(text)"
  }

  /// A photo that another is the same as.
  private struct Twin {
    let index: Int
    /// 0 for the same bytes, else one more than the number of coarse bits in which fingerprints differ.
    let distance: Int

    var sense: String {
      switch distance {
      case 0: "bytes"
      case 1: "looks"
      default: "looks (\(distance - 1) of the 64 coarse bits of their fingerprints differ)"
      }
    }
  }

  /// The closest of some photos, the first of equally close ones; `nil` if none is the same picture
  /// without others between.
  private func nearest(to index: Int, _ others: [Int]) -> Twin? {
    let look = members[index].look
    let twins = others.compactMap { other -> Twin? in
      guard look.digest != members[other].look.digest else {
        return Twin(index: other, distance: 0)
      }
      guard look.looksLike(members[other].look) else { return nil }
      return look.distance(to: members[other].look).map { Twin(index: other, distance: $0 + 1) }
    }
    return twins.min { $0.distance < $1.distance }
  }

  /// A group that a list names is to be in one split only.
  private mutating func judgeNamedGroups() {
    var first: [String: [Split: Int]] = [:]
    for (index, member) in members.enumerated() {
      guard let name = member.photo.group else { continue }
      for earlier in Split.allCases.prefix(while: { $0 != member.split }) {
        guard let other = first[name]?[earlier] else { continue }
        let path = members[other].photo.path
        add(.leak, index, "of the group '\(name)', as is '\(path)'")
      }
      if first[name]?[member.split] == nil { first[name, default: [:]][member.split] = index }
    }
  }
}

/// Earlier photos of a group that later ones are compared with: enough to name one of each kind, few
/// enough that a group of all photos costs no more than a pass over them.
private struct Representatives {
  private static let (mostKinds, mostOfAKind) = (64, 16)
  private var kinds: [(split: Split, label: Int, indices: [Int])] = []

  mutating func add(_ index: Int, split: Split, label: Int) {
    if let place = kinds.firstIndex(where: { $0.split == split && $0.label == label }) {
      if kinds[place].indices.count < Self.mostOfAKind { kinds[place].indices.append(index) }
    } else if kinds.count < Self.mostKinds {
      kinds.append((split, label, [index]))
    }
  }

  func indices(where isWanted: (Split, Int) -> Bool) -> [Int] {
    kinds.flatMap { isWanted($0.split, $0.label) ? $0.indices : [] }
  }
}
