internal import Crypto
import Synchronization
import TensorKernels

/// What reading one file of a folder showed.
enum PhotoCheck: Sendable {
  case photo(digest: String)
  case skipped(String)
  /// Neither called nor in fact an image.
  case ignored

  /// Reads the file, takes its digest and decodes it as far as needed to know that all of it is good.
  init(path: String, maximumPixels: Int, in workspace: Workspace) {
    do throws(ImageError) {
      if !Self.isCalledImage(path) {
        // The first bytes decide: nobody wants a video beside the photos read to its end.
        let start = try readFile(path, limit: ImageFormat.prefixLength, in: workspace)
        guard ImageFormat(of: start) != .unknown else {
          self = .ignored
          return
        }
      }
      let bytes = try readFile(path, in: workspace)
      let image = try EncodedImage(bytes, maximumPixels: maximumPixels)
      try image.verify(in: workspace)
      self = .photo(digest: Self.digest(bytes))
    } catch {
      self = .skipped(error.message)
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
  var skipped: [SkippedPhoto] = []
  var ignored: [String] = []
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
    let result = PhotoCheck(
      path: root + "/" + candidates[piece].path, maximumPixels: maximumPixels, in: workspace)
    workspaces.putBack(workspace)
    results.set(piece, result, then: progress)
  }
  var checked = CheckedPhotos()
  for (candidate, result) in zip(candidates, results.values) {
    switch result {
    case .photo(let digest):
      checked.photos.append(Photo(path: candidate.path, label: candidate.label, digest: digest))
    case .skipped(let reason):
      checked.skipped.append(SkippedPhoto(path: candidate.path, reason: reason))
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
