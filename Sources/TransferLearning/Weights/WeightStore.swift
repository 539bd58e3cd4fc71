import Files
import Foundation
import WeightFiles

/// Where pretrained weights are looked for, and where downloads go.
///
/// In order: `weights/` in the working folder, the folder `$FINETUNE_WEIGHTS`, and Keras's own
/// `~/.keras/models` (`$KERAS_HOME/models`), into which downloads go too, so that both share them.
package struct WeightStore: Sendable {
  /// Searched in this order.
  package var folders: [URL]
  package var downloadFolder: URL
  /// The address below which the files are: `$FINETUNE_WEIGHTS_URL`; `nil`: each where Keras has it.
  package var baseURL: String?
  /// Whether downloading is forbidden.
  package var isOffline: Bool

  /// Where Keras downloads most files from.
  package static let kerasURL = "https://storage.googleapis.com/tensorflow/keras-applications/"

  package init(
    isOffline: Bool, environment: [String: String] = ProcessInfo.processInfo.environment,
    workingFolder: URL = URL(filePath: FileManager.default.currentDirectoryPath)
  ) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = value("HOME") ?? NSHomeDirectory()
    let keras = value("KERAS_HOME") ?? home + "/.keras"
    downloadFolder = URL(filePath: keras + "/models", directoryHint: .isDirectory)
    let own = value("FINETUNE_WEIGHTS").map { URL(filePath: $0, directoryHint: .isDirectory) }
    let local = workingFolder.appending(path: "weights", directoryHint: .isDirectory)
    folders = [local] + (own.map { [$0] } ?? []) + [downloadFolder]
    baseURL = value("FINETUNE_WEIGHTS_URL")
    self.isOffline = isOffline
  }

  /// A file that somebody publishes.
  package struct Item: Hashable, Sendable {
    /// The name under which it is kept.
    package let fileName: String
    /// The folder below the base address, for example `resnet`; may be empty.
    package let folder: String
    package let digest: FileDigest
    /// The base address that its publisher uses.
    package let site: String
    /// How many numbers it holds at least: those of its network. What is downloaded without a digest
    /// is not kept below that.
    package let smallestCount: Int

    package init(
      fileName: String, folder: String, digest: FileDigest, site: String = WeightStore.kerasURL,
      smallestCount: Int = 1
    ) {
      self.fileName = fileName
      self.folder = folder
      self.digest = digest
      self.site = site
      self.smallestCount = smallestCount
    }
  }

  /// A file that is there, and whether it had to be downloaded.
  package struct Located: Hashable, Sendable {
    package let url: URL
    /// The SHA-256 of what was downloaded, to be shown when nothing else vouches for it; `nil` for
    /// a file that was there already.
    package let downloadedSHA256: String?
  }

  /// The address of a published file.
  package func address(of item: Item) -> String {
    let base = baseURL ?? item.site
    return [base.hasSuffix("/") ? String(base.dropLast()) : base, item.folder, item.fileName]
      .filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// The first folder's copy of a file; `nil` when none has it.
  package func find(_ item: Item) -> URL? {
    folders.lazy.map { $0.appending(path: item.fileName) }.first {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }

  /// A file that the user named, which must be there.
  func existing(_ url: URL) throws(WeightStoreError) -> Located {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw WeightStoreError(.missing, "there is no weight file '\(url.path)'")
    }
    return Located(url: url, downloadedSHA256: nil)
  }

  /// The local copy of a published file, downloaded when there is none.
  /// - Parameter progress: bytes so far and, when known, in all; called on another thread.
  /// - Throws: `WeightStoreError`.
  package func fetch(
    _ item: Item,
    progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws(WeightStoreError) -> Located {
    if let url = find(item) { return Located(url: url, downloadedSHA256: nil) }
    let address = address(of: item)
    guard !isOffline else {
      let places = folders.map { "'\($0.path)'" }.joined(separator: ", ")
      throw WeightStoreError(
        .missing,
        sentence:
          "'\(item.fileName)' is in none of \(places), and \(.without(.isOffline)) forbids a "
          + "download; get \(address) and put it into '\(downloadFolder.path)', or try \(.shippedBase)"
      )
    }
    let target = downloadFolder.appending(path: item.fileName)
    let download = Download(
      address: address, target: target, digest: item.digest, smallestCount: item.smallestCount,
      progress: progress)
    let sha256 = try download.run()
    return Located(url: target, downloadedSHA256: sha256)
  }

  /// Whether a file has the published digest; true when none is published.
  /// - Throws: `WeightStoreError` (`missing`, `inputOutput`).
  package func verify(_ url: URL, as item: Item) throws(WeightStoreError) -> Bool {
    do {
      return try item.digest.matches(url)
    } catch {
      throw WeightStoreError(error.kind == .missing ? .missing : .inputOutput, error.message)
    }
  }
}
