/// An RGB image in somebody else's memory, or the part of one that was decoded.
struct Raster {
  /// `[height, width, 3]`.
  let base: UnsafePointer<UInt8>
  /// Where it lies in the whole picture.
  let area: PixelArea
  let wholeWidth: Int
  let wholeHeight: Int

  var width: Int { area.width }
  var height: Int { area.height }

  init(base: UnsafePointer<UInt8>, width: Int, height: Int) {
    self.base = base
    area = PixelArea(x: 0, y: 0, width: width, height: height)
    (wholeWidth, wholeHeight) = (width, height)
  }

  init(base: UnsafeMutablePointer<UInt8>, width: Int, height: Int) {
    self.init(base: UnsafePointer(base), width: width, height: height)
  }

  init(base: UnsafeMutablePointer<UInt8>, area: PixelArea, ofWidth width: Int, height: Int) {
    self.base = UnsafePointer(base)
    self.area = area
    (wholeWidth, wholeHeight) = (width, height)
  }
}
