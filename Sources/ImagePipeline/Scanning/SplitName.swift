/// A name that says which split something is for: `Train`, `valid`, `test_set`, `flowers-dev`.
struct SplitName: Hashable {
  let split: Split
  /// The other words of the name, in lower case: `flowers` of `flowers-dev`. Those that only say that
  /// there are photos, as "images" or "set", are not among them.
  let others: [String]
  /// Whether the name is a word that means something else, too, so that a class may be called so.
  let isAmbiguous: Bool

  /// Words for each split, as folders and lists have them; in any case.
  static let words: [Split: [String]] = [
    .train: ["train", "training"],
    .validation: ["val", "valid", "validation", "dev", "development", "eval", "evaluation"],
    .test: ["test", "testing", "holdout", "heldout"],
  ]

  /// Words beside them that say nothing of what is shown.
  private static let fillers: Set<String> = [
    "set", "sets", "split", "data", "dataset", "datasets", "seg", "folder", "dir", "image",
    "images",
    "img", "imgs", "photo", "photos", "picture", "pictures", "sample", "samples", "jpg", "jpeg",
    "png",
  ]

  /// A train is a vehicle, and what is valid may be a form.
  private static let ambiguous: Set<String> = ["train", "training", "valid"]

  private static let splits: [String: Split] = Dictionary(
    words.flatMap { split, words in words.map { ($0, split) } }, uniquingKeysWith: { $1 })

  /// `nil` if the name has none of the words, or several.
  init?(_ name: String) {
    var found: [Split] = []
    var others: [String] = []
    let words = Self.words(of: name)
    for word in words {
      if let split = Self.split(of: word) {
        found.append(split)
      } else if !Self.fillers.contains(word) {
        others.append(word)
      }
    }
    guard let split = found.first, found.count == 1 else { return nil }
    self.split = split
    self.others = others
    isAmbiguous = words.count == 1 && Self.ambiguous.contains(words[0])
  }

  /// Whether nothing but a split can be meant, as far as the name goes.
  var isPlain: Bool { others.isEmpty }

  /// Whether a name says only that there are photos: `images`, `Data`.
  static func isFiller(_ name: String) -> Bool {
    let words = words(of: name)
    return !words.isEmpty && words.allSatisfy(fillers.contains)
  }

  /// A word for a split, or one with such a word at its end: `trainset`.
  private static func split(of word: String) -> Split? {
    if let split = splits[word] { return split }
    return fillers.lazy.filter(word.hasSuffix).compactMap {
      splits[String(word.dropLast($0.count))]
    }.first
  }

  /// The words of a name in lower case: its letters, parted by anything else and where a capital
  /// follows a small letter.
  private static func words(of name: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in name {
      if character.isUppercase, word.last?.isLowercase == true {
        words.append(word)
        word = ""
      }
      if character.isLetter {
        word.append(character)
      } else if !word.isEmpty {
        words.append(word)
        word = ""
      }
    }
    words = (words + [word]).filter { !$0.isEmpty }.map { $0.lowercased() }
    guard let out = words.firstIndex(of: "out"), out > 0, ["hold", "held"].contains(words[out - 1])
    else { return words }
    words.replaceSubrange(out - 1...out, with: [words[out - 1] + "out"])
    return words
  }
}

extension Split {
  /// The split of a customary name, in any case: `train`, `Training`, `valid`, `dev`, `test_set`,
  /// `holdout`; `all` is none of them.
  /// - Parameter name: as a folder, a list or a user calls it; any other word in it makes it no name of
  ///   a split.
  public init?(customaryName name: String) {
    guard let name = SplitName(name), name.isPlain else { return nil }
    self = name.split
  }

  /// What its photos are for, to stand before "photos".
  var purpose: String {
    switch self {
    case .all: "all"
    case .train: "training"
    case .validation: "validation"
    case .test: "test"
    }
  }
}
