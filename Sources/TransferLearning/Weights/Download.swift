import Files
import Foundation
import WeightFiles

/// One file being downloaded: into `NAME.part`, which a later try continues, then checked and moved
/// into place.
struct Download {
  let address: String
  let target: URL
  let digest: FileDigest
  let progress: @Sendable (_ received: Int, _ total: Int?) -> Void

  /// How many connections are tried at most, each of which must bring something.
  private static let largestConnectionCount = 100

  /// Downloads, checks and moves the file.
  /// - Returns: the SHA-256 of what came.
  /// - Throws: `WeightStoreError`: `unavailable`, `cannotCreate`, `inputOutput`.
  func run() throws(WeightStoreError) -> String {
    guard let url = URL(string: address), url.scheme == "https" || url.scheme == "http" else {
      throw WeightStoreError(.unavailable, "'\(address)' is no address of a file on the web")
    }
    try makeFolder()
    let part = try PartialFile(target)
    let resumed = part.byteCount > 0
    try transfer(url, into: part)
    if try !isRight(part) {
      // The beginning may be from an older version of the file; a fresh copy settles it.
      guard resumed else { throw try wrongDigest(part) }
      try part.restart()
      try transfer(url, into: part)
      guard try isRight(part) else { throw try wrongDigest(part) }
    }
    let sha256 = try checked { () throws(FileError) in try FileDigest.sha256(of: part.url) }
    try part.finish()
    return sha256
  }

  /// Fills the partial file to its end, over several connections if need be.
  private func transfer(_ url: URL, into part: PartialFile) throws(WeightStoreError) {
    var restarts = 0
    for _ in 0..<Self.largestConnectionCount {
      let before = part.byteCount
      switch Connection(url, part, progress).run() {
      case .complete: return
      case .restart where restarts < 2:
        restarts += 1
        try part.restart()
      case .restart:
        throw unavailable("the server sends pieces that do not belong together")
      case .refused(let reason):
        throw unavailable(reason)
      case .cannotWrite(let error): throw error
      case .interrupted(let reason):
        if part.byteCount > before { continue }
        let rest = before > 0 ? "; another try continues after \(before) bytes" : ""
        throw unavailable(reason + rest)
      }
    }
    throw unavailable("the connection broke \(Self.largestConnectionCount) times")
  }

  private func unavailable(_ reason: String) -> WeightStoreError {
    WeightStoreError(
      .unavailable,
      "cannot download \(address): \(reason); check the network and the address, or put the file into "
        + "'\(target.deletingLastPathComponent().path)' yourself")
  }

  private func isRight(_ part: PartialFile) throws(WeightStoreError) -> Bool {
    try checked { () throws(FileError) in try digest.matches(part.url) }
  }

  /// The error for a file that is not what was published; the file itself is removed.
  private func wrongDigest(_ part: PartialFile) throws(WeightStoreError) -> WeightStoreError {
    let found = try checked { () throws(FileError) in
      switch digest {
      case .md5: try FileDigest.md5(of: part.url)
      case .sha256, .none: try FileDigest.sha256(of: part.url)
      }
    }
    try part.restart()
    part.remove()
    return WeightStoreError(
      .unavailable,
      "\(address) is not the published file: its digest is \(found), expected "
        + "\(digest.hexadecimal ?? "none"); nothing was kept")
  }

  private func makeFolder() throws(WeightStoreError) {
    let folder = target.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw WeightStoreError(
        .cannotCreate, "cannot create the folder '\(folder.path)' for downloaded weights")
    }
  }
}

/// Turns an error about a file into one of the store.
func checked<Result>(_ body: () throws(FileError) -> Result) throws(WeightStoreError)
  -> Result
{
  do {
    return try body()
  } catch {
    throw WeightStoreError(
      error.kind == .cannotCreate ? .cannotCreate : .inputOutput, error.message)
  }
}
