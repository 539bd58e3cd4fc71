internal import CKernels
import Files
import TensorKernels

/// The labels of an example that is a mixture of two photos.
public struct MixedLabel: Hashable, Sendable {
  /// The class of the photo that the batch names.
  public var label: Int
  /// The class of the photo that was mixed in.
  public var other: Int
  /// How much of the target is `label`'s, `0...1`; the rest is `other`'s.
  public var share: Float

  /// A target of `share` for `label` and 1 − `share` for `other`.
  public init(label: Int, other: Int, share: Float) {
    self.label = label
    self.other = other
    self.share = share
  }
}

/// How the views of one batch are mixed, in place: each with the next one, the last with the first. The
/// order is shuffled already.
package struct BatchMixing: Hashable {
  package enum Kind: Hashable {
    /// `share` of a view and 1 − `share` of the other (Zhang et al. 2018, equation 1).
    case blend
    /// The other's pixels within a rectangle (Yun et al. 2019, equations 1 and 2).
    case paste(x: Int, y: Int, width: Int, height: Int)
  }

  package let kind: Kind
  /// What the view keeps; with a rectangle exactly its part of the area, after clipping.
  package let share: Float

  /// - Returns: `nil` for views that are not mixed.
  package init?(_ view: PhotoView, size: ImageSize, seed: UInt64, epoch: Int, batch: Int) {
    guard case .training(let augmentation) = view, augmentation.mixes else { return nil }
    // A seed of its own: the numbers of photos are others.
    var random = CounterRandom(
      seed: CounterRandom.mix(seed, 0x6D69_7875_70), epoch: UInt64(bitPattern: Int64(epoch)),
      index: UInt64(batch))
    let both = augmentation.mixup > 0 && augmentation.cutmix > 0
    let blends = both ? random.uniform() < 0.5 : augmentation.mixup > 0
    guard !blends else {
      kind = .blend
      share = Float(random.beta(augmentation.mixup))
      return
    }
    let cut = (1 - random.beta(augmentation.cutmix)).squareRoot()
    func clipped(_ side: Int) -> Range<Int> {
      let length = Int((Double(side) * cut).rounded())
      let start = random.below(side) - length / 2
      return max(0, start)..<min(side, start + length)
    }
    let (columns, rows) = (clipped(size.width), clipped(size.height))
    kind = .paste(
      x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    share = 1 - Float(columns.count * rows.count) / Float(size.area)
  }

  func labels(_ labels: [Int]) -> [MixedLabel] {
    labels.indices.map { index in
      let other = labels[(index + 1) % labels.count]
      return MixedLabel(
        label: labels[index], other: other, share: labels.count > 1 ? share : 1)
    }
  }

  /// Mixes `count` examples of `[height, width, channels]`; one alone stays as it is.
  ///
  /// - Parameter spare: room for one more example.
  func run(
    _ examples: UnsafeMutablePointer<Float>, count: Int, size: ImageSize, channels: Int,
    spare: UnsafeMutablePointer<Float>, pool: WorkerPool
  ) {
    guard count > 1 else { return }
    let floats = size.area * channels
    switch kind {
    case .blend:
      // Pieces of all examples side by side: each depends on the same piece of the next only.
      let pieces = 16
      let length = (floats + pieces - 1) / pieces
      let share = share
      // The pieces do not overlap.
      nonisolated(unsafe) let (examples, spare) = (examples, spare)
      pool.forEach(pieces) { _, piece in
        let first = piece * length
        guard first < floats else { return }
        ft_blend_examples(
          examples + first, count, floats, min(length, floats - first), share, spare + first)
      }
    case .paste(let x, let y, let width, let height):
      for row in y..<y + height {
        let first = (row * size.width + x) * channels
        let length = width * channels
        spare.update(from: examples + first, count: length)
        for index in 0..<count - 1 {
          (examples + index * floats + first)
            .update(from: examples + (index + 1) * floats + first, count: length)
        }
        (examples + (count - 1) * floats + first).update(from: spare, count: length)
      }
    }
  }
}
