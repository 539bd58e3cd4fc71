import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Cache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Shows what is kept to save work, or clears it.",
    discussion:
      "Features of photos and what reading them has found are kept in $FINETUNE_CACHE or ~/.cache/finetune. Nothing there is needed: what is missing is computed again.",
    subcommands: [Show.self, Clear.self], defaultSubcommand: Show.self)
}

extension Cache {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Shows where the cache is and how large (the default).")

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
      let content = CacheContent()
      if json { return try Output.print(json: content) }
      try Output.print(
        """
        \(content.folder)
        features of photos: \(content.features.text)
        photos as they were read: \(content.scans.text)
        """)
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "clear", abstract: "Removes what is kept.")

    func run() throws {
      let content = CacheContent()
      try content.clear()
      let files = (content.features.files + content.scans.files).counted("file")
      Output.note("removed \(files) from \(content.folder)")
    }
  }
}

extension CacheContent.Part {
  /// `12 files, 3.4 MB`.
  fileprivate var text: String {
    return files == 0 ? "none" : "\(files.counted("file")), \(bytes.sizeOnDisk)"
  }
}
