internal import CKernels

/// A convolution as matrix products over unfolded images, one image and group at a time; a depthwise
/// one as a loop of its own. Weights stay in Keras's layout.
struct UnfoldedConvolution: PreparedKernel {
  private let geometry: WindowGeometry
  private let direction: ConvolutionDirection
  private let multiplier: any MatrixMultiplier

  init(
    _ geometry: WindowGeometry, _ direction: ConvolutionDirection,
    _ multiplier: any MatrixMultiplier
  ) {
    self.geometry = geometry
    self.direction = direction
    self.multiplier = multiplier
  }

  var packedByteCount: Int { geometry.kernelCount * MemoryLayout<Float>.stride }
  var workspaceByteCount: Int { 0 }
  var accumulates: Bool { false }
  var implementation: String { geometry.isDepthwise ? "own loop" : "im2col + sgemm" }

  /// One image unfolded for one group, and with groups also that group's weights and outputs.
  var scratchByteCount: Int {
    guard !geometry.isDepthwise else { return 0 }
    var count = geometry.isPointwise ? 0 : unfoldedCount
    if geometry.groups > 1 {
      count += geometry.kernelCount / geometry.groups + pixels * outputsPerGroup
    }
    return count * MemoryLayout<Float>.stride
  }

  private var pixels: Int { geometry.outputPositions }
  private var outputsPerGroup: Int { geometry.outputChannels / geometry.groups }
  /// Inputs of one output value.
  private var depth: Int {
    geometry.kernelPositions * geometry.inputChannels / geometry.groups
  }
  private var unfoldedCount: Int { pixels * depth }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: plain, to: packed, byteCount: packedByteCount)
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: packed, to: plain, byteCount: packedByteCount)
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let source = operands.source.required
    let destination = operands.destination.required
    switch direction {
    case .forward(let hasBias, let adds, let activation):
      let weights = operands.weights.required
      let bias = hasBias ? operands.bias.required : nil
      return {
        forward(
          source, weights, into: destination, adding: adds, scratch: Region(lane.scratch).floats)
        activate(destination, bias, ft_activation(activation))
        return 0
      }
    case .inputGradient:
      let weights = operands.weights.required
      return {
        inputGradient(source, weights, into: destination, scratch: Region(lane.scratch).floats)
        return 0
      }
    case .weightGradient(let hasBias):
      let gradient = operands.second.required
      let bias = hasBias ? operands.bias.required : nil
      return {
        weightGradient(source, gradient, into: destination, scratch: Region(lane.scratch).floats)
        if let bias {
          ft_channel_sums(
            bias, nil, gradient, nil, 0, geometry.batch * pixels, geometry.outputChannels)
        }
        return 0
      }
    }
  }

  private func forward(
    _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, adding: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    var window = ft_window(geometry)
    if geometry.isDepthwise {
      ft_depthwise(&window, y, x, kernel, nil, adding ? 1 : 0)
    } else {
      forEachMatrix(scratch) { image, group, matrices in
        let unfolded = unfold(x, image, group, &window, matrices)
        gather(kernel, group, rows: depth, channels: geometry.outputChannels, matrices.weights)
        let output = y + image * pixels * geometry.outputChannels
        if geometry.groups == 1 {
          multiplier.multiply(
            rows: pixels, columns: outputsPerGroup, depth: depth, unfolded, transposeA: false,
            kernel, transposeB: false, into: output, accumulating: adding)
        } else {
          if adding {
            gather(
              output, group, rows: pixels, channels: geometry.outputChannels, matrices.outputs)
          }
          multiplier.multiply(
            rows: pixels, columns: outputsPerGroup, depth: depth, unfolded, transposeA: false,
            matrices.weights, transposeB: false, into: matrices.outputs, accumulating: adding)
          scatter(matrices.outputs, group, rows: pixels, into: output)
        }
      }
    }
  }

  private func activate(
    _ y: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>?, _ activation: ft_activation
  ) {
    for row in 0..<geometry.batch * pixels {
      let output = y + row * geometry.outputChannels
      ft_add_activate(output, output, bias, activation, geometry.outputChannels)
    }
  }

  private func inputGradient(
    _ dy: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    var window = ft_window(geometry)
    guard !geometry.isDepthwise else {
      return ft_depthwise_input_gradient(&window, dx, dy, kernel)
    }
    let imageCount = geometry.inputCount / geometry.batch
    if !geometry.isPointwise { dx.update(repeating: 0, count: geometry.inputCount) }
    forEachMatrix(scratch) { image, group, matrices in
      let gradient = dy + image * pixels * geometry.outputChannels
      gather(kernel, group, rows: depth, channels: geometry.outputChannels, matrices.weights)
      gather(gradient, group, rows: pixels, channels: geometry.outputChannels, matrices.outputs)
      let isGrouped = geometry.groups > 1
      let columns = geometry.isPointwise ? dx + image * imageCount : matrices.unfolded
      multiplier.multiply(
        rows: pixels, columns: depth, depth: outputsPerGroup,
        isGrouped ? UnsafePointer(matrices.outputs) : gradient, transposeA: false,
        isGrouped ? UnsafePointer(matrices.weights) : kernel, transposeB: true,
        into: columns, accumulating: false)
      if !geometry.isPointwise {
        ft_fold(&window, Int32(group), dx + image * imageCount, columns)
      }
    }
  }

  private func weightGradient(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    var window = ft_window(geometry)
    guard !geometry.isDepthwise else {
      return ft_depthwise_weight_gradient(&window, gradient, x, dy)
    }
    forEachMatrix(scratch) { image, group, matrices in
      let unfolded = unfold(x, image, group, &window, matrices)
      let output = dy + image * pixels * geometry.outputChannels
      if geometry.groups == 1 {
        multiplier.multiply(
          rows: depth, columns: outputsPerGroup, depth: pixels, unfolded, transposeA: true,
          output, transposeB: false, into: gradient, accumulating: image > 0)
      } else {
        gather(output, group, rows: pixels, channels: geometry.outputChannels, matrices.outputs)
        if image > 0 {
          gather(
            gradient, group, rows: depth, channels: geometry.outputChannels, matrices.weights)
        }
        multiplier.multiply(
          rows: depth, columns: outputsPerGroup, depth: pixels, unfolded, transposeA: true,
          matrices.outputs, transposeB: false, into: matrices.weights, accumulating: image > 0)
        scatter(matrices.weights, group, rows: depth, into: gradient)
      }
    }
  }

  /// The parts of a lane's scratchpad.
  private struct Matrices {
    let unfolded: UnsafeMutablePointer<Float>
    let weights: UnsafeMutablePointer<Float>
    let outputs: UnsafeMutablePointer<Float>
  }

  private func forEachMatrix(
    _ scratch: UnsafeMutablePointer<Float>, _ body: (_ image: Int, _ group: Int, Matrices) -> Void
  ) {
    let weights = scratch + (geometry.isPointwise ? 0 : unfoldedCount)
    let matrices = Matrices(
      unfolded: scratch, weights: weights, outputs: weights + depth * outputsPerGroup)
    for image in 0..<geometry.batch {
      for group in 0..<geometry.groups { body(image, group, matrices) }
    }
  }

  /// One image's windows as rows; a pointwise convolution's image is that matrix already.
  private func unfold(
    _ x: UnsafePointer<Float>, _ image: Int, _ group: Int, _ window: inout ft_window,
    _ matrices: Matrices
  ) -> UnsafePointer<Float> {
    let start = x + image * (geometry.inputCount / geometry.batch)
    if geometry.isPointwise { return start }
    ft_unfold(&window, Int32(group), matrices.unfolded, start)
    return UnsafePointer(matrices.unfolded)
  }

  /// Copies one group's columns out of a matrix with `channels` columns; nothing without groups.
  private func gather(
    _ matrix: UnsafePointer<Float>, _ group: Int, rows: Int, channels: Int,
    _ destination: UnsafeMutablePointer<Float>
  ) {
    guard geometry.groups > 1 else { return }
    let width = channels / geometry.groups
    for row in 0..<rows {
      (destination + row * width).update(
        from: matrix + row * channels + group * width, count: width)
    }
  }

  /// The reverse of `gather`.
  private func scatter(
    _ source: UnsafePointer<Float>, _ group: Int, rows: Int,
    into matrix: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      (matrix + row * geometry.outputChannels + group * outputsPerGroup).update(
        from: source + row * outputsPerGroup, count: outputsPerGroup)
    }
  }
}
