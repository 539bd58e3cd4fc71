import Files
import Foundation
import WeightFiles

/// Where pretrained weights are looked for, and where downloads go.
///
/// In order: `weights/` in the working folder, the folder `$FINETUNE_WEIGHTS`, and where the tools of their publisher
/// keep them, into which downloads go too, so that both share them: `~/.keras/models` (`$KERAS_HOME/models`),
/// `~/.cache/huggingface/hub` (`$HF_HUB_CACHE`, `$HF_HOME/hub`) for timm's, `~/.cache/torch/hub/checkpoints`
/// (`$TORCH_HOME/hub/checkpoints`) for torchvision's.
package struct WeightStore: Sendable {
  /// Searched in this order; the last is Keras's.
  package var folders: [URL]
  /// Where Keras's files go.
  package var downloadFolder: URL
  /// Where the repositories of huggingface's hub are.
  package var hubFolder: URL
  /// Where torchvision's files are.
  package var torchFolder: URL
  /// The address below which the files are: `$FINETUNE_WEIGHTS_URL`; `nil`: each where Keras has it.
  package var baseURL: String?
  /// The same for the hub alone, under the name that its own tools know: `$HF_ENDPOINT`.
  package var hubURL: String?
  /// Whether downloading is forbidden.
  package var isOffline: Bool
  /// How long the first byte of a file is waited for, at each address that is asked.
  package var patience = Duration.seconds(120)

  /// Where Keras downloads most files from.
  package static let kerasURL = "https://storage.googleapis.com/tensorflow/keras-applications/"

  package init(
    isOffline: Bool, environment: [String: String] = ProcessInfo.processInfo.environment,
    workingFolder: URL = URL(filePath: FileManager.default.currentDirectoryPath)
  ) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = value("HOME") ?? NSHomeDirectory()
    let keras = value("KERAS_HOME") ?? home + "/.keras"
    let cache = value("XDG_CACHE_HOME") ?? home + "/.cache"
    let hub = value("HF_HUB_CACHE") ?? (value("HF_HOME") ?? cache + "/huggingface") + "/hub"
    let torch = (value("TORCH_HOME") ?? cache + "/torch") + "/hub/checkpoints"
    hubFolder = URL(filePath: hub, directoryHint: .isDirectory)
    torchFolder = URL(filePath: torch, directoryHint: .isDirectory)
    hubURL = value("HF_ENDPOINT")
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
    package let content: Content
    /// Whose tools keep it.
    package let shelf: WeightShelf

    /// What a file has to be where nobody states its digest.
    package enum Content: Hashable, Sendable {
      /// A weight file with so many numbers at least: those of its network.
      case weights(smallestCount: Int)
      /// A configuration of timm's.
      case configuration

      /// The most bytes that such a file can have, whatever a server sends.
      ///
      /// Of weights, published files may have more numbers than the network that is wanted: a classifier of 20 000
      /// classes, or the large layers of early networks before it. 64 bytes for each number are sixteen times as
      /// many numbers, and 256 MiB are a classifier of the largest kind. Of which nothing is known: 4 GiB.
      package var largestByteCount: Int {
        switch self {
        case .configuration: return 1 << 20
        case .weights(let count):
          let general = 4 << 30
          return count > 1 ? max(8 * count, min(general, 256 << 20 + 64 * count)) : general
        }
      }
    }

    /// The name for messages.
    fileprivate var title: String { shelf == .hub ? "\(repository)/\(fileName)" : fileName }

    /// Of the hub's repository, for example `timm/resnet50.a1_in1k`.
    fileprivate var repository: String {
      folder.components(separatedBy: "/resolve/").first ?? folder
    }

    package init(
      fileName: String, folder: String, digest: FileDigest, site: String = WeightStore.kerasURL,
      content: Content = .weights(smallestCount: 1), shelf: WeightShelf = .keras
    ) {
      self.fileName = fileName
      self.folder = folder
      self.digest = digest
      self.site = site
      self.content = content
      self.shelf = shelf
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
    let base = (item.shelf == .hub ? hubURL : nil) ?? baseURL ?? item.site
    return [base.hasSuffix("/") ? String(base.dropLast()) : base, item.folder, item.fileName]
      .filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// The first folder's copy of a file; `nil` when none has it.
  package func find(_ item: Item) -> URL? {
    let own = folders.dropLast()
    let places: [URL?] =
      switch item.shelf {
      case .keras: folders.map { $0.appending(path: item.fileName) }
      case .torchvision: (own + [torchFolder]).map { $0.appending(path: item.fileName) }
      case .hub:
        own.map { $0.appending(path: "\(item.repository)/\(item.fileName)") }
          + [repository(of: item).find(item.fileName)]
      }
    return places.lazy.compactMap(\.self).first {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }

  private func repository(of item: Item) -> HubRepository {
    HubRepository(item.repository, in: hubFolder)
  }

  /// Where a download of it goes at first.
  private func target(of item: Item) -> URL {
    switch item.shelf {
    case .keras: downloadFolder.appending(path: item.fileName)
    case .torchvision: torchFolder.appending(path: item.fileName)
    case .hub: repository(of: item).landing(of: item.fileName)
    }
  }

  /// The folders in which it is looked for, and into which of them a user may put it.
  private func places(of item: Item) -> (all: [URL], own: URL) {
    switch item.shelf {
    case .keras: (folders, downloadFolder)
    case .torchvision: (folders.dropLast() + [torchFolder], torchFolder)
    case .hub:
      (
        folders.dropLast().map { $0.appending(path: item.repository) } + [hubFolder],
        folders[0].appending(path: item.repository)
      )
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
      let (all, own) = places(of: item)
      let places = all.map { "'\($0.path)'" }.joined(separator: ", ")
      throw WeightStoreError(
        .missing,
        sentence:
          "'\(item.title)' is in none of \(places), and \(.without(.isOffline)) forbids a "
          + "download; get \(address) and put it into '\(own.path)', or try \(.shippedBase)"
      )
    }
    let target = target(of: item)
    let download = Download(
      address: address, target: target, digest: item.digest, content: item.content,
      patience: patience, progress: progress)
    let (sha256, told) = try download.run()
    guard item.shelf == .hub else { return Located(url: target, downloadedSHA256: sha256) }
    let url = try repository(of: item).settle(
      item.fileName, blob: told.blob ?? sha256, revision: told.revision ?? String(sha256.prefix(40))
    )
    return Located(url: url, downloadedSHA256: sha256)
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
