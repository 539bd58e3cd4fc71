import Foundation
import TensorKernels

extension ColourBasis {
  /// The basis of some photos: eigenvalues and eigenvectors of the covariance of their pixels.
  ///
  /// One pass: each photo is decoded as small as is enough and shrunk to 64 × 64 pixels, so that all weigh
  /// alike. Shrinking averages the finest detail away, and with it a little of the variance. The sums
  /// are integers: the result does not depend on the number of threads.
  /// - Parameters:
  ///   - photos: the list that `order` picks from.
  ///   - order: indices into `photos`; those that cannot be read, or have changed since the scan, are left
  ///     out.
  ///   - root: what the photos' paths are relative to.
  ///   - pool: whose workers decode the photos.
  ///   - maximumPixels: photos with more pixels (width × height) are left out.
  /// - Throws: `.unreadable` when none of the photos can be read.
  public init(
    of photos: [Photo], order: [Int], root: URL, pool: WorkerPool,
    maximumPixels: Int = 100_000_000
  ) throws(ImageError) {
    let shelf = WorkspaceShelf()
    let folder = root.path
    let sums = pool.map(order.count) { place -> ColourSums? in
      let photo = photos[order[place]]
      let workspace = shelf.take()
      defer { shelf.putBack(workspace) }
      var own = ColourSums()
      do throws(ImageError) {
        let bytes = try readPhoto(photo, below: folder, in: workspace)
        try own.add(bytes, maximumPixels: maximumPixels, in: workspace)
        return own
      } catch {
        return nil
      }
    }
    let total = sums.reduce(into: ColourSums()) { total, own in
      if let own { total.add(own) }
    }
    guard total.count > 0 else {
      throw ImageError(
        .unreadable, "none of the \(order.count) photos can be read to find their colours")
    }
    self.init(covariance: total.covariance)
  }

  /// - Parameter covariance: of RGB in 0...1, 3 × 3.
  init(covariance: [[Double]]) {
    let eigen = SymmetricEigen(covariance)
    // Rounding may leave the smallest of a grey folder's variances below zero.
    self.init(
      variances: eigen.values.reversed().map { max(0, $0) }, vectors: eigen.vectors.reversed())
  }
}

/// Sums over pixels, of bytes and of their products.
private struct ColourSums {
  var count = 0
  var sum = SIMD3<Int>()
  /// rr, gg, bb.
  var squares = SIMD3<Int>()
  /// rg, gb, br.
  var products = SIMD3<Int>()

  mutating func add(_ other: ColourSums) {
    count += other.count
    sum &+= other.sum
    squares &+= other.squares
    products &+= other.products
  }

  mutating func add(
    _ bytes: UnsafeRawBufferPointer, maximumPixels: Int, in workspace: Workspace
  ) throws(ImageError) {
    let side = 64
    let image = try EncodedImage(bytes, maximumPixels: maximumPixels)
    let whole = ResizePolicy.squash.scaled(
      width: image.width, height: image.height, canvas: ImageSize(side: side)
    ).photo
    let raster = try image.decode(
      reduction: image.canReduce ? whole.reduction : 1, in: workspace)
    let target = workspace.view.reserve(side * side * 3)
    whole.scaled(from: (image.width, image.height), to: (raster.width, raster.height))
      .run(raster, scratch: workspace.resampling, into: target)
    for pixel in 0..<side * side {
      let p = target + 3 * pixel
      let colour = SIMD3(Int(p[0]), Int(p[1]), Int(p[2]))
      sum &+= colour
      squares &+= colour &* colour
      products &+= colour &* SIMD3(colour.y, colour.z, colour.x)
    }
    count += side * side
  }

  var covariance: [[Double]] {
    let n = Double(count)
    let mean = SIMD3<Double>(sum) / n
    let square = (SIMD3<Double>(squares) / n - mean * mean) / 65025
    let mixed = (SIMD3<Double>(products) / n - mean * SIMD3(mean.y, mean.z, mean.x)) / 65025
    return [
      [square.x, mixed.x, mixed.z], [mixed.x, square.y, mixed.y], [mixed.z, mixed.y, square.z],
    ]
  }
}
