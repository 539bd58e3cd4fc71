internal import CKernels
import Glibc

/// One interpolation of a photo along any affine map: each pixel of the view is the mean of points spread
/// evenly in it, as many along each side as the map passes source pixels there, of the photo
/// interpolated bilinearly. That is a filter as wide as a pixel of whichever of the two is coarser.
package struct Transformation: Hashable {
  /// The centre (u, v) of a pixel of the view shows (xu u + xv v + x, yu u + yv v + y) of the photo, in
  /// pixels from its corner.
  package var xu: Double
  package var xv: Double
  package var x: Double
  package var yu: Double
  package var yv: Double
  package var y: Double
  /// Of the view, in pixels.
  package var width: Int
  package var height: Int
  package var border: Augmentation.Border

  /// The wanted part of a resize, moved.
  package init(_ part: Resampling, _ move: Move, border: Augmentation.Border) {
    (width, height) = (part.partWidth, part.partHeight)
    self.border = border
    // Photo pixels per pixel of the view, and the photo's place at the centre of the view.
    let across = Double(part.box.right - part.box.left) / Double(part.width)
    let down = Double(part.box.bottom - part.box.top) / Double(part.height)
    let (halfWidth, halfHeight) = (Double(width) / 2, Double(height) / 2)
    let centreX = Double(part.box.left) + (Double(part.x) + halfWidth) * across
    let centreY = Double(part.box.top) + (Double(part.y) + halfHeight) * down
    (xu, xv, yu, yv) = (across * move.xx, across * move.xy, down * move.yx, down * move.yy)
    x = centreX + across * Double(width) * move.x0 - (halfWidth * xu + halfHeight * xv)
    y = centreY + down * Double(height) * move.y0 - (halfWidth * yu + halfHeight * yv)
  }

  /// The largest of 1, 2, 4 and 8 by which the photo may shrink and still not be enlarged: by the smallest
  /// singular value of the map.
  var reduction: Int {
    let squares = xu * xu + xv * xv + yu * yu + yv * yv
    let area = abs(xu * yv - xv * yu)
    let smallest = ((squares - (max(0, squares * squares - 4 * area * area)).squareRoot()) / 2)
      .squareRoot()
    return [8, 4, 2].first { smallest >= Double($0) } ?? 1
  }

  /// The same view of a photo that was decoded smaller.
  func scaled(from size: (width: Int, height: Int), to raster: Raster) -> Transformation {
    let across = Double(raster.width) / Double(size.width)
    let down = Double(raster.height) / Double(size.height)
    var result = self
    (result.xu, result.xv, result.x) = (xu * across, xv * across, x * across)
    (result.yu, result.yv, result.y) = (yu * down, yv * down, y * down)
    return result
  }

  /// Points along the rows and the columns of a pixel.
  package var points: (across: Int, down: Int) {
    func count(_ x: Double, _ y: Double) -> Int {
      min(16, max(1, Int((x * x + y * y).squareRoot().rounded(.up))))
    }
    return (count(xu, yu), count(xv, yv))
  }

  /// Writes `[height, width, 3]`.
  func run(_ source: Raster, into target: UnsafeMutablePointer<UInt8>) {
    let map = ft_map(xu: xu, xv: xv, x: x, yu: yu, yv: yv, y: y)
    let (across, down) = points
    let fill: [UInt8]? = border == .mean ? meanColour : nil
    ft_transform(
      source.base, Int32(source.width), Int32(source.height), map, Int32(across), Int32(down), fill,
      target, Int32(width), Int32(height))
  }
}

/// Of ImageNet's photos.
package let meanColour: [UInt8] = [124, 116, 104]

extension Image {
  package func transformed(_ transformation: Transformation) -> Image {
    let count = transformation.width * transformation.height * 3
    let result = withRaster { raster in
      [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        if let target = target.baseAddress { transformation.run(raster, into: target) }
        initialized = count
      }
    }
    return Image(width: transformation.width, height: transformation.height, pixels: result)
  }
}
