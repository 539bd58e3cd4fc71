import Files
import Synchronization

/// Memory that grows to the largest demand and is then reused: decoding photo after photo would
/// otherwise spend a tenth of its time on fresh pages.
final class ScratchMemory {
  private var block = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { block.deallocate() }

  /// At least `count` bytes, aligned to 64, contents undefined; valid until the next call.
  func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if count > block.count || block.baseAddress == nil {
      block.deallocate()
      block = .allocate(byteCount: max(count, 64), alignment: 64)
    }
    guard let base = block.baseAddress else { preconditionFailure("an allocation has an address") }
    return base.assumingMemoryBound(to: UInt8.self)
  }

  /// The same for a picture, three bytes a pixel.
  /// - Throws: `.outOfMemory` where this process may not have as much.
  func reserve(width: Int, height: Int) throws(ImageError) -> UnsafeMutablePointer<UInt8> {
    let wanted = width * height * 3
    if wanted > block.count { try AvailableMemory.require(wanted, width: width, height: height) }
    return reserve(wanted)
  }

  /// Gives back what an exceptionally large photo took.
  func trim(to limit: Int) {
    guard block.count > limit else { return }
    block.deallocate()
    block = .init(start: nil, count: 0)
  }
}

extension AvailableMemory {
  /// Asks for what a picture takes while it is decoded.
  /// - Throws: `.outOfMemory` where this process may not have as much.
  static func require(_ wanted: Int, width: Int, height: Int) throws(ImageError) {
    guard wanted >= worthAsking, let available = byteCount, available < wanted else { return }
    throw .outOfMemory(
      "\(width)×\(height) pixels take \(wanted >> 20) MiB, and \(available >> 20) are free")
  }
}

/// The scratch memory of one thread that decodes.
final class Workspace {
  let file = ScratchMemory()
  let decoded = ScratchMemory()
  let upright = ScratchMemory()
  let resampling = ScratchMemory()
  let view = ScratchMemory()

  /// To be called between photos: nothing in the workspace is valid afterwards.
  func trim() {
    for memory in [file, decoded, upright, resampling, view] { memory.trim(to: 64 << 20) }
  }
}

/// A rectangle of whole pixels.
package struct PixelArea: Hashable, Sendable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }
}

extension Image {
  init(_ raster: Raster) {
    let count = raster.width * raster.height * 3
    self.init(
      width: raster.width, height: raster.height,
      pixels: Array(UnsafeBufferPointer(start: raster.base, count: count)))
  }

  /// Calls `body` with the image as a raster.
  func withRaster<Result>(_ body: (Raster) -> Result) -> Result {
    pixels.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        preconditionFailure("an image has at least one pixel")
      }
      return body(Raster(base: base, width: width, height: height))
    }
  }
}

/// Workspaces that are not in use: background jobs do not know which worker runs them, so each takes
/// one and puts it back; there are never more than workers.
final class WorkspaceShelf: Sendable {
  // Workspaces cross threads only through this lock, and are used by one job at a time.
  private struct Shelf: @unchecked Sendable { var workspaces: [Workspace] = [] }
  private let shelf = Mutex(Shelf())

  func take() -> Workspace { shelf.withLock { $0.workspaces.popLast() } ?? Workspace() }
  func putBack(_ workspace: Workspace) {
    workspace.trim()
    shelf.withLock { $0.workspaces.append(workspace) }
  }
}
