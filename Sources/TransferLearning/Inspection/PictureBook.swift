import Files
import Foundation
import ImagePipeline
import Synchronization
import TensorKernels

/// Small JPEGs of photos for a page, each photo read once.
struct PictureBook {
  /// What is made of a photo.
  struct Request: Hashable {
    /// How many random views, beside the one of evaluation; 0 for no view at all.
    var views = 0
  }

  struct Entry {
    var thumbnail: [UInt8]?
    /// The view of evaluation, then random ones.
    var views: [[UInt8]] = []
  }

  private static let thumbnailSide = 160
  private static let thumbnailQuality = 80
  private static let viewQuality = 90

  let root: URL
  let resize: ResizePolicy
  let augmentation: Augmentation
  /// Of views, in pixels.
  let size: ImageSize
  let seed: UInt64
  let maximumPixels: Int

  /// - Parameters:
  ///   - requests: by path.
  ///   - progress: called with the number of photos done and their total, one call at a time.
  func make(
    _ requests: [String: Request], pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [String: Entry] {
    let paths = requests.keys.sorted()
    let done = Mutex(0)
    let entries = pool.map(paths.count) { index in
      let path = paths[index]
      let entry = entry(path, requests[path] ?? Request(), index: index)
      done.withLock { done in
        done += 1
        progress(done, paths.count)
      }
      return entry
    }
    return Dictionary(uniqueKeysWithValues: zip(paths, entries))
  }

  /// - Parameter index: gives each photo random views of its own.
  private func entry(_ path: String, _ request: Request, index: Int) -> Entry {
    let url = root.file(at: path)
    guard let image = try? decodeImage(contentsOf: url, maximumPixels: maximumPixels) else {
      return Entry()
    }
    var entry = Entry()
    entry.thumbnail = try? JPEG.encode(
      image.thumbnail(maxSide: Self.thumbnailSide), quality: Self.thumbnailQuality)
    guard request.views > 0 else { return entry }
    let views =
      [image.evaluationView(resize, size: size)]
      + (1...request.views).map { epoch in
        image.view(
          .training(augmentation), size: size, seed: seed, epoch: epoch, index: index)
      }
    entry.views = views.compactMap { try? JPEG.encode($0, quality: Self.viewQuality) }
    return entry
  }
}
