import Files
import TensorKernels

/// A view as bytes, with what is still to be done where bytes become floats.
struct RenderedView {
  let raster: Raster
  let flipped: Bool
  /// In RGB of 0...1.
  let offset: SIMD3<Float>
}

extension EncodedImage {
  /// Decodes as much as the view needs and renders it: `[side, side, 3]` in the workspace.
  func render(
    _ view: PhotoView, side: Int, random: inout CounterRandom, in workspace: Workspace
  ) throws(ImageError) -> RenderedView {
    let plan = view.plan(width: width, height: height, side: side, random: &random)
    let reduction = plan.allowsPartialDecoding && canReduce ? plan.reduction : 1
    let part =
      plan.allowsPartialDecoding
      ? plan.needed(of: (width, height), at: size(reduction: reduction)) : nil
    let raster = try decode(part, reduction: reduction, in: workspace)
    return plan.render(
      raster, of: (width, height), side: side, scratch: workspace.resampling,
      into: workspace.view.reserve(side * side * 3))
  }
}

extension ViewPlan {
  var reduction: Int {
    switch geometry {
    case .upright(let resampling, _): resampling.reduction
    case .transformed(let transformation): transformation.reduction
    }
  }

  /// What is read of a photo of some size that is decoded at another; `nil`: perhaps all of it.
  func needed(
    of size: (width: Int, height: Int), at decoded: (width: Int, height: Int)
  ) -> PixelArea? {
    guard case .upright(let resampling, _) = geometry else { return nil }
    return resampling.scaled(from: size, to: decoded)
      .needed(width: decoded.width, height: decoded.height)
  }

  /// - Parameters:
  ///   - raster: the photo, perhaps smaller than it is, at least what is needed of it.
  ///   - size: of the photo, in pixels.
  func render(
    _ raster: Raster, of size: (width: Int, height: Int), side: Int, scratch: ScratchMemory,
    into target: UnsafeMutablePointer<UInt8>
  ) -> RenderedView {
    var isFlipped = false
    switch geometry {
    case .upright(let resampling, let flipped):
      isFlipped = flipped
      resampling.scaled(from: size, to: (raster.wholeWidth, raster.wholeHeight))
        .run(raster, scratch: scratch, into: target)
    case .transformed(let transformation):
      transformation.scaled(from: size, to: raster).run(raster, into: target)
    }
    ColourPass.run(colours, on: target, width: side, height: side, scratch: scratch)
    erased?.run(on: target, side: side)
    return RenderedView(
      raster: Raster(base: target, width: side, height: side), flipped: isFlipped, offset: offset)
  }
}

extension Resampling {
  /// The largest of 1, 2, 4 and 8 by which the source may shrink and still not be enlarged.
  var reduction: Int {
    // Which pixels are next to a place depends on the size.
    guard interpolation != .sampled else { return 1 }
    let ratio = min(
      (box.right - box.left) / Float(width), (box.bottom - box.top) / Float(height))
    return [8, 4, 2].first { ratio >= Float($0) } ?? 1
  }

  /// The same part of a source that was decoded smaller.
  func scaled(
    from size: (width: Int, height: Int), to decoded: (width: Int, height: Int)
  ) -> Resampling {
    guard size != decoded else { return self }
    let across = Float(decoded.width) / Float(size.width)
    let down = Float(decoded.height) / Float(size.height)
    var result = self
    result.box = Box(
      left: box.left * across, top: box.top * down,
      right: min(box.right * across, Float(decoded.width)),
      bottom: min(box.bottom * down, Float(decoded.height)))
    return result
  }
}

extension Image {
  /// The square of `side` pixels that evaluation shows of the image.
  /// - Parameter interpolation: the filter; `nil`: that of the policy.
  public func evaluationView(
    _ policy: ResizePolicy, side: Int, interpolation: Interpolation? = nil
  ) -> Image {
    var resampling = policy.resampling(width: width, height: height, side: side)
    if let interpolation { resampling.interpolation = interpolation }
    return resampled(resampling)
  }

  /// The square of `side` pixels that the view shows of the image in an epoch: what the network sees, but
  /// for mixing with other photos, and for PCA jitter beyond 0...255, which bytes cannot hold.
  ///
  /// A training view of a photo file may come from a smaller decoding of it and thus differ a little.
  /// - Parameters:
  ///   - view: which part of the image to show, and how it is varied.
  ///   - side: height and width of the result, in pixels.
  ///   - seed: the training's seed; a training view depends on it.
  ///   - epoch: another epoch gives another training view; views for evaluation and testing stay
  ///     the same.
  ///   - index: the photo's place in the list that is trained on.
  public func view(
    _ view: PhotoView, side: Int, seed: UInt64 = 0, epoch: Int = 0, index: Int = 0
  ) -> Image {
    var random = CounterRandom(
      seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: UInt64(index))
    let plan = view.plan(width: width, height: height, side: side, random: &random)
    var result = [UInt8](repeating: 0, count: side * side * 3)
    var flipped = false
    withRaster { raster in
      result.withUnsafeMutableBufferPointer { buffer in
        guard let target = buffer.baseAddress else { return }
        flipped =
          plan.render(
            raster, of: (width, height), side: side, scratch: ScratchMemory(), into: target
          ).flipped
      }
    }
    if plan.offset != SIMD3() {
      for place in result.indices {
        let value = Float(result[place]) + 255 * plan.offset[place % 3]
        result[place] = UInt8(min(255, max(0, value.rounded())))
      }
    }
    let square = Image(width: side, height: side, pixels: result)
    return flipped ? square.flippedHorizontally() : square
  }
}
