import Files
import TensorKernels

/// Makes the bytes of photos' files what a network reads: one path for photos in files and in memory.
///
/// Any number of threads may use it at once.
package final class PhotoInput: Sendable {
  /// Of the views.
  package let size: ImageSize
  private let view: PhotoView
  private let preprocessing: Preprocessing
  private let table: PreprocessingTable
  private let maximumPixels: Int
  private let workspaces = WorkspaceShelf()

  /// - Parameter recipe: its seed and epoch are of no use here.
  package init(_ recipe: PhotoRecipe) {
    size = recipe.size
    view = recipe.view
    preprocessing = recipe.preprocessing
    table = PreprocessingTable(recipe.preprocessing)
    maximumPixels = recipe.maximumPixels
  }

  /// How many values a network reads of each pixel.
  package var channels: Int { table.channels }

  /// Writes a photo that is held in memory, in a view without random choices.
  /// - Parameters:
  ///   - bytes: of its whole file; they must stay valid during the call.
  ///   - target: receives `[height, width, channels]`.
  /// - Throws: as `decodeImage`.
  package func write(
    _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<Float>
  ) throws(ImageError) {
    precondition(view.repeats, "a random view needs its seed")
    var random = CounterRandom(seed: 0, epoch: 0, index: 0)
    try write(random: &random, to: target) { _ in bytes }
  }

  /// Writes a photo.
  /// - Parameters:
  ///   - random: what a random view is chosen by.
  ///   - target: receives `[height, width, channels]`.
  ///   - read: gives the bytes of its file, which may lie in the workspace.
  func write(
    random: inout CounterRandom, to target: UnsafeMutablePointer<Float>,
    _ read: (Workspace) throws(ImageError) -> UnsafeRawBufferPointer
  ) throws(ImageError) {
    let workspace = workspaces.take()
    defer { workspaces.putBack(workspace) }
    let image = try EncodedImage(read(workspace), maximumPixels: maximumPixels)
    if view.isSampling {
      PhotoSampling(try image.decode(in: workspace), size: size).write(preprocessing, to: target)
      return
    }
    let rendered = try image.render(view, size: size, random: &random, in: workspace)
    table.write(rendered.raster, flipped: rendered.flipped, offset: rendered.offset, to: target)
  }
}
