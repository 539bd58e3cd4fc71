import ArgumentParser
import Files
import Foundation
import TransferLearning

/// What a shell offers for a word that is half typed. Everything is found by names alone, since people wait.
enum Candidates {
  /// Files that a base can be.
  private static let modelFiles = ["keras", "h5", "hdf5"]

  /// Whatever `--base` takes.
  static let bases = CompletionKind.custom { _, _, prefix in
    [CandidateOptions.automatic] + Model.names + runs(prefix) + files(prefix, endings: modelFiles)
  }

  /// Bases with commas between them: the last one is completed.
  static let listOfBases = CompletionKind.custom { _, _, prefix in
    let known = prefix.lastIndex(of: ",").map { prefix[...$0] } ?? ""
    return Model.names.map { known + $0 }
  }

  /// Names of the zoo, or files of Keras models.
  static let models = CompletionKind.custom { _, _, prefix in
    Model.names + files(prefix, endings: modelFiles)
  }

  /// Names of the zoo whose weights are published.
  static let published = CompletionKind.custom { _, _, _ in Model.names }

  /// Presets of plans, and files of one's own.
  static let plans = CompletionKind.custom { _, _, prefix in
    FineTuningPlan.presets.map(\.name) + files(prefix, endings: ["json"])
  }

  /// Folders that training wrote.
  static let runs = CompletionKind.custom { _, _, prefix in runs(prefix) }

  /// A run first, unless a base is named; then photos.
  static let runThenPhotos = CompletionKind.custom { words, index, prefix in
    let before = words.prefix(index)
    let named = before.contains { $0 == "--base" || $0.hasPrefix("--base=") }
    return named || before.contains(where: isRun)
      ? files(prefix, endings: photoEndings) : runs(prefix)
  }

  private static let photoEndings = PhotoFacts.Format.allCases.flatMap(\.extensions)

  // MARK: folders

  /// Runs in the current folder and below the customary one, and below the folder that is typed.
  private static func runs(_ prefix: String) -> [String] {
    let typed = folder(of: prefix)
    let places = ["", FineTuningJob.customaryFolder + "/"] + (typed.isEmpty ? [] : [typed])
    var seen: Set<String> = []
    let found = places.flatMap { place in
      names(in: place).map { place + $0 }.filter(isRun)
    }.filter { seen.insert($0).inserted }
    return found.isEmpty || !typed.isEmpty ? found + folders(prefix) : found
  }

  private static func isRun(_ path: String) -> Bool {
    FileStatus(path + "/" + RunFolder.File.run.rawValue)?.kind == .file
  }

  /// Files that end so, and folders on the way to others, in the folder that is typed.
  private static func files(_ prefix: String, endings: [String]) -> [String] {
    let typed = folder(of: prefix)
    let files = names(in: typed).filter { name in
      endings.contains { name.lowercased().hasSuffix(".\($0)") }
    }
    return files.map { typed + $0 } + folders(prefix)
  }

  private static func folders(_ prefix: String) -> [String] {
    let typed = folder(of: prefix)
    return names(in: typed).filter { FileStatus(typed + $0)?.kind == .folder }
      .map { typed + $0 + "/" }
  }

  /// The part of a path up to its last slash.
  private static func folder(of prefix: String) -> String {
    prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
  }

  /// What is in a folder and not hidden.
  private static func names(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: folder.isEmpty ? "." : folder)
    return (names ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }
}
