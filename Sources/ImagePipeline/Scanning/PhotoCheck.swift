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
  /// - Returns: also whether the same file would be found the same again.
  static func read(
    path: String, maximumPixels: Int, in workspace: Workspace
  ) -> (check: PhotoCheck, isLasting: Bool) {
    do throws(ImageError) {
      let isCalledImage = isCalledImage(path)
      let bytes = try readFile(path, in: workspace) { start throws(ImageError) in
        // Nobody wants a video beside the photos, or among them, read to its end.
        guard case .unknown = ImageFormat(of: start) else { return true }
        guard isCalledImage else { return false }
        throw ImageFormat.unknown.refusal(start)
      }
      guard let bytes else { return (.ignored, true) }
      return (.photo(try PhotoFacts(bytes, maximumPixels: maximumPixels, in: workspace)), true)
    } catch {
      let isPassing = error.kind == .unreadable || error.kind == .outOfMemory
      return (.skipped(PhotoProblem.Kind(error.kind), error.message), !isPassing)
    }
  }

  private static func isCalledImage(_ path: String) -> Bool {
    guard let named = pathExtension(path) else { return false }
    return ImageFormat.extensions.contains(named)
  }
}

/// What checking the candidates of one split gave.
struct CheckedPhotos {
  var photos: [Photo] = []
  /// What is known of the photos, by path.
  var facts: [String: PhotoFacts] = [:]
  /// The files left out, with the kind of reason.
  var problems: [PhotoProblem] = []
  var ignored: [String] = []
}

/// Checks the files on the pool's workers, one file a piece; results in the order of `candidates`.
///
/// - Parameters:
///   - record: what is known already, which files are then not opened for; learns the rest.
///   - progress: called with the number of files done so far, one call at a time, always rising, at
///     most every 50 ms, and at the end.
func check(
  _ candidates: [Candidate], root: String, maximumPixels: Int, record: inout ScanRecord,
  pool: WorkerPool, progress: @Sendable (Int) -> Void
) -> CheckedPhotos {
  let meter = ScanMeter(total: candidates.count)
  let workspaces = WorkspaceShelf()
  let known = record
  let results = pool.map(candidates.count) { index in
    defer { meter.advance(progress) }
    let path = resolve(candidates[index].path, below: root)
    let stamp = known.isKept ? FileStamp(path: path) : nil
    if let stamp, let check = known.check(candidates[index].path, stamp) {
      return ScanResult(check: check, stamp: stamp)
    }
    let workspace = workspaces.take()
    let (check, isLasting) = PhotoCheck.read(
      path: path, maximumPixels: maximumPixels, in: workspace)
    workspaces.putBack(workspace)
    let isSame = isLasting && stamp != nil && FileStamp(path: path) == stamp
    return ScanResult(check: check, stamp: isSame ? stamp : nil)
  }
  meter.finish(progress)

  var checked = CheckedPhotos()
  checked.photos.reserveCapacity(candidates.count)
  checked.facts.reserveCapacity(candidates.count)
  for (candidate, result) in zip(candidates, results) {
    record.remember(candidate.path, result.stamp, result.check)
    switch result.check {
    // All that is known of a photo goes by its path, and to Swift the two are one.
    case .photo where checked.facts[candidate.path] != nil:
      checked.problems.append(
        PhotoProblem(
          .sameName, path: candidate.path,
          "another file has this name with its letters encoded otherwise (Unicode normalisation); rename one"
        ))
    case .photo(let facts):
      checked.photos.append(
        Photo(
          path: candidate.path, label: candidate.label, digest: facts.digest,
          group: candidate.group))
      checked.facts[candidate.path] = facts
    case .skipped(let kind, let reason):
      checked.problems.append(PhotoProblem(kind, path: candidate.path, reason))
    case .ignored: checked.ignored.append(candidate.path)
    }
  }
  return checked
}

/// What was found in a file and, if it may be used again, of which state of it that is true.
private struct ScanResult: Sendable {
  let check: PhotoCheck
  let stamp: FileStamp?
}

/// Tells how far many workers are, without making them wait for whoever shows it.
private final class ScanMeter: Sendable {
  private static let interval = Duration.milliseconds(50)
  private let total: Int
  private let done = Atomic(0)
  private let last: Mutex<(count: Int, time: ContinuousClock.Instant)>

  init(total: Int) {
    self.total = total
    last = Mutex((0, .now - Self.interval))
  }

  func advance(_ progress: (Int) -> Void) {
    done.add(1, ordering: .relaxed)
    _ = last.withLockIfAvailable { last in
      let now = ContinuousClock.now
      let count = done.load(ordering: .relaxed)
      guard now - last.time >= Self.interval, count > last.count else { return }
      last = (count, now)
      progress(count)
    }
  }

  /// Reports the end, unless that was done.
  func finish(_ progress: (Int) -> Void) {
    last.withLock { last in
      guard last.count < total else { return }
      last.count = total
      progress(total)
    }
  }
}
