import TensorKernels

extension EncodedImage {
  /// Decodes as much as the view needs and renders it: `[side, side, 3]` in the workspace, not yet
  /// mirrored.
  func render(
    _ view: PhotoView, side: Int, random: inout CounterRandom, in workspace: Workspace
  ) throws(ImageError) -> (view: Raster, flipped: Bool) {
    let plan = view.plan(width: width, height: height, side: side, random: &random)
    let reduction = plan.allowsReducedDecoding && canReduce ? plan.resampling.reduction : 1
    let raster = try decode(reduction: reduction, in: workspace)
    let resampling = plan.resampling.scaled(from: (width, height), to: raster)
    let target = workspace.view.reserve(side * side * 3)
    resampling.run(raster, scratch: workspace.resampling, into: target)
    return (Raster(base: target, width: side, height: side), plan.flipped)
  }
}

extension Resampling {
  /// The largest of 1, 2, 4 and 8 by which the source may shrink and still not be enlarged.
  var reduction: Int {
    let ratio = min(
      (box.right - box.left) / Float(width), (box.bottom - box.top) / Float(height))
    return [8, 4, 2].first { ratio >= Float($0) } ?? 1
  }

  /// The same part of a source that was decoded smaller.
  func scaled(from size: (width: Int, height: Int), to raster: Raster) -> Resampling {
    guard size.width != raster.width || size.height != raster.height else { return self }
    let across = Float(raster.width) / Float(size.width)
    let down = Float(raster.height) / Float(size.height)
    var result = self
    result.box = Box(
      left: box.left * across, top: box.top * down,
      right: min(box.right * across, Float(raster.width)),
      bottom: min(box.bottom * down, Float(raster.height)))
    return result
  }
}

extension Image {
  /// The square of `side` pixels that evaluation shows of the image.
  public func evaluationView(_ policy: ResizePolicy, side: Int) -> Image {
    resampled(policy.resampling(width: width, height: height, side: side))
  }

  /// The square of `side` pixels that the view shows of the image in an epoch.
  ///
  /// A training view of a photo file may come from a smaller decoding of it and thus differ a little.
  /// - Parameter index: the photo's place in the list that is trained on.
  public func view(
    _ view: PhotoView, side: Int, seed: UInt64 = 0, epoch: Int = 0, index: Int = 0
  ) -> Image {
    var random = CounterRandom(
      seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: UInt64(index))
    let plan = view.plan(width: width, height: height, side: side, random: &random)
    let square = resampled(plan.resampling)
    return plan.flipped ? square.flippedHorizontally() : square
  }
}
