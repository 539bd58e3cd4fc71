internal import Crypto
import Synchronization
import TensorKernels

/// What reading one file of a folder showed.
enum PhotoCheck: Hashable, Sendable {
  case photo(PhotoFacts)
  /// What is wrong, and one line about it.
  case skipped(PhotoProblem.Kind, String)
  /// Neither called nor in fact an image.
  case ignored

  /// Reads the file, takes its digest and decodes it as far as needed to know that all of it is good.
  ///
  /// - Returns: `nil` for the stamp if the file changed meanwhile, or the answer may be another the
  ///   next time although the file is the same.
  static func read(
    path: String, maximumPixels: Int, in workspace: Workspace
  ) -> (check: PhotoCheck, stamp: FileStamp?) {
    var stamp: FileStamp?
    do throws(ImageError) {
      let isCalledImage = isCalledImage(path)
      let content = try readFile(path, in: workspace) { start throws(ImageError) in
        // Nobody wants a video beside the photos, or among them, read to its end.
        guard case .unknown = ImageFormat(of: start) else { return true }
        guard isCalledImage else { return false }
        throw ImageFormat.unknown.unsupported(start)
      }
      guard let content else { return (.ignored, FileStamp(path: path)) }
      stamp = content.stamp
      let image = try EncodedImage(content.bytes, maximumPixels: maximumPixels)
      let (picture, warnings) = try image.fingerprint(in: workspace)
      let header = image.header
      let facts = PhotoFacts(
        digest: digest(content.bytes), byteCount: content.bytes.count, format: header.format,
        width: header.size.width, height: header.size.height,
        orientation: header.orientation.rawValue, colour: header.colour,
        bitDepth: header.bitDepth, hasAlpha: header.hasAlpha,
        isProgressive: header.isProgressive, warnings: warnings, fingerprint: picture)
      return (.photo(facts), stamp)
    } catch {
      let isPassing = error.kind == .unreadable || error.kind == .outOfMemory
      return (
        .skipped(PhotoProblem.Kind(error.kind), error.message),
        isPassing ? nil : stamp ?? FileStamp(path: path)
      )
    }
  }

  private static func isCalledImage(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return false }
    return ImageFormat.extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// SHA-256 in hexadecimal.
  private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bufferPointer: bytes)
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self)
  }
}

/// A file to be checked.
struct Candidate {
  let path: String
  let label: Int
}

/// What checking the candidates of one split gave.
struct CheckedPhotos {
  var photos: [Photo] = []
  /// What is known of the photos, by path.
  var facts: [String: PhotoFacts] = [:]
  /// The files left out, with the kind of reason.
  var problems: [PhotoProblem] = []
  var ignored: [String] = []

  var skipped: [SkippedPhoto] { problems.map { SkippedPhoto(path: $0.path, reason: $0.detail) } }
}

/// Checks the files on the pool's workers, one file a piece; results in the order of `candidates`.
func check(
  _ candidates: [Candidate], root: String, maximumPixels: Int, pool: WorkerPool,
  progress: @Sendable (Int) -> Void
) -> CheckedPhotos {
  let results = ResultTable(count: candidates.count)
  let workspaces = WorkspaceShelf()
  pool.forEach(candidates.count) { _, piece in
    let workspace = workspaces.take()
    let (result, _) = PhotoCheck.read(
      path: root + "/" + candidates[piece].path, maximumPixels: maximumPixels, in: workspace)
    workspaces.putBack(workspace)
    results.set(piece, result, then: progress)
  }
  var checked = CheckedPhotos()
  for (candidate, result) in zip(candidates, results.values) {
    switch result {
    case .photo(let facts):
      checked.photos.append(
        Photo(path: candidate.path, label: candidate.label, digest: facts.digest))
      checked.facts[candidate.path] = facts
    case .skipped(let kind, let reason):
      checked.problems.append(PhotoProblem(kind, path: candidate.path, reason))
    case .ignored, nil: checked.ignored.append(candidate.path)
    }
  }
  return checked
}

/// The results of many workers, by index.
private final class ResultTable: Sendable {
  private let state: Mutex<(results: [PhotoCheck?], done: Int)>

  init(count: Int) { state = Mutex((Array(repeating: nil, count: count), 0)) }

  /// Calls `progress` with the number of results so far, one call at a time, always rising.
  func set(_ index: Int, _ result: PhotoCheck, then progress: (Int) -> Void) {
    state.withLock { state in
      state.results[index] = result
      state.done += 1
      progress(state.done)
    }
  }

  var values: [PhotoCheck?] { state.withLock { $0.results } }
}
