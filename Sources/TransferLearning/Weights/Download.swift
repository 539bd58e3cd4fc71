import Files
import Foundation
import ModelZoo
import WeightFiles

/// One file being downloaded: into `NAME.part`, which a later try continues, then checked and moved
/// into place.
struct Download {
  let address: String
  let target: URL
  let digest: FileDigest
  /// What the file has to be where nobody states its digest.
  let content: WeightStore.Item.Content
  /// How long the first byte of the file is waited for.
  let patience: Duration
  let progress: @Sendable (_ received: Int, _ total: Int?) -> Void

  /// How many connections are tried at most, each of which must bring something.
  private static let largestConnectionCount = 100

  /// Downloads, checks and moves the file.
  /// - Returns: the SHA-256 of what came, and what the server told of it.
  /// - Throws: `WeightStoreError`: `unavailable`, `cannotCreate`, `inputOutput`.
  func run() throws(WeightStoreError) -> (sha256: String, told: ToldFile) {
    guard let url = URL(string: address), url.scheme == "https" || url.scheme == "http" else {
      throw WeightStoreError(.unavailable, "'\(address)' is no address of a file on the web")
    }
    try makeFolder()
    let part = try PartialFile(target)
    // What a later try can go on from is kept, nothing else.
    defer { if part.byteCount == 0 { part.remove() } }
    let resumed = part.byteCount > 0
    var told = try transfer(url, into: part)
    if let problem = try problem(part, told) {
      // The beginning may be from an older version of the file; a fresh copy settles it.
      guard resumed else { throw try refusal(of: part, problem) }
      try part.restart()
      told = try transfer(url, into: part)
      if let problem = try self.problem(part, told) { throw try refusal(of: part, problem) }
    }
    let sha256 = try checked { () throws(FileError) in try FileDigest.sha256(of: part.url) }
    try part.finish()
    return (sha256, told)
  }

  /// Fills the partial file to its end, over several connections if need be.
  private func transfer(_ url: URL, into part: PartialFile) throws(WeightStoreError) -> ToldFile {
    var restarts = 0
    let limits = Connection.Limits(byteCount: content.largestByteCount, patience: patience)
    for _ in 0..<Self.largestConnectionCount {
      let before = part.byteCount
      let connection = Connection(url, part, limits, progress)
      switch connection.run() {
      case .complete: return connection.told
      case .restart where restarts < 2:
        restarts += 1
        try part.restart()
      case .restart:
        throw unavailable("the server sends pieces that do not belong together")
      case .refused(let reason):
        throw unavailable(reason)
      case .tooLarge(let reason):
        try part.restart()
        throw unavailable(reason + "; nothing was kept")
      case .cannotWrite(let error): throw error
      case .interrupted(let reason):
        if part.byteCount > before { continue }
        let kept = part.byteCount
        let rest = kept > 0 ? "; another try continues after \(kept) bytes" : ""
        throw unavailable(reason + rest)
      }
    }
    throw unavailable("the connection broke \(Self.largestConnectionCount) times")
  }

  private func unavailable(_ reason: String) -> WeightStoreError {
    WeightStoreError(
      .unavailable,
      sentence:
        "cannot download \(address): \(reason); check the network and the address, put the file into "
        + "'\(target.deletingLastPathComponent().path)' yourself, or try \(.shippedBase)")
  }

  /// What shows that a file is not the published one, as a clause; `nil` when nothing does.
  ///
  /// Without a digest it has to be a weight file that opens, which one that was cut short does not, and
  /// large enough for its network: nobody may have told how long it is.
  private func problem(_ part: PartialFile, _ told: ToldFile) throws(WeightStoreError) -> String? {
    let digest = digest == .none ? told.digest : digest
    if let expected = digest.hexadecimal {
      let found = try checked { () throws(FileError) in try digest.found(in: part.url) }
      return found == expected
        ? nil : "its digest is \(found ?? "none"), expected \(expected)"
    }
    return try part.whileReadable(contentProblem)
  }

  private func contentProblem(_ url: URL) -> String? {
    guard case .weights(let smallestCount) = content else { return configurationProblem(url) }
    do {
      let count = try KerasWeightFile(url).entries.reduce(0) { $0 + $1.shape.count }
      return count >= smallestCount
        ? nil : "it holds \(count) numbers, the network \(smallestCount)"
    } catch {
      return error.message
    }
  }

  private func configurationProblem(_ url: URL) -> String? {
    if let text = try? InputFile.read(url) {
      do {
        _ = try JSONParser.parse(text)
      } catch {
        return "it has bad JSON \(error.message)"
      }
    }
    do {
      _ = try TimmConfiguration(contentsOf: url)
      return nil
    } catch {
      return "it \(error.message)"
    }
  }

  /// The error for a file that is not what was published; the file itself is removed.
  private func refusal(of part: PartialFile, _ problem: String) throws(WeightStoreError)
    -> WeightStoreError
  {
    try part.restart()
    part.remove()
    return WeightStoreError(
      .unavailable, "\(address) is not the published file: \(problem); nothing was kept")
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
