import Files
import Foundation

/// A repository of huggingface's hub on this machine, as the hub's own tools keep it: the contents in `blobs`, each named by
/// its digest, and for each revision a folder of links to them; `refs/main` names the newest revision.
struct HubRepository {
  /// `models--timm--resnet50.a1_in1k`.
  private let folder: URL

  /// - Parameters:
  ///   - name: for example `timm/resnet50.a1_in1k`.
  ///   - cache: the folder of all repositories.
  init(_ name: String, in cache: URL) {
    folder = cache.appending(
      path: "models--" + name.replacing("/", with: "--"), directoryHint: .isDirectory)
  }

  private var snapshots: URL { folder.appending(path: "snapshots") }
  private var reference: URL { folder.appending(path: "refs/main") }

  /// A file of the newest revision, else of any that is here; `nil` when none has it.
  func find(_ fileName: String) -> URL? {
    let newest = (try? InputFile.read(reference, atMost: 1024))
      .map { String(decoding: $0, as: UTF8.self) }?
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let all = (try? FileManager.default.contentsOfDirectory(atPath: snapshots.path)) ?? []
    return ([newest].compactMap(\.self).filter(all.contains) + all.sorted()).lazy
      .map { snapshots.appending(path: $0).appending(path: fileName) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Where a download goes before its digest is known.
  func landing(of fileName: String) -> URL { folder.appending(path: "blobs/\(fileName)") }

  /// Puts what has landed into its place, and names its revision the newest.
  /// - Parameters:
  ///   - fileName: what has been downloaded to `landing(of:)`.
  ///   - blob: what its content is called by.
  ///   - revision: the commit that it is of.
  /// - Returns: where users of the repository find it.
  func settle(_ fileName: String, blob: String, revision: String) throws(WeightStoreError) -> URL {
    let link = snapshots.appending(path: revision).appending(path: fileName)
    do {
      for place in [link, reference] {
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      }
      try AtomicFile.move(
        landing(of: fileName).path, to: folder.appending(path: "blobs/\(blob)").path)
      try? FileManager.default.removeItem(at: link)
      try FileManager.default.createSymbolicLink(
        atPath: link.path, withDestinationPath: "../../blobs/\(blob)")
      try AtomicFile.write(Data(revision.utf8), to: reference)
    } catch {
      throw WeightStoreError(
        .cannotCreate, "cannot put '\(fileName)' into '\(folder.path)': \(error)")
    }
    return link
  }
}
