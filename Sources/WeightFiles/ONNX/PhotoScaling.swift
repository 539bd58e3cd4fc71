import TensorKernels

/// How a photo of any size becomes what a network reads, for a file that does so itself.
public struct PhotoScaling: Hashable, Sendable {
  /// What becomes of the photo's shape.
  public enum Fitting: Hashable, Sendable {
    /// It is kept, and the photo covers the canvas; what is beyond is lost.
    case cover
    /// The photo has the canvas's shape afterwards.
    case stretch
    /// It is kept, and the photo lies within the canvas, in its middle, on a background of this colour: red,
    /// green, blue, 0...255.
    case inside([Float])
  }

  /// The filter of the resize.
  public enum Filter: Hashable, Sendable {
    /// Linear, wider where the photo shrinks.
    case linear
    /// Keys's cubic with a = −0.5, wider where the photo shrinks.
    case cubic
    /// Linear between the four nearest pixels, however much the photo shrinks, and never rounded.
    case sampled
  }

  /// What the photo is resized to.
  public var canvas: ImageSize
  /// What becomes of its shape.
  public var fitting: Fitting
  /// The filter of the resize.
  public var filter: Filter

  /// A photo resized to a canvas, whose centre of the network's size is taken.
  public init(canvas: ImageSize, _ fitting: Fitting, _ filter: Filter) {
    self.canvas = canvas
    self.fitting = fitting
    self.filter = filter
  }
}

extension ONNXGraphBuilder {
  /// Appends what brings photos of any one size to the network's.
  ///
  /// Extents are computed in whole numbers and Float64, as Pillow and torchvision do, so that the result is
  /// the same part of the photo.
  /// - Parameters:
  ///   - photos: `[batch, 3, height, width]`, 0...255.
  ///   - size: of the result.
  /// - Returns: `[batch, 3, height, width]` of that size.
  mutating func append(_ scaling: PhotoScaling, _ photos: String, to size: ImageSize) -> String {
    let shape = add("Shape", [photos], named: "photos/shape")
    let height = extent(of: shape, axis: 2, named: "photos/height")
    let width = extent(of: shape, axis: 3, named: "photos/width")
    let canvas = scaling.canvas
    let (rows, columns): (String, String)
    switch scaling.fitting {
    case .stretch:
      rows = integers([canvas.height], named: "resized/height")
      columns = integers([canvas.width], named: "resized/width")
    case .cover:
      rows = covering(
        canvas.height, canvas.width, times: height, by: width, named: "resized/height")
      columns = covering(
        canvas.width, canvas.height, times: width, by: height, named: "resized/width")
    case .inside:
      rows = inside(canvas.height, canvas.width, times: height, by: width, named: "resized/height")
      columns = inside(
        canvas.width, canvas.height, times: width, by: height, named: "resized/width")
    }
    let resized = resize(photos, height: height, rows, columns, scaling.filter)
    switch scaling.fitting {
    case .inside(let colour): return pad(resized, rows, columns, to: size, colour)
    case .cover, .stretch:
      return cut(
        resized, rows, columns, to: size, isWhole: canvas == size && scaling.fitting == .stretch)
    }
  }

  /// The luma of ITU-R 601 of whole colours, rounded as Pillow does: one channel of three.
  mutating func appendLuma(_ photos: String) -> String {
    let weights = floats(
      [19595, 38470, 7471].map { $0 / 65536 }, [1, 3, 1, 1], named: "luma/weights")
    let sum = add("Conv", [photos, weights], named: "luma/sum")
    let half = add("Add", [sum, number(0.5, named: "luma/half")], named: "luma/shifted")
    return add("Floor", [half], named: "luma")
  }

  private mutating func extent(of shape: String, axis: Int, named name: String) -> String {
    let start = integers([axis], named: "\(name)/start")
    let end = integers([axis + 1], named: "\(name)/end")
    return add("Slice", [shape, start, end], named: name)
  }

  /// max(side, ⌊other · extent / by⌋), in whole numbers.
  private mutating func covering(
    _ side: Int, _ other: Int, times extent: String, by divisor: String, named name: String
  ) -> String {
    let product = add(
      "Mul", [extent, integers([other], named: "\(name)/across")], named: "\(name)/product")
    let quotient = add("Div", [product, divisor], named: "\(name)/quotient")
    return add("Max", [quotient, integers([side], named: "\(name)/least")], named: name)
  }

  /// min(side, extent / by · other, rounded to even), at least 1.
  private mutating func inside(
    _ side: Int, _ other: Int, times extent: String, by divisor: String, named name: String
  ) -> String {
    let ratio = add(
      "Div", [double(extent, "\(name)/extent"), double(divisor, "\(name)/divisor")],
      named: "\(name)/ratio")
    let across = double(integers([other], named: "\(name)/other"), "\(name)/across")
    let rounded = add(
      "Round", [add("Mul", [ratio, across], named: "\(name)/product")], named: "\(name)/rounded")
    let whole = add("Cast", [rounded], named: "\(name)/whole", ["to": .integer(Self.int64)])
    let most = add(
      "Min", [whole, integers([side], named: "\(name)/most")], named: "\(name)/bounded")
    return add("Max", [most, integers([1], named: "\(name)/least")], named: name)
  }

  private mutating func double(_ value: String, _ name: String) -> String {
    add("Cast", [value], named: name, ["to": .integer(ONNXTensor.Element.double.rawValue)])
  }

  /// Columns first, then rows, each rounded to bytes, as Pillow does it; `sampled` at once.
  private mutating func resize(
    _ photos: String, height: String, _ rows: String, _ columns: String,
    _ filter: PhotoScaling.Filter
  ) -> String {
    guard filter != .sampled else {
      return resize(photos, rows, columns, filter, named: "resized")
    }
    let narrow = resize(photos, height, columns, filter, named: "narrowed/exact")
    let bytes = appendBytes(narrow, named: "narrowed")
    let small = resize(bytes, rows, columns, filter, named: "resized/exact")
    return appendBytes(small, named: "resized")
  }

  private mutating func resize(
    _ photos: String, _ rows: String, _ columns: String, _ filter: PhotoScaling.Filter,
    named name: String
  ) -> String {
    let sizes = add("Concat", [rows, columns], named: "\(name)/size", ["axis": .integer(0)])
    // At the border a wide filter counts only what is there, as Pillow's.
    return add(
      "Resize", [photos, "", "", sizes], named: name,
      [
        "mode": .text(filter == .cubic ? "cubic" : "linear"),
        "antialias": .integer(filter == .sampled ? 0 : 1),
        "axes": .integers([2, 3]), "coordinate_transformation_mode": .text("half_pixel"),
        "cubic_coeff_a": .number(-0.5), "exclude_outside": .integer(filter == .sampled ? 0 : 1),
      ])
  }

  /// Values rounded to whole numbers of 0...255, halves up.
  private mutating func appendBytes(_ values: String, named name: String) -> String {
    let shifted = add(
      "Add", [values, number(0.5, named: "\(name)/half")], named: "\(name)/shifted")
    return appendClip(
      add("Floor", [shifted], named: "\(name)/whole"), 0, 255, named: name)
  }

  /// Half of what an extent has more than a side, rounded to even.
  private mutating func margin(_ extent: String, _ side: Int, named name: String) -> String {
    let beyond = add(
      "Sub", [extent, integers([side], named: "\(name)/side")], named: "\(name)/beyond")
    let half = add(
      "Mul",
      [
        add("Cast", [beyond], named: "\(name)/number", ["to": .integer(Self.float)]),
        number(0.5, named: "\(name)/half"),
      ], named: "\(name)/middle")
    return add(
      "Cast", [add("Round", [half], named: "\(name)/rounded")], named: name,
      ["to": .integer(Self.int64)])
  }

  private mutating func cut(
    _ resized: String, _ rows: String, _ columns: String, to size: ImageSize, isWhole: Bool
  ) -> String {
    guard !isWhole else { return resized }
    let top = margin(rows, size.height, named: "centre/top")
    let left = margin(columns, size.width, named: "centre/left")
    let starts = add("Concat", [top, left], named: "centre/starts", ["axis": .integer(0)])
    let extents = integers([size.height, size.width], named: "centre/size")
    let ends = add("Add", [starts, extents], named: "centre/ends")
    return add(
      "Slice", [resized, starts, ends, integers([2, 3], named: "centre/axes")], named: "centre")
  }

  private mutating func pad(
    _ resized: String, _ rows: String, _ columns: String, to size: ImageSize, _ colour: [Float]
  ) -> String {
    // What is padded with is 0, so the colour is subtracted before and added again.
    let background = floats(colour, [colour.count, 1, 1], named: "background")
    let shifted = add("Sub", [resized, background], named: "background/removed")
    let missingRows = add(
      "Sub", [integers([size.height], named: "border/height"), rows], named: "border/rows")
    let missingColumns = add(
      "Sub", [integers([size.width], named: "border/width"), columns], named: "border/columns")
    let top = margin(missingRows, 0, named: "border/top")
    let left = margin(missingColumns, 0, named: "border/left")
    let bottom = add("Sub", [missingRows, top], named: "border/bottom")
    let right = add("Sub", [missingColumns, left], named: "border/right")
    let none = integers([0, 0], named: "border/none")
    let pads = add(
      "Concat", [none, top, left, none, bottom, right], named: "border/pads",
      ["axis": .integer(0)])
    let padded = add("Pad", [shifted, pads], named: "border")
    return add("Add", [padded, background], named: "framed")
  }

  private static let float = ONNXTensor.Element.float.rawValue
  private static let int64 = ONNXTensor.Element.int64.rawValue
}
