internal import CKernels

/// A convolution of bfloat16 images by a Float32 kernel, where that is faster: images are widened before it,
/// and its result is rounded once. Weights, their gradients and biases are the kernel's own.
///
/// Images are widened piece by piece where that reads no more weights, so that what is widened stays in the
/// core's cache until it is rounded again, and takes little memory.
struct WidenedKernel: PreparedKernel {
  private let kernel: any PreparedKernel
  private let pieces: Int
  /// Values of each operand of a piece that is an image; 0 for others.
  private let source: Int
  private let second: Int
  private let destination: Int
  private let addsDestination: Bool

  /// - Parameter prepare: makes the Float32 kernel of an operation.
  init(
    _ geometry: WindowGeometry, _ direction: ConvolutionDirection,
    prepare: (Operation) throws(BackendError) -> any PreparedKernel
  ) throws(BackendError) {
    let pieces = Self.pieces(geometry, direction)
    let piece = geometry.piece(of: pieces)
    self.pieces = pieces
    kernel = try prepare(direction.operation(piece))
    switch direction {
    case .forward(_, let adds, _):
      (source, second, destination) = (piece.inputCount, 0, piece.outputCount)
      addsDestination = adds
    case .inputGradient:
      (source, second, destination) = (piece.outputCount, 0, piece.inputCount)
      addsDestination = false
    case .weightGradient:
      (source, second, destination) = (piece.inputCount, piece.outputCount, 0)
      addsDestination = false
      precondition(pieces == 1 || kernel.accumulates, "pieces of a weight gradient are added")
    }
  }

  /// Into how many equal pieces the pixels are cut. Those of a 1×1 convolution: as few as fit a quarter of a
  /// second-level cache, of those that divide them, and none of few pixels. Of others: images, where those
  /// are larger than the kernel, which is read again for each; not for filtering by Winograd's method, and
  /// not for gradients of weights, whose kernels do not add.
  private static func pieces(_ geometry: WindowGeometry, _ direction: ConvolutionDirection) -> Int {
    let pixels = geometry.batch * geometry.outputPositions
    guard geometry.isPointwise else {
      if case .weightGradient = direction { return 1 }
      let perImage = (geometry.inputCount + geometry.outputCount) / geometry.batch
      return perImage > geometry.kernelCount && !geometry.suitsWinograd ? geometry.batch : 1
    }
    let perPixel = 4 * (geometry.inputChannels + geometry.outputChannels)
    let (room, least) = (1 << 19, 64)
    let wanted = pixels * perPixel / room + 1
    return (wanted...max(wanted, 4 * wanted)).first {
      pixels % $0 == 0 && pixels / $0 >= least
    } ?? 1
  }

  /// The images lie behind the kernel's own scratchpad.
  private var imagesOffset: Int { (kernel.scratchByteCount + 63) / 64 * 64 }
  private static func byteCount(_ values: Int) -> Int { (values * 4 + 63) / 64 * 64 }

  var scratchByteCount: Int {
    imagesOffset + [source, second, destination].reduce(0) { $0 + Self.byteCount($1) }
  }
  var packedByteCount: Int { kernel.packedByteCount }
  var workspaceByteCount: Int { kernel.workspaceByteCount }
  var accumulates: Bool { kernel.accumulates }
  var implementation: String { "\(kernel.implementation), widened" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    var wide = operands
    var offset = imagesOffset
    /// Where a piece of an image is in Float32, and where it is kept.
    func image(_ operand: inout Region?, _ count: Int) -> Image? {
      guard count > 0, let kept = operand else { return nil }
      let region = Region(lane.scratch, offset: offset)
      offset += Self.byteCount(count)
      operand = region
      return Image(wide: region, kept: kept, count: count)
    }
    let source = image(&wide.source, source)
    let second = image(&wide.second, second)
    let destination = image(&wide.destination, destination)
    let (pieces, addsDestination) = (pieces, addsDestination)
    let run = try kernel.bind(wide, on: lane)
    return {
      let isFirst = lane.isFirst
      // Pieces of a weight gradient add to the first one's.
      defer { lane.isFirst = isFirst }
      for piece in 0..<pieces {
        source?.widen(piece)
        second?.widen(piece)
        if addsDestination { destination?.widen(piece) }
        let status = run()
        guard status == 0 else { return status }
        destination?.narrow(piece)
        lane.isFirst = false
      }
      return 0
    }
  }

  private struct Image {
    let wide: Region
    let kept: Region
    let count: Int

    func widen(_ piece: Int) { ft_widen(wide.floats, kept.halves + piece * count, count) }
    func narrow(_ piece: Int) { ft_narrow(kept.halves + piece * count, wide.floats, count) }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    try kernel.bindPacking(plain: plain, packed: packed, on: lane)
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    try kernel.bindUnpacking(packed: packed, plain: plain, on: lane)
  }
}

extension WindowGeometry {
  /// Whether a Float32 kernel may compute it for bfloat16 images. Depthwise convolutions multiply little.
  var canBeWidened: Bool { !isDepthwise }

  /// The same over one of so many equal pieces of the pixels.
  fileprivate func piece(of pieces: Int) -> WindowGeometry {
    var piece = self
    guard pieces > 1 else { return piece }
    if isPointwise {
      let pixels = batch * outputPositions / pieces
      piece.batch = 1
      (piece.inputHeight, piece.inputWidth) = (1, pixels)
      (piece.outputHeight, piece.outputWidth) = (1, pixels)
      (piece.inputDepth, piece.outputDepth) = (1, 1)
    } else {
      piece.batch /= pieces
    }
    return piece
  }
}
