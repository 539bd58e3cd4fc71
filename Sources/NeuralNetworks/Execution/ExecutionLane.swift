import Synchronization
import TensorKernels

/// One lane: its scratchpad and activations, and the program bound to them.
final class ExecutionLane {
  /// That of the worker it belongs to.
  let index: Int
  private let lane: Lane
  private let gradients: [Buffer]
  let main: BoundProgram

  init(
    _ index: Int, main: Program, isProfiled: Bool, backend: any Backend
  ) throws(BackendError) {
    self.index = index
    lane = try backend.makeLane(scratchByteCount: main.scratchByteCount)
    let gradient = try backend.allocate(byteCount: main.laneGradientByteCount)
    let biasGradient = try backend.allocate(byteCount: main.laneBiasByteCount)
    gradients = [gradient, biasGradient]
    self.main = try BoundProgram(
      main, on: lane, gradient: Region(gradient), biasGradient: Region(biasGradient),
      isProfiled: isProfiled, backend: backend)
  }

  var byteCount: Int {
    lane.scratch.byteCount + gradients.reduce(0) { $0 + $1.byteCount } + main.byteCount
  }

  /// Starts the micro-batch whose first example is at this position of the batch.
  /// - Parameter before: what stands before the batch when it is a shard of a larger one.
  func begin(at first: Int, step: Int, before: Int) {
    lane.isFirst = first == 0
    lane.firstExample = first
    lane.examplesBefore = before
    lane.step = step
  }
}

/// Memory that all lanes share: packed weights and gradients. Made while compiling, on one thread.
final class SharedMemory {
  private let backend: any Backend
  private var chunk: Region?
  private(set) var byteCount = 0

  /// Smaller pieces share a chunk of this size.
  private static let chunkByteCount = 1 << 20
  private static let alignment = 64

  init(_ backend: any Backend) { self.backend = backend }

  /// A zeroed region of its own.
  func allocate(_ wanted: Int) throws(BackendError) -> Region {
    let size = (wanted + Self.alignment - 1) / Self.alignment * Self.alignment
    if size > Self.chunkByteCount / 4 {
      byteCount += size
      return Region(try backend.allocate(byteCount: size))
    }
    var place: Region
    if let chunk, chunk.offset + size <= Self.chunkByteCount {
      place = chunk
    } else {
      place = Region(try backend.allocate(byteCount: Self.chunkByteCount))
      byteCount += Self.chunkByteCount
    }
    chunk = Region(place.buffer, offset: place.offset + size)
    return place
  }
}

/// Set once, by any thread.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() { value.store(true, ordering: .releasing) }
}
