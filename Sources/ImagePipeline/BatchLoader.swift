import Foundation
import TensorKernels

/// Photos ready for a network.
public struct PhotoBatch {
  /// The number of photos that could be loaded; less than asked for if some failed.
  public let count: Int
  /// Which photos they are: places in the list given to the loader, in the order asked for.
  public let indices: [Int]
  /// Their classes.
  public let labels: [Int]
  /// `[count, side, side, channels]` in the network's channel order; valid until the loader's next `next()`.
  public let pixels: UnsafePointer<Float>
  /// Photos of this batch that could not be loaded after all. Nothing takes their place.
  public let failures: [SkippedPhoto]

  // Keeps the memory of `pixels`, should the loader go first.
  private let slot: BatchSlot

  init(slot: BatchSlot, indices: [Int], labels: [Int], failures: [SkippedPhoto]) {
    count = indices.count
    self.indices = indices
    self.labels = labels
    pixels = UnsafePointer(slot.pixels)
    self.failures = failures
    self.slot = slot
  }
}

/// Decodes photos into batches ahead of their use, as background jobs of the worker pool.
///
/// The content of a batch depends on the arguments only, never on the number of workers: random views
/// are functions of seed, epoch and the photo's index. At most `batchesAhead` batches wait beside the
/// one in use; their memory is reused. Call `next` from one thread that is not a worker.
public final class BatchLoader {
  /// The number of batches in the order.
  public let batchCount: Int
  private let order: [Int]
  private let batchSize: Int
  private let loading: Loading
  private let slots: [BatchSlot]
  private let pool: WorkerPool
  private var started = 0
  private var taken = 0

  /// Starts loading at once.
  ///
  /// - Parameters:
  ///   - root: what the photos' paths are relative to.
  ///   - order: indices into `photos`; each becomes one example, in this order.
  ///   - side: of the square views, in pixels.
  ///   - batchSize: photos a batch; the last may be smaller.
  ///   - epoch: another epoch gives other random views.
  ///   - batchesAhead: at least 1.
  public init(
    root: URL, photos: [Photo], order: [Int], side: Int, view: PhotoView,
    preprocessing: Preprocessing, batchSize: Int, seed: UInt64, epoch: Int, pool: WorkerPool,
    batchesAhead: Int = 2, maximumPixels: Int = 100_000_000
  ) {
    precondition(side > 0 && batchSize > 0 && batchesAhead > 0, "sizes and counts are positive")
    precondition(order.allSatisfy(photos.indices.contains), "the order names photos of the list")
    self.order = order
    self.batchSize = batchSize
    self.pool = pool
    batchCount = (order.count + batchSize - 1) / batchSize
    loading = Loading(
      root: root.path, photos: photos, side: side, view: view,
      table: PreprocessingTable(preprocessing), seed: seed, epoch: epoch,
      maximumPixels: maximumPixels)
    let floats = side * side * preprocessing.channels
    let size = min(batchSize, order.count)
    slots = (0..<min(batchesAhead + 1, batchCount)).map { _ in
      BatchSlot(capacity: size, floats: floats)
    }
    for _ in 0..<min(batchesAhead, slots.count) { startBatch() }
  }

  // Jobs still queued hold what they need; they find the flag and return at once.
  deinit { loading.cancel() }

  /// The next batch, once it is complete; `nil` after the last.
  ///
  /// The batch returned before becomes invalid.
  public func next() -> PhotoBatch? {
    guard taken < batchCount else { return nil }
    startBatch()  // into the slot of the batch before, which is no longer in use
    let slot = slots[taken % slots.count]
    let examples = range(taken)
    taken += 1
    let reasons = slot.wait()
    return assemble(slot, examples, reasons)
  }

  private func range(_ batch: Int) -> Range<Int> {
    batch * batchSize..<min((batch + 1) * batchSize, order.count)
  }

  private func startBatch() {
    guard started < batchCount else { return }
    let slot = slots[started % slots.count]
    let examples = range(started)
    started += 1
    slot.begin(examples.count)
    for (position, example) in examples.enumerated() {
      let (photo, loading) = (order[example], loading)
      pool.enqueue {
        slot.finish(position, reason: loading.load(photo, into: slot.example(position)))
      }
    }
  }

  /// Closes the gaps that failures left.
  private func assemble(
    _ slot: BatchSlot, _ examples: Range<Int>, _ reasons: [String?]
  ) -> PhotoBatch {
    var (indices, labels, failures) = ([Int](), [Int](), [SkippedPhoto]())
    for (position, example) in examples.enumerated() {
      let index = order[example]
      let photo = loading.photos[index]
      if let reason = reasons[position] {
        failures.append(SkippedPhoto(path: photo.path, reason: reason))
        continue
      }
      if indices.count < position {
        slot.example(indices.count).update(from: slot.example(position), count: slot.floats)
      }
      indices.append(index)
      labels.append(photo.label)
    }
    return PhotoBatch(slot: slot, indices: indices, labels: labels, failures: failures)
  }
}
