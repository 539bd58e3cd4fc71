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
  /// Decodes as much as the view needs and renders it: `[height, width, 3]` in the workspace.
  func render(
    _ view: PhotoView, size: ImageSize, random: inout CounterRandom, in workspace: Workspace
  ) throws(ImageError) -> RenderedView {
    let plan = view.plan(width: width, height: height, size: size, random: &random)
    let reduction = plan.allowsPartialDecoding && canReduce ? plan.reduction : 1
    let part =
      plan.allowsPartialDecoding
      ? plan.needed(of: (width, height), at: self.size(reduction: reduction)) : nil
    let raster = try decode(part, reduction: reduction, in: workspace)
    return plan.render(
      raster, of: (width, height), size: size, scratch: workspace.resampling,
      into: workspace.view.reserve(size.area * 3))
  }
}

extension ViewPlan {
  /// The filter of a resize; moves have their own.
  fileprivate mutating func setInterpolation(_ interpolation: Interpolation) {
    switch geometry {
    case .upright(var resampling):
      resampling.interpolation = interpolation
      geometry = .upright(resampling)
    case .padded(var resampling, let x, let y):
      resampling.interpolation = interpolation
      geometry = .padded(resampling, x: x, y: y)
    case .transformed: break
    }
  }

  var reduction: Int {
    switch geometry {
    case .upright(let resampling), .padded(let resampling, _, _): resampling.reduction
    case .transformed(let transformation): transformation.reduction
    }
  }

  /// What is read of a photo of some size that is decoded at another; `nil`: perhaps all of it.
  func needed(
    of size: (width: Int, height: Int), at decoded: (width: Int, height: Int)
  ) -> PixelArea? {
    guard case .upright(let resampling) = geometry else { return nil }
    return resampling.scaled(from: size, to: decoded)
      .needed(width: decoded.width, height: decoded.height)
  }

  /// - Parameters:
  ///   - raster: the photo, perhaps smaller than it is, at least what is needed of it.
  ///   - photo: the photo's size, in pixels.
  ///   - size: of the view.
  func render(
    _ raster: Raster, of photo: (width: Int, height: Int), size: ImageSize,
    scratch: ScratchMemory, into target: UnsafeMutablePointer<UInt8>
  ) -> RenderedView {
    let decoded = (raster.wholeWidth, raster.wholeHeight)
    switch geometry {
    case .upright(let resampling):
      resampling.scaled(from: photo, to: decoded).run(raster, scratch: scratch, into: target)
    case .padded(let resampling, let x, let y):
      let part = resampling.scaled(from: photo, to: decoded)
      part.run(raster, scratch: scratch, x: x, y: y, of: size, into: target)
    case .transformed(let transformation):
      transformation.scaled(from: photo, to: raster).run(raster, into: target)
    }
    ColourPass.run(colours, on: target, width: size.width, height: size.height, scratch: scratch)
    erased?.run(on: target, width: size.width)
    return RenderedView(
      raster: Raster(base: target, width: size.width, height: size.height), flipped: isFlipped,
      offset: offset)
  }
}

extension ViewPlan.Geometry {
  /// The resize of a view that is neither padded nor turned.
  var resampling: Resampling {
    guard case .upright(let resampling) = self else {
      preconditionFailure("photos that are cropped fill their views")
    }
    return resampling
  }
}

extension Resampling {
  /// Writes the wanted part into a view that is larger, and ImageNet's mean colour around it.
  fileprivate func run(
    _ source: Raster, scratch: ScratchMemory, x: Int, y: Int, of size: ImageSize,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    for place in 0..<size.area * 3 { target[place] = meanColour[place % 3] }
    let row = partWidth * 3
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: row * partHeight) { part in
      guard let base = part.baseAddress else { return }
      run(source, scratch: scratch, into: base)
      for index in 0..<partHeight {
        (target + ((y + index) * size.width + x) * 3).update(from: base + index * row, count: row)
      }
    }
  }

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
  /// What evaluation shows of the image.
  /// - Parameters:
  ///   - policy: how it is brought to the size.
  ///   - size: of the result.
  ///   - interpolation: the filter; `nil`: that of the policy.
  public func evaluationView(
    _ policy: ResizePolicy, size: ImageSize, interpolation: Interpolation? = nil
  ) -> Image {
    var plan = ViewPlan(policy.evaluated(width: width, height: height, size: size).centre(size))
    if let interpolation { plan.setInterpolation(interpolation) }
    return rendered(plan, size: size)
  }

  /// What the view shows of the image in an epoch: what the network sees, but for mixing with other
  /// photos, and for PCA jitter beyond 0...255, which bytes cannot hold.
  ///
  /// A training view of a photo file may come from a smaller decoding of it and thus differ a little.
  /// - Parameters:
  ///   - view: which part of the image to show, and how it is varied.
  ///   - size: of the result.
  ///   - seed: the training's seed; a training view depends on it.
  ///   - epoch: another epoch gives another training view; views for evaluation and testing stay
  ///     the same.
  ///   - index: the photo's place in the list that is trained on.
  public func view(
    _ view: PhotoView, size: ImageSize, seed: UInt64 = 0, epoch: Int = 0, index: Int = 0
  ) -> Image {
    var random = CounterRandom(
      seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: UInt64(index))
    return rendered(
      view.plan(width: width, height: height, size: size, random: &random), size: size)
  }

  private func rendered(_ plan: ViewPlan, size: ImageSize) -> Image {
    var result = [UInt8](repeating: 0, count: size.area * 3)
    var flipped = false
    withRaster { raster in
      result.withUnsafeMutableBufferPointer { buffer in
        guard let target = buffer.baseAddress else { return }
        flipped =
          plan.render(
            raster, of: (width, height), size: size, scratch: ScratchMemory(), into: target
          ).flipped
      }
    }
    if plan.offset != SIMD3() {
      for place in result.indices {
        let value = Float(result[place]) + 255 * plan.offset[place % 3]
        result[place] = UInt8(min(255, max(0, value.rounded())))
      }
    }
    let view = Image(width: size.width, height: size.height, pixels: result)
    return flipped ? view.flippedHorizontally() : view
  }
}
