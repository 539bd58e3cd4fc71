internal import CKernels

/// The tiles of a convolution that is computed by Winograd's minimal filtering, and where a lane's
/// scratchpad holds a block of them.
struct WinogradTiles: Sendable {
  let geometry: WindowGeometry
  /// The tiles of the whole micro-batch.
  let count: Int
  /// The tiles of a block: enough for the products to be worth a call, few enough to stay in a core's
  /// cache between the transformations.
  let countPerBlock: Int

  init(_ geometry: WindowGeometry) {
    self.geometry = geometry
    var window = ft_window(geometry)
    count = ft_winograd_tiles(&window)
    let bytesPerTile =
      Self.positions * (geometry.inputChannels + geometry.outputChannels)
      * MemoryLayout<Float>.stride
    let blocks = max(1, count / max(Self.leastCount, Self.byteCountPerBlock / bytesPerTile))
    countPerBlock = (count + blocks - 1) / blocks
  }

  static let positions = Int(FT_WINOGRAD_POSITIONS)
  /// Half of a core's second-level cache on today's servers; the speed changes little around it.
  private static let byteCountPerBlock = 1 << 20
  /// Rows of a product that read the weights of a position once.
  private static let leastCount = 64

  /// From one position of a block to the next. The odd cache line keeps the positions, which are
  /// written in turns, from falling on the same lines of the cache.
  var inputStride: Int { countPerBlock * geometry.inputChannels + 16 }
  var outputStride: Int { countPerBlock * geometry.outputChannels + 16 }

  /// Transformed inputs, transformed outputs and one tile's inputs.
  var scratchByteCount: Int {
    (Self.positions * (inputStride + outputStride + geometry.inputChannels))
      * MemoryLayout<Float>.stride
  }

  /// The kernel, or its gradient, at every position.
  var kernelByteCount: Int {
    Self.positions * geometry.inputChannels * geometry.outputChannels * MemoryLayout<Float>.stride
  }

  /// A block with its memory.
  struct Block {
    let inputs: ft_winograd_block
    let outputs: ft_winograd_block
    let patch: UnsafeMutablePointer<Float>
    var count: Int { inputs.count }
  }

  func forEachBlock(_ scratch: UnsafeMutablePointer<Float>, _ body: (Block) -> Void) {
    let outputs = scratch + Self.positions * inputStride
    let patch = outputs + Self.positions * outputStride
    for first in stride(from: 0, to: count, by: countPerBlock) {
      let tiles = min(countPerBlock, count - first)
      body(
        Block(
          inputs: ft_winograd_block(
            values: scratch, stride: inputStride, first: first, count: tiles),
          outputs: ft_winograd_block(
            values: outputs, stride: outputStride, first: first, count: tiles), patch: patch))
    }
  }
}

extension WindowGeometry {
  /// Whether Winograd's minimal filtering is allowed and worth it. With fewer tiles the products wait
  /// for their weights, which are four times as many as the plain ones.
  var suitsWinograd: Bool {
    allowsWinograd && hasWinogradForm && min(inputChannels, outputChannels) >= 32
      && WinogradTiles(self).count >= 32
  }

  /// Whether Winograd's minimal filtering can take it: 3×3, stride 1, and whole vectors of channels.
  private var hasWinogradForm: Bool {
    let lanes = Int(FT_WINOGRAD_CHANNELS)
    return kernelHeight == 3 && kernelWidth == 3 && kernelDepth == 1 && inputDepth == 1
      && strideHeight == 1 && strideWidth == 1 && dilationHeight == 1 && dilationWidth == 1
      && groups == 1 && inputChannels % lanes == 0 && outputChannels % lanes == 0
      && (0...2).contains(padTop) && (0...2).contains(padLeft)
  }

  /// The convolution that leads output gradients back: the same window over the outputs.
  fileprivate var reversed: WindowGeometry {
    var reversed = self
    (reversed.inputHeight, reversed.inputWidth) = (outputHeight, outputWidth)
    (reversed.outputHeight, reversed.outputWidth) = (inputHeight, inputWidth)
    (reversed.inputChannels, reversed.outputChannels) = (outputChannels, inputChannels)
    (reversed.padTop, reversed.padLeft) = (2 - padTop, 2 - padLeft)
    return reversed
  }
}

/// A convolution, or its input gradient, as 36 matrix products of transformed tiles: a quarter of the
/// multiplications.
struct WinogradConvolution: PreparedKernel {
  private let tiles: WinogradTiles
  private let isReversed: Bool
  private let hasBias: Bool
  private let adds: Bool
  private let activation: Activation
  private let multiplier: any MatrixMultiplier

  init(
    _ geometry: WindowGeometry, hasBias: Bool, addsDestination: Bool, _ activation: Activation,
    multiplier: any MatrixMultiplier
  ) {
    tiles = WinogradTiles(geometry)
    isReversed = false
    self.hasBias = hasBias
    adds = addsDestination
    self.activation = activation
    self.multiplier = multiplier
  }

  /// The input gradient of the convolution with this geometry.
  init(inputGradientOf geometry: WindowGeometry, multiplier: any MatrixMultiplier) {
    tiles = WinogradTiles(geometry.reversed)
    isReversed = true
    hasBias = false
    adds = false
    activation = .linear
    self.multiplier = multiplier
  }

  var scratchByteCount: Int { tiles.scratchByteCount }
  var packedByteCount: Int { tiles.kernelByteCount }
  var workspaceByteCount: Int { 0 }
  var accumulates: Bool { false }
  var implementation: String { "winograd + matrix products" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let source = operands.source.required
    let destination = operands.destination.required
    let weights = operands.weights.required
    let bias = hasBias ? operands.bias.required : nil
    let final = ft_activation(activation)
    // The transformation bounds its outputs; other activations need a pass of their own.
    let isBound = final.kind <= FT_RELU6
    let first = isBound ? final : ft_activation(.linear)
    let (tiles, multiplier) = (tiles, multiplier)
    let (inputs, outputs) = (tiles.geometry.inputChannels, tiles.geometry.outputChannels)
    let adding: Int32 = adds ? 1 : 0
    return {
      var window = ft_window(tiles.geometry)
      tiles.forEachBlock(Region(lane.scratch).floats) { block in
        ft_winograd_input(&window, block.inputs, source, block.patch)
        for position in 0..<WinogradTiles.positions {
          multiplier.multiply(
            rows: block.count, columns: outputs, depth: inputs,
            block.inputs.values + position * tiles.inputStride, transposeA: false,
            weights + position * inputs * outputs, transposeB: false,
            into: block.outputs.values + position * tiles.outputStride, accumulating: false)
        }
        ft_winograd_output(&window, destination, block.outputs, bias, adding, first)
      }
      if !isBound {
        ft_add_activate(destination, destination, nil, final, tiles.geometry.outputCount)
      }
      return 0
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    let (inputs, outputs) = (tiles.geometry.inputChannels, tiles.geometry.outputChannels)
    return isReversed
      ? {
        ft_winograd_reversed_kernel(packed.floats, plain.floats, outputs, inputs)
        return 0
      }
      : {
        ft_winograd_kernel(packed.floats, plain.floats, inputs, outputs)
        return 0
      }
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("weights are packed for a convolution, never unpacked")
  }
}

/// The weight gradient as 36 matrix products of transformed tiles, added at every position; the sum is
/// transformed back once per step.
struct WinogradWeightGradient: PreparedKernel {
  private let tiles: WinogradTiles
  private let hasBias: Bool
  private let multiplier: any MatrixMultiplier

  init(_ geometry: WindowGeometry, hasBias: Bool, multiplier: any MatrixMultiplier) {
    tiles = WinogradTiles(geometry)
    self.hasBias = hasBias
    self.multiplier = multiplier
  }

  var scratchByteCount: Int { tiles.scratchByteCount }
  var packedByteCount: Int { tiles.kernelByteCount }
  var workspaceByteCount: Int { 0 }
  var accumulates: Bool { true }
  var implementation: String { "winograd + matrix products" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let x = operands.source.required
    let dy = operands.second.required
    let gradient = operands.destination.required
    let bias = hasBias ? operands.bias.required : nil
    let (tiles, multiplier) = (tiles, multiplier)
    let (inputs, outputs) = (tiles.geometry.inputChannels, tiles.geometry.outputChannels)
    let rows = tiles.geometry.batch * tiles.geometry.outputPositions
    return {
      var window = ft_window(tiles.geometry)
      tiles.forEachBlock(Region(lane.scratch).floats) { block in
        ft_winograd_input(&window, block.inputs, x, block.patch)
        ft_winograd_output_gradient(&window, block.outputs, dy)
        for position in 0..<WinogradTiles.positions {
          multiplier.multiply(
            rows: inputs, columns: outputs, depth: block.count,
            block.inputs.values + position * tiles.inputStride, transposeA: true,
            block.outputs.values + position * tiles.outputStride, transposeB: false,
            into: gradient + position * inputs * outputs,
            accumulating: !lane.isFirst || block.inputs.first > 0)
        }
      }
      if let bias { ft_channel_sums(bias, nil, dy, nil, lane.isFirst ? 0 : 1, rows, outputs) }
      return 0
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("a gradient is unpacked, never packed")
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    let (inputs, outputs) = (tiles.geometry.inputChannels, tiles.geometry.outputChannels)
    return {
      ft_winograd_kernel_gradient(plain.floats, packed.floats, inputs, outputs)
      return 0
    }
  }
}
