import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Names of splits")
struct SplitNameTests {
  static let names: [(String, Split)] = [
    ("train", .train), ("Train", .train), ("TRAINING", .train), ("train_set", .train),
    ("training-set", .train), ("Training Set", .train), ("TrainSet", .train), ("trainset", .train),
    ("seg_train", .train), ("train_images", .train), ("train2017", .train),
    ("val", .validation), ("Valid", .validation), ("validation", .validation), ("DEV", .validation),
    ("eval", .validation), ("Validation_Data", .validation), ("val_set", .validation),
    ("test", .test), ("Testing", .test), ("test_set", .test), ("seg_test", .test),
    ("holdout", .test), ("hold-out", .test), ("Held Out", .test), ("test1", .test),
  ]

  @Test("any customary name of a split is known, in any case", arguments: names)
  func customary(name: String, split: Split) {
    #expect(Split(customaryName: name) == split)
  }

  @Test(
    "other names are none",
    arguments: [
      "", "all", "cat", "trains", "bullet_train", "train_test", "contest", "latest", "crash-test",
      "tested", "valley", "developer", "images", "pets_train", "1", "é",
    ])
  func others(name: String) { #expect(Split(customaryName: name) == nil) }
}

/// Folders of photos as people arrange them.
@Suite("Folders of splits")
struct SplitFolderTests {
  /// One arrangement: folders with so many photos each (0: an empty folder), and what it is.
  struct Arrangement: CustomTestStringConvertible {
    let folders: [String: Int]
    /// The number of photos of each split.
    let photos: [Split: Int]
    /// What a reader is told.
    let reading: String
    var classes = ["a", "b", "c"]
    /// A word of a note, if there has to be one.
    var note: String?

    var testDescription: String { folders.keys.sorted().joined(separator: " ") }

    /// Photos of the classes a, b and c below each folder.
    static func below(_ folders: [String: Int]) -> [String: Int] {
      var all: [String: Int] = [:]
      for (folder, count) in folders {
        for name in ["a", "b", "c"] { all["\(folder)/\(name)"] = count }
      }
      return all
    }
  }

  private static func splits(
    _ train: String, _ validation: String?, _ test: String?, above: String = ""
  ) -> Arrangement {
    let parts: [(Split, String?, Int, String)] = [
      (.train, train, 3, "training"), (.validation, validation, 2, "validation"),
      (.test, test, 1, "test"),
    ]
    var folders: [String: Int] = [:]
    var photos: [Split: Int] = [:]
    var reading: [String] = []
    for case (let split, let name?, let count, let purpose) in parts {
      folders[above + name] = count
      photos[split] = 3 * count
      reading.append("\(purpose) photos in '\(above + name)' (3 classes)")
    }
    return Arrangement(
      folders: Arrangement.below(folders), photos: photos,
      reading: reading.joined(separator: ", "))
  }

  static let arrangements: [Arrangement] = [
    splits("train", "valid", "test"), splits("Train", "Validation", "Test"),
    splits("Train", nil, "Test"), splits("TRAIN", "VAL", "TEST"),
    splits("training", "validation", "testing"), splits("Training", nil, "Testing"),
    splits("training_set", nil, "test_set"), splits("seg_train", nil, "seg_test"),
    splits("train", "dev", "test"), splits("train", "eval", "test"), splits("train", "val", nil),
    splits("train_set", nil, "holdout"), splits("pets_train", "pets_val", "pets_test"),
    splits("seg_train/seg_train", nil, "seg_test/seg_test"),
    splits("train/Images", nil, "test/Images"), splits("train/pets", nil, "test/pets"),
    splits("train/train/train", nil, "test"), splits("Train", "Valid", "Test", above: "pets/"),
    splits("training_set/training_set", nil, "test_set/test_set", above: "pets/Pets/"),
  ]

  static let others: [Arrangement] = [
    Arrangement(
      folders: ["a": 3, "b": 3, "c": 3], photos: [.all: 9],
      reading: "the folders of 3 classes, not divided into splits"),
    Arrangement(
      folders: ["PetImages/a": 3, "PetImages/b": 3, "PetImages/c": 3], photos: [.all: 9],
      reading: "the folders of 3 classes in 'PetImages', not divided into splits"),
    Arrangement(
      folders: Arrangement.below(["Testing": 1]).merging(["a": 3, "b": 3, "c": 3]) { $1 },
      photos: [.train: 9, .test: 3],
      reading:
        "training photos in the folder itself (3 classes), test photos in 'Testing' (3 classes)"
    ),
    Arrangement(
      folders: ["car": 2, "plane": 2, "train": 2], photos: [.all: 6],
      reading: "the folders of 3 classes, not divided into splits",
      classes: ["car", "plane", "train"]),
    Arrangement(
      folders: ["invalid": 2, "valid": 2], photos: [.all: 4],
      reading: "the folders of 2 classes, not divided into splits", classes: ["invalid", "valid"]),
    Arrangement(
      folders: ["crash_test/2020": 2, "crash_test/2021": 2, "steam_train": 2], photos: [.all: 6],
      reading: "the folders of 2 classes, not divided into splits",
      classes: ["crash_test", "steam_train"]),
    // Unlabelled photos, of Kaggle's Intel scenes and of a competition.
    Arrangement(
      folders: Arrangement.below(["seg_train/seg_train": 3, "seg_test/seg_test": 1])
        .merging(["seg_pred/seg_pred": 2]) { $1 },
      photos: [.train: 9, .test: 3],
      reading:
        "training photos in 'seg_train/seg_train' (3 classes), test photos in 'seg_test/seg_test' "
        + "(3 classes)", note: "'seg_pred' is ignored"),
    Arrangement(
      folders: Arrangement.below(["train": 3]).merging(["test": 4]) { $1 }, photos: [.train: 9],
      reading: "training photos in 'train' (3 classes)",
      note: "'test' is ignored: it has no class folders"),
    // Annotations beside the photos.
    Arrangement(
      folders: Arrangement.below(["images/train": 3, "images/val": 2])
        .merging(["annotations/train": 0]) { $1 },
      photos: [.train: 9, .validation: 6],
      reading:
        "training photos in 'images/train' (3 classes), validation photos in 'images/val' (3 classes)"
    ),
    // Splits without photos: as if they were not there.
    Arrangement(
      folders: Arrangement.below(["train": 3, "val": 0]), photos: [.train: 9],
      reading:
        "training photos in 'train' (3 classes), no validation photos ('val' has none that can be used)",
      note: "no photo that can be used for validation in 'val'"),
    Arrangement(
      folders: Arrangement.below(["train": 3, "test": 1]).merging(["Valid": 0]) { $1 },
      photos: [.train: 9, .test: 3],
      reading:
        "training photos in 'train' (3 classes), no validation photos ('Valid' has none that can be "
        + "used), test photos in 'test' (3 classes)",
      note: "no photo that can be used for validation in 'Valid'"),
    Arrangement(
      folders: ["a": 3, "b": 3, "c": 3, "test": 0], photos: [.train: 9],
      reading:
        "training photos in the folder itself (3 classes), no test photos ('test' has none that can be used)",
      note: "no photo that can be used for test in 'test'"),
  ]

  private func make(_ folders: [String: Int]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (number, (path, count)) in folders.sorted(by: { $0.key < $1.key }).enumerated() {
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: path), withIntermediateDirectories: true)
      try folder.writePhotos(path, count, seed: UInt8(number))
    }
    return folder
  }

  @Test("what is understood of an arrangement", arguments: arrangements + others)
  func understood(_ arrangement: Arrangement) throws {
    let folder = try make(arrangement.folders)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == arrangement.classes)
    #expect(photos.reading == arrangement.reading)
    let counts = Dictionary(uniqueKeysWithValues: photos.splits.map { ($0, photos[$0].count) })
    #expect(counts == arrangement.photos)
    let note = photos.notes.first { $0.contains(arrangement.note ?? "\0") }
    #expect((note != nil) == (arrangement.note != nil), "\(photos.notes)")
    #expect(
      photos.problems.contains { $0.kind == .emptySplit }
        == (arrangement.note?.hasPrefix("no photo") ?? false))
    for photo in photos.all {
      #expect(FileManager.default.fileExists(atPath: photos.file(of: photo).path))
      #expect(
        photo.path.contains("/\(photos.classes[photo.label])/")
          || photo.path.hasPrefix(photos.classes[photo.label]))
    }
  }

  @Test("photos to validate on are taken from training where their folder is empty")
  func emptyValidation() throws {
    let folder = try make(Arrangement.below(["train": 10, "val": 0]))
    let photos = try Photos.scan(folder.url, pool: pool).splitting(validation: 0.2, seed: 1)
    #expect(photos.training.count == 24 && photos.validation.count == 6)
  }

  /// Folders that can be read in more than one way, or in none, and words of the error.
  static let refused: [([String: Int], [String])] = [
    (Arrangement.below(["train": 1, "val": 1, "dev": 1]), ["'dev', 'val'", "validation photos"]),
    (Arrangement.below(["train": 1, "Train": 1, "test": 1]), ["'Train', 'train'"]),
    (Arrangement.below(["train": 1, "test": 1, "holdout": 1]), ["'holdout', 'test'"]),
    (["Train": 3, "Test": 3], ["'Test', 'Train'", "no class folders"]),
    (["train": 3, "test1": 3], ["'test1', 'train'", "no class folders"]),
    (["cat": 3, "dog": 3, "test": 3], ["'test'", "no class folders", "the class folders beside"]),
    (["train": 3, "test/a": 3, "test/b": 3], ["'train'", "no class folders"]),
    (
      ["car": 2, "plane": 2, "train/steam": 2, "train/diesel": 2],
      ["'train'", "'diesel', 'steam'", "'car', 'plane'"]
    ),
    (["car": 2, "plane": 2, "test/x": 2], ["'test'", "'x'", "'car', 'plane'"]),
    (
      ["cat/train": 2, "cat/test": 2, "dog/train": 2, "dog/test": 2],
      ["'cat' holds 'test', 'train'", "the classes 'cat', 'dog'"]
    ),
    (
      Arrangement.below(["one/train": 1, "one/test": 1, "two/train": 1, "two/test": 1]),
      ["'one', 'two' each hold splits", "/one'"]
    ),
    (
      Arrangement.below(["pets/train": 1, "pets/test": 1]).merging(["others": 2]) { $1 },
      ["'pets' holds 'test', 'train'", "'others'"]
    ),
  ]

  @Test(
    "what can be read in more than one way is refused, saying how it was read", arguments: refused)
  func ambiguous(folders: [String: Int], words: [String]) throws {
    let folder = try make(folders)
    for isInspection in [false, true] {
      let error = dataError {
        _ = try Photos.scan(folder.url, isInspection: isInspection, pool: pool)
      }
      #expect(error?.kind == .bad)
      for word in words + ["read as: "] {
        #expect(error?.message.contains(word) == true, "\(word): \(error?.message ?? "none")")
      }
    }
  }

  @Test("the classes of a run say what a folder may be")
  func known() throws {
    let folder = try make(["cat/2020": 2, "cat/2021": 1])
    let photos = try Photos.scan(folder.url, classes: ["cat", "dog"], pool: pool)
    #expect(photos.imagesPerClass(in: .all) == [3, 0])
    let vehicles = try make(["car": 1, "test": 2])
    let all = try Photos.scan(vehicles.url, classes: ["car", "test"], pool: pool)
    #expect(all.imagesPerClass(in: .all) == [1, 2])
  }

  @Test("a split may be a link to another")
  func links() throws {
    let folder = try make(Arrangement.below(["Train": 2]))
    try folder.link("Valid", to: "Train")
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.imagesPerClass(in: .validation) == [2, 2, 2])
  }
}
