import Files
import Synchronization
import TensorKernels

/// What the jobs of a loader share: how to load one photo.
final class PhotoLoading: Sendable {
  let root: String
  let photos: [Photo]
  let size: ImageSize
  private let view: PhotoView
  private let preprocessing: Preprocessing
  private let table: PreprocessingTable
  private let seed: UInt64
  private let epoch: UInt64
  private let maximumPixels: Int
  private let workspaces = WorkspaceShelf()
  private let cancelled = Atomic<Bool>(false)

  init(root: String, photos: [Photo], _ recipe: PhotoRecipe) {
    self.root = root
    self.photos = photos
    size = recipe.size
    view = recipe.view
    preprocessing = recipe.preprocessing
    table = PreprocessingTable(preprocessing)
    seed = recipe.seed
    epoch = UInt64(bitPattern: Int64(recipe.epoch))
    maximumPixels = recipe.maximumPixels
  }

  var channels: Int { table.channels }

  func mixing(of batch: Int) -> BatchMixing? {
    BatchMixing(view, size: size, seed: seed, epoch: Int(bitPattern: UInt(epoch)), batch: batch)
  }

  func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// Writes `[height, width, channels]` and returns `nil`, or the reason why not.
  func load(
    _ index: Int, _ occurrence: Int, into target: UnsafeMutablePointer<Float>
  ) -> String? {
    guard !cancelled.load(ordering: .relaxed) else { return "loading was given up" }
    let workspace = workspaces.take()
    defer { workspaces.putBack(workspace) }
    var random = CounterRandom(
      seed: seed, epoch: epoch, index: UInt64(index) | UInt64(occurrence) << 40)
    do throws(ImageError) {
      let bytes = try readPhoto(photos[index], below: root, in: workspace)
      let image = try EncodedImage(bytes, maximumPixels: maximumPixels)
      if view.isSampling {
        PhotoSampling(try image.decode(in: workspace), size: size).write(preprocessing, to: target)
        return nil
      }
      let rendered = try image.render(view, size: size, random: &random, in: workspace)
      table.write(rendered.raster, flipped: rendered.flipped, offset: rendered.offset, to: target)
      return nil
    } catch {
      return error.message
    }
  }
}
