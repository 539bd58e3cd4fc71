internal import CKernels

/// A rectangle in pixels; edges may fall between pixels.
public struct Box: Hashable, Sendable, Codable {
  /// The left edge, from the image's left border.
  public var left: Float
  /// The upper edge, from the image's upper border.
  public var top: Float
  /// The right edge, from the image's left border.
  public var right: Float
  /// The lower edge, from the image's upper border.
  public var bottom: Float

  /// A rectangle with these edges; `right` and `bottom` are beyond the last pixel.
  public init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }
}

/// The filter of a resize; the first two are widened when shrinking, against aliasing.
public enum Interpolation: String, Codable, Hashable, Sendable, CaseIterable {
  /// A triangle one pixel wide to either side, wider where the picture shrinks.
  case bilinear
  /// Keys's cubic with a = −0.5.
  case bicubic
  /// A triangle one pixel wide to either side, also where the picture shrinks: with aliasing then.
  case sampled
}

/// One resize: a box of the source becomes `width` × `height` pixels, of which a part is wanted.
package struct Resampling: Hashable {
  package var box: Box
  /// The size of the whole result.
  package var width: Int
  package var height: Int
  /// The part wanted: its first column and row and its size.
  package var x: Int
  package var y: Int
  package var partWidth: Int
  package var partHeight: Int
  package var interpolation = Interpolation.bilinear

  /// The whole of `box` at a size.
  package init(
    _ box: Box, width: Int, height: Int, _ interpolation: Interpolation = .bilinear
  ) {
    self.interpolation = interpolation
    self.box = box
    self.width = width
    self.height = height
    (x, y, partWidth, partHeight) = (0, 0, width, height)
  }

  /// What the resize reads of a source of `width` × `height` pixels.
  func needed(width: Int, height: Int) -> PixelArea {
    var (x, y, columns, rows) = (Int32(), Int32(), Int32(), Int32())
    resample_needed(horizontal, Int32(width), &x, &columns)
    resample_needed(vertical, Int32(height), &y, &rows)
    return PixelArea(x: Int(x), y: Int(y), width: Int(columns), height: Int(rows))
  }

  private var horizontal: resample_axis {
    resample_axis(
      start: box.left, end: box.right, total: Int32(width), first: Int32(x),
      count: Int32(partWidth), filter: interpolation.code)
  }

  private var vertical: resample_axis {
    resample_axis(
      start: box.top, end: box.bottom, total: Int32(height), first: Int32(y),
      count: Int32(partHeight), filter: interpolation.code)
  }

  /// Writes `[partHeight, partWidth, 3]`: exactly the pixels that the whole result has there.
  ///
  /// - Parameter source: at least what is needed of it.
  func run(
    _ source: Raster, scratch: ScratchMemory, into target: UnsafeMutablePointer<UInt8>
  ) {
    let (width, height) = (Int32(source.wholeWidth), Int32(source.wholeHeight))
    let size = resample_scratch_size(width, height, horizontal, vertical)
    precondition(size > 0, "a resize takes a box within the image to at least one pixel")
    let (area, needed) = (source.area, needed(width: source.wholeWidth, height: source.wholeHeight))
    precondition(
      area.x <= needed.x && needed.x + needed.width <= area.x + area.width
        && area.y <= needed.y && needed.y + needed.height <= area.y + area.height,
      "a resize has the pixels it reads")
    var picture = resample_source(
      pixels: source.base, width: width, height: height, x: Int32(area.x), y: Int32(area.y),
      columns: Int32(area.width), rows: Int32(area.height))
    resample_rgb(&picture, horizontal, vertical, scratch.reserve(size), target)
  }
}

extension Interpolation {
  /// As `resample_axis` has it.
  fileprivate var code: Int32 {
    switch self {
    case .bilinear: 0
    case .bicubic: 1
    case .sampled: 2
    }
  }
}

extension Image {
  /// The image at another size: unless sampled antialiased, as Pillow's `resize(size, BILINEAR)` or `BICUBIC`
  /// bit for bit (version 13: along the rows, then down the columns, or the other way round where the height
  /// shrinks by more than twice as many pixels as the width).
  ///
  /// - Parameters:
  ///   - width: of the result in pixels, at least 1.
  ///   - height: of the result in pixels, at least 1.
  ///   - box: the part to resize, as Pillow's `box`; the whole image if `nil`.
  ///   - interpolation: the filter.
  public func resized(
    width: Int, height: Int, box: Box? = nil, interpolation: Interpolation = .bilinear
  ) -> Image {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    let whole = Box(left: 0, top: 0, right: Float(self.width), bottom: Float(self.height))
    var resampling = Resampling(box ?? whole, width: width, height: height)
    resampling.interpolation = interpolation
    return resampled(resampling)
  }

  /// The image made to fit a square of `maxSide`, never enlarged.
  public func thumbnail(maxSide: Int) -> Image {
    let size = Self.size(ofThumbnail: maxSide, width: width, height: height)
    return size == (width, height) ? self : resized(width: size.width, height: size.height)
  }

  /// What fits a square of `maxSide`, never enlarged.
  static func size(ofThumbnail maxSide: Int, width: Int, height: Int) -> (width: Int, height: Int) {
    precondition(maxSide > 0, "a thumbnail has at least one pixel")
    let longer = max(width, height)
    guard longer > maxSide else { return (width, height) }
    func fit(_ side: Int) -> Int {
      max(1, Int((Double(side) * Double(maxSide) / Double(longer)).rounded()))
    }
    return (fit(width), fit(height))
  }

  /// A whole picture at another size, without a copy of it as it is unless that is the size.
  /// - Parameter workspace: which holds the picture.
  init(_ picture: Raster, width: Int, height: Int, in workspace: Workspace) {
    guard (width, height) != (picture.width, picture.height) else {
      self.init(picture)
      return
    }
    let whole = Box(left: 0, top: 0, right: Float(picture.width), bottom: Float(picture.height))
    let count = width * height * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      if let target = target.baseAddress {
        Resampling(whole, width: width, height: height).run(
          picture, scratch: workspace.resampling, into: target)
      }
      initialized = count
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  func resampled(_ resampling: Resampling) -> Image {
    let count = resampling.partWidth * resampling.partHeight * 3
    let scratch = ScratchMemory()
    let result = withRaster { raster in
      [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        if let target = target.baseAddress {
          resampling.run(raster, scratch: scratch, into: target)
        }
        initialized = count
      }
    }
    return Image(width: resampling.partWidth, height: resampling.partHeight, pixels: result)
  }
}
