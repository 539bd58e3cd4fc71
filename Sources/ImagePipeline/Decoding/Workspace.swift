import Files
import Synchronization

/// Memory that grows to the largest demand and is then reused: decoding photo after photo would
/// otherwise spend a tenth of its time on fresh pages.
final class ScratchMemory {
  private var block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var isLent = false

  init() {}

  /// Somebody else's memory, as long as it is large enough.
  init(lent block: UnsafeMutableBufferPointer<UInt8>) {
    self.block = UnsafeMutableRawBufferPointer(block)
    isLent = true
  }

  deinit { release() }

  /// What it has of its own, in bytes.
  var count: Int { isLent ? 0 : block.count }

  /// At least `count` bytes, contents undefined, aligned to 64 unless the memory is lent; valid until the next call.
  func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if count > block.count || block.baseAddress == nil {
      release()
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
    if block.count > limit { release() }
  }

  private func release() {
    if !isLent { block.deallocate() }
    block = .init(start: nil, count: 0)
    isLent = false
  }
}

extension AvailableMemory {
  /// Asks for what a picture takes while it is decoded.
  /// - Throws: `.outOfMemory` where this process may not have as much.
  static func require(_ wanted: Int, width: Int, height: Int) throws(ImageError) {
    guard wanted >= worthAsking, let available = byteCount, available < wanted else { return }
    throw .lackingMemory(wanted, width: width, height: height, available)
  }
}

/// The scratch memory of one thread that decodes.
final class Workspace {
  /// In bytes: more than this is given back after each photo.
  private static let kept = 64 << 20

  let file = ScratchMemory()
  let decoded: ScratchMemory
  let upright: ScratchMemory
  let resampling = ScratchMemory()
  let view = ScratchMemory()
  /// Of `LargePictures`.
  private var taken = 0

  init(decoded: ScratchMemory = .init(), upright: ScratchMemory = .init()) {
    (self.decoded, self.upright) = (decoded, upright)
  }

  deinit { trim() }

  /// To be called before a picture is decoded, with all that this will take; if that is much, it waits for other threads
  /// which decode such pictures.
  /// - Throws: `.outOfMemory` where this process may not have as much.
  func take(_ byteCount: Int, width: Int, height: Int) throws(ImageError) {
    let more = byteCount - decoded.count - upright.count - taken
    guard byteCount > Self.kept, more > 0 else { return }
    try LargePictures.shared.take(more, besides: taken, width: width, height: height)
    taken += more
  }

  /// To be called between photos: nothing in the workspace is valid afterwards.
  func trim() {
    for memory in [file, decoded, upright, resampling, view] { memory.trim(to: Self.kept) }
    guard taken > 0 else { return }
    LargePictures.shared.giveBack(taken)
    taken = 0
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
