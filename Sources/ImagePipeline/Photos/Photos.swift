import Files
import Foundation

/// The photos of a folder or a list, checked: every one was read and can be decoded.
///
/// One list holds them all: those to train on first (or all, where nothing divides them), then those to
/// validate on, then those to test on, each part sorted by path.
public struct Photos: Sendable {
  /// Who divided the photos into parts.
  public enum Division: Hashable, Sendable {
    /// Folders, or a column of the list; or nobody, where all are in one part.
    case given
    /// This program took so much of the training photos, `0..<1`, to validate on.
    case drawn(validation: Double, seed: UInt64)
  }

  /// What the photos' paths are relative to.
  public let root: URL
  /// The folder or the list that they were found by.
  public package(set) var source: URL
  /// The label map: a photo's label is its class's index, or says several by `labelling`. Sorted by Unicode
  /// scalars unless given.
  public let classes: [String]
  /// What labels say: one class of each photo, or any number of them.
  public package(set) var labelling = Labelling.exclusive
  /// All that can be used, part after part.
  public private(set) var all: [Photo] = []
  private(set) var parts: [Split: Range<Int>] = [:]
  /// How the photos to validate on were set apart.
  public package(set) var division = Division.given

  /// How the folder or the list was understood, in one line; empty where none was scanned.
  public package(set) var reading = ""
  /// Image files that cannot be used, by path.
  public package(set) var skipped: [SkippedPhoto] = []
  /// Paths of what is not an image or is hidden.
  public package(set) var ignored: [String] = []
  /// Things a user should know, one line each.
  public package(set) var notes: [String] = []
  /// What was found out about each photo, by its path.
  public package(set) var facts: [String: PhotoFacts] = [:]
  /// The fingerprints of photos of a run, whose facts are not kept, by their paths; see
  /// `PhotoFacts.fingerprint`.
  package internal(set) var fingerprints: [String: Fingerprint] = [:]
  /// All that is wrong, by path, then in the order of the kinds.
  public package(set) var problems: [PhotoProblem] = []
  /// Groups of paths of photos that show the same picture, by their bytes or their looks.
  public package(set) var duplicates: [[String]] = []

  /// - Parameters:
  ///   - root: the folder that the photos' paths are relative to; it becomes `source`, too.
  ///   - classes: the label map: a photo's label is an index into it.
  ///   - splits: the photos of each part, each sorted by path; a part that is not named does not
  ///     exist.
  ///   - division: who set the photos to validate on apart; it is recorded, nothing is divided
  ///     here.
  ///   - labelling: what labels say.
  public init(
    root: URL, classes: [String], splits: [Split: [Photo]] = [:], division: Division = .given,
    labelling: Labelling = .exclusive
  ) {
    self.root = root
    source = root
    self.classes = classes
    self.labelling = labelling
    self.division = division
    for split in Split.allCases {
      if let photos = splits[split] { append(photos, as: split) }
    }
  }

  /// Adds a part behind those that there are.
  mutating func append(_ photos: [Photo], as split: Split) {
    parts[split] = all.count..<all.count + photos.count
    all += photos
  }

  /// Takes a part away that has no photos.
  mutating func remove(_ split: Split) { parts[split] = nil }

  /// Replaces the part to train on, or all where nothing divides them, by two.
  mutating func divide(train: [Photo], validation: [Photo]) {
    let test = parts[.test] == nil ? nil : self[.test]
    parts = [:]
    all = []
    append(train, as: .train)
    append(validation, as: .validation)
    if let test { append(test, as: .test) }
  }

  /// The parts that there are, in the order of `Split`; a part may be empty.
  public var splits: [Split] { Split.allCases.filter { parts[$0] != nil } }

  /// The photos of a part; none if there is no such part.
  public subscript(split: Split) -> [Photo] { Array(all[parts[split] ?? 0..<0]) }

  /// The places in `all` of those to train on: all where nothing divides them.
  public var training: Range<Int> { parts[.train] ?? parts[.all] ?? 0..<0 }
  /// The places in `all` of those to validate on.
  public var validation: Range<Int> { parts[.validation] ?? 0..<0 }
  /// The places in `all` of those to test on.
  public var test: Range<Int> { parts[.test] ?? 0..<0 }

  /// The places in `all` of those to train on and those to validate on.
  package var trainingAndValidation: Range<Int> { 0..<training.count + validation.count }

  /// The label of each of the photos at the given places; see `labelling`.
  package func labels(_ places: some Sequence<Int>) -> [Int] { places.map { all[$0].label } }

  /// How many of the photos at the given places each class has, in the order of `classes`.
  package func imagesPerClass(_ places: some Sequence<Int>) -> [Int] {
    places.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, place in
      for index in labelling.classes(of: all[place].label) where counts.indices.contains(index) {
        counts[index] += 1
      }
    }
  }

  /// How many photos of a part each class has, in the order of `classes`.
  public func imagesPerClass(in split: Split) -> [Int] {
    imagesPerClass(parts[split] ?? 0..<0)
  }

  /// What a photo is recognised by; `nil` where it was never read.
  func look(of photo: Photo) -> PhotoLook? {
    if let facts = facts[photo.path] { return facts.look }
    guard !photo.digest.isEmpty else { return nil }
    return PhotoLook(digest: photo.digest, fingerprint: fingerprints[photo.path])
  }

  /// Where the file of a photo is.
  public func file(of photo: Photo) -> URL {
    root.file(at: photo.path)
  }
}

extension Photos {
  /// Whether every label of a multi-label collection is a set, and each set one of its classes.
  private var labelsAreKnown: Bool {
    guard case .sets(let sets) = labelling else { return true }
    return sets.joined().allSatisfy(classes.indices.contains)
      && all.allSatisfy { sets.indices.contains($0.label) }
  }
}

extension Photos: Equatable {
  /// Whether both have the same photos, divided in the same way; where they lie does not matter, nor
  /// what was found wrong.
  public static func == (left: Photos, right: Photos) -> Bool {
    left.classes == right.classes && left.labelling == right.labelling && left.all == right.all
      && left.division == right.division
      && left.training == right.training && left.validation == right.validation
  }
}

/// What `split.json` of a run holds: the photos and how they are divided, without what was found wrong.
extension Photos: Codable {
  private enum CodingKeys: CodingKey {
    case root, classes, labelSets, validationFraction, seed, train, validation, test, fingerprints
  }

  /// Writes root, classes, the photos of each part, and what photos that come later are compared with.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(root.relativePath, forKey: .root)
    try container.encode(classes, forKey: .classes)
    if case .sets(let sets) = labelling { try container.encode(sets, forKey: .labelSets) }
    if case .drawn(let validation, let seed) = division {
      try container.encode(validation, forKey: .validationFraction)
      try container.encode(seed, forKey: .seed)
    }
    try container.encode(Array(all[training]), forKey: .train)
    try container.encode(Array(all[validation]), forKey: .validation)
    try container.encode(Array(all[test]), forKey: .test)
    let known = Dictionary(
      all.compactMap { photo in look(of: photo)?.fingerprint.map { (photo.path, $0) } },
      uniquingKeysWith: { first, _ in first })
    try container.encode(known, forKey: .fingerprints)
  }

  /// Reads what `encode` wrote; facts, problems and notes are not part of it and stay empty.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let fraction = try container.decodeIfPresent(Double.self, forKey: .validationFraction)
    let seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
    let sets = try container.decodeIfPresent([[Int]].self, forKey: .labelSets)
    self.init(
      // Runs of earlier versions do not say it.
      root: URL(filePath: try container.decodeIfPresent(String.self, forKey: .root) ?? "."),
      classes: try container.decode([String].self, forKey: .classes),
      splits: [
        .train: try container.decode([Photo].self, forKey: .train),
        .validation: try container.decode([Photo].self, forKey: .validation),
        .test: try container.decode([Photo].self, forKey: .test),
      ],
      division: fraction.map { .drawn(validation: $0, seed: seed ?? 0) } ?? .given,
      labelling: sets.map(Labelling.sets) ?? .exclusive)
    guard labelsAreKnown else {
      throw DecodingError.dataCorruptedError(
        forKey: .labelSets, in: container, debugDescription: "a label names no set of the classes")
    }
    // Nor do they say this, or say it otherwise.
    fingerprints = (try? container.decode([String: Fingerprint].self, forKey: .fingerprints)) ?? [:]
  }
}
