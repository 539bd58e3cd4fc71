import Foundation
import TensorKernels

/// Photos ready for a network.
public struct PhotoBatch {
  /// The number of photos that could be loaded; less than asked for if some failed.
  public let count: Int
  /// The photos of the whole batch, of which other processes may have loaded some.
  public var total: Int
  /// How many of them come before the first of this process.
  public var before: Int
  /// Which photos they are: places in the list given to the loader, in the order asked for.
  public let indices: [Int]
  /// Their classes.
  public let labels: [Int]
  /// The two classes of each example and their shares; `nil` for views without mixup and CutMix.
  public let mixedLabels: [MixedLabel]?
  /// `[count, side, side, channels]` in the network's channel order; valid until the loader's next `next()`.
  public let pixels: UnsafePointer<Float>
  /// Photos of this batch that could not be loaded after all. Nothing takes their place.
  public let failures: [SkippedPhoto]

  // Keeps the memory of `pixels`, should the loader go first.
  private let slot: BatchSlot

  init(
    slot: BatchSlot, indices: [Int], labels: [Int], mixedLabels: [MixedLabel]?,
    failures: [SkippedPhoto], total: Int, before: Int
  ) {
    count = indices.count
    self.total = total
    self.before = before
    self.indices = indices
    self.labels = labels
    self.mixedLabels = mixedLabels
    pixels = UnsafePointer(slot.pixels)
    self.failures = failures
    self.slot = slot
  }
}

/// Decodes photos into batches ahead of their use, as background jobs of the worker pool.
///
/// The content of a batch depends on the arguments only, never on the number of workers: random views
/// are functions of seed, epoch, the photo's index and how often it came before in the order; mixing is one
/// of seed, epoch and the batch's number. At most `Batching.ahead` batches wait beside the one in use;
/// their memory is reused. Call `next` from one thread that is not a worker.
public final class BatchLoader {
  /// The number of batches in the order.
  public let batchCount: Int
  private let order: [Int]
  /// How often the photo came before in the order: a sampler may take one more than once.
  private let occurrences: [Int]
  private let batchSize: Int
  private let part: BatchPart
  private let loading: PhotoLoading
  private let slots: [BatchSlot]
  private let pool: WorkerPool
  /// Room for one example; empty where views are not mixed.
  private let spare: ScratchMemory
  private var started: Int
  private var taken: Int

  /// Starts loading at once.
  ///
  /// - Parameters:
  ///   - order: indices into `photos`; each becomes one example, in this order.
  ///   - photos: the list that `order` picks from.
  ///   - root: what the photos' paths are relative to.
  ///   - recipe: how each photo becomes an example.
  ///   - batching: how examples are handed over; it begins with one of the order's batches.
  ///   - pool: whose workers read and decode photos, when no computation wants them.
  /// - Throws: when there is no memory for the batches.
  public init(
    _ order: [Int], of photos: [Photo], below root: URL, _ recipe: PhotoRecipe,
    _ batching: Batching, pool: WorkerPool
  ) throws(BackendError) {
    precondition(order.allSatisfy(photos.indices.contains), "the order names photos of the list")
    self.order = order
    var seen: [Int: Int] = [:]
    occurrences = order.map { index in
      defer { seen[index, default: 0] += 1 }
      return seen[index, default: 0]
    }
    batchSize = batching.size
    part = batching.part
    self.pool = pool
    batchCount = (order.count + batchSize - 1) / batchSize
    precondition((0...batchCount).contains(batching.first), "a loader starts at one of its batches")
    (started, taken) = (batching.first, batching.first)
    spare = ScratchMemory()
    loading = PhotoLoading(root: root.path, photos: photos, recipe)
    let floats = recipe.size.area * recipe.preprocessing.channels
    // One more where views are mixed: the last of a part is mixed with the first of the next.
    let size = part.largest(of: min(batchSize, order.count)) + (part.size > 1 ? 1 : 0)
    slots = try batching.memory.take(
      min(batching.ahead + 1, batchCount - batching.first),
      byteCount: size * floats * MemoryLayout<Float>.stride
    ).map { BatchSlot($0, floats: floats, of: batching.memory) }
    for _ in 0..<min(batching.ahead, slots.count) { startBatch() }
  }

  // Jobs still queued hold what they need; they find the flag and return at once.
  deinit { loading.cancel() }

  /// The next batch, once it is complete; `nil` after the last.
  ///
  /// The batch returned before becomes invalid.
  public func next() -> PhotoBatch? {
    guard taken < batchCount else { return nil }
    startBatch()  // into the slot of the batch before, which is no longer in use
    let batch = taken
    let slot = slots[batch % slots.count]
    taken += 1
    let reasons = slot.wait()
    return assemble(slot, batch, reasons)
  }

  private func range(_ batch: Int) -> Range<Int> {
    batch * batchSize..<min((batch + 1) * batchSize, order.count)
  }

  /// What this process loads of a batch: its part, and where views are mixed the one that follows.
  private func examples(_ batch: Int) -> (own: Range<Int>, next: Int?) {
    let whole = range(batch)
    let own = part.range(of: whole.count)
    let (first, last) = (whole.lowerBound + own.lowerBound, whole.lowerBound + own.upperBound)
    let isMixed = !own.isEmpty && own.count < whole.count && loading.mixing(of: batch) != nil
    return (first..<last, isMixed ? (last == whole.upperBound ? whole.lowerBound : last) : nil)
  }

  private func startBatch() {
    guard started < batchCount else { return }
    let slot = slots[started % slots.count]
    let (own, next) = examples(started)
    let examples = Array(own) + [next].compactMap(\.self)
    started += 1
    slot.begin(examples.count)
    for (position, example) in examples.enumerated() {
      let (photo, loading, occurrence) = (order[example], loading, occurrences[example])
      pool.enqueue {
        let reason = loading.load(photo, occurrence, into: slot.example(position))
        slot.finish(position, reason: reason)
      }
    }
  }

  /// Closes the gaps that failures left, and mixes what is there.
  private func assemble(_ slot: BatchSlot, _ batch: Int, _ reasons: [String?]) -> PhotoBatch {
    var (indices, labels, failures) = ([Int](), [Int](), [SkippedPhoto]())
    let (own, next) = examples(batch)
    for (position, example) in (Array(own) + [next].compactMap(\.self)).enumerated() {
      let index = order[example]
      let photo = loading.photos[index]
      if position == own.count, reasons[position] != nil { break }
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
    let mixing = loading.mixing(of: batch)
    if let mixing {
      let room = spare.reserve(slot.floats * MemoryLayout<Float>.stride)
      room.withMemoryRebound(to: Float.self, capacity: slot.floats) {
        mixing.run(
          slot.pixels, count: indices.count, size: loading.size, channels: loading.channels,
          spare: $0, pool: pool)
      }
    }
    let mixedLabels = mixing?.labels(labels)
    // What was loaded for the sake of mixing belongs to another part.
    let count = own.count - failures.count
    return PhotoBatch(
      slot: slot, indices: Array(indices.prefix(count)), labels: Array(labels.prefix(count)),
      mixedLabels: mixedLabels.map { Array($0.prefix(count)) }, failures: failures,
      total: range(batch).count - failures.count,
      before: own.lowerBound - range(batch).lowerBound)
  }
}
