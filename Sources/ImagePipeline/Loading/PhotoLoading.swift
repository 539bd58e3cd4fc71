import Files
import Synchronization
import TensorKernels

/// What the jobs of a loader share: how to load one photo.
final class PhotoLoading: Sendable {
  let root: String
  let photos: [Photo]
  private let input: PhotoInput
  private let view: PhotoView
  private let seed: UInt64
  private let epoch: UInt64
  private let cancelled = Atomic<Bool>(false)

  init(root: String, photos: [Photo], _ recipe: PhotoRecipe) {
    self.root = root
    self.photos = photos
    input = PhotoInput(recipe)
    view = recipe.view
    seed = recipe.seed
    epoch = UInt64(bitPattern: Int64(recipe.epoch))
  }

  var size: ImageSize { input.size }
  var channels: Int { input.channels }

  func mixing(of batch: Int) -> BatchMixing? {
    BatchMixing(view, size: size, seed: seed, epoch: Int(bitPattern: UInt(epoch)), batch: batch)
  }

  func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// Writes `[height, width, channels]` and returns `nil`, or the reason why not.
  func load(
    _ index: Int, _ occurrence: Int, into target: UnsafeMutablePointer<Float>
  ) -> String? {
    guard !cancelled.load(ordering: .relaxed) else { return "loading was given up" }
    var random = CounterRandom(
      seed: seed, epoch: epoch, index: UInt64(index) | UInt64(occurrence) << 40)
    do throws(ImageError) {
      try input.write(random: &random, to: target) { workspace throws(ImageError) in
        try readPhoto(photos[index], below: root, in: workspace)
      }
      return nil
    } catch {
      return error.message
    }
  }
}
