import TensorKernels

/// A transposed convolution (Zeiler et al., 2010; Keras `Conv2DTranspose`): what a convolution of the
/// same window does to gradients. `[h, w, in]` to `[h', w', filters]`, kernel `[kh, kw, filters, in]`.
///
/// The output side is n · s for `same` and (n − 1) · s + max(f, s) for `valid`; explicit padding cuts
/// its rows and columns off that.
public struct TransposedConvolution2D: ActivatedLayer {
  /// Keras's class, `Conv2DTranspose`.
  public static let kind = "Conv2DTranspose"

  /// The number of output channels.
  public var filters: Int
  /// The kernel's height and width without the gaps of the dilation.
  public var kernel: Extent
  /// By how many output rows and columns neighbouring inputs are apart.
  public var stride: Extent
  /// Which of the output's rows and columns are kept.
  public var padding: Padding
  /// The distance between neighbouring values of the kernel; 1 for no gaps.
  public var dilation: Extent
  /// Whether a bias per filter is added.
  public var hasBias: Bool
  /// The non-linearity behind it; `.linear` for none.
  public var activation: Activation

  /// A transposed convolution to `filters` channels: `valid`, with a bias and without a
  /// non-linearity unless told otherwise.
  public init(
    _ filters: Int, kernel: Extent, stride: Extent = 1, padding: Padding = .valid,
    dilation: Extent = 1, bias: Bool = true, activation: Activation = .linear
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.hasBias = bias
    self.activation = activation
  }

  /// Of the convolution that leads from the output to the input.
  private var reversed: Window { Window(kernel, stride: stride, dilation: dilation) }

  /// Output positions s apart see the same inputs but one: ⌈f / s⌉ of them.
  public var window: Window? {
    let covered = reversed.covered
    return Window(
      Extent(
        height: (covered.height + stride.height - 1) / stride.height,
        width: (covered.width + stride.width - 1) / stride.width))
  }

  /// The stride: so many output positions for each of the input.
  public var magnification: Extent { stride }

  /// `[h', w', filters]`, sides as above; explicit padding that no convolution could undo is an
  /// error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    let covered = reversed.covered
    func side(_ size: Int, _ stride: Int, _ covered: Int, _ cut: Int) -> Int {
      padding == .same ? size * stride : (size - 1) * stride + max(covered, stride) - cut
    }
    var cut = Edges.none
    if case .explicit(let edges) = padding { cut = edges }
    let output = Extent(
      height: side(input[0], stride.height, covered.height, cut.top + cut.bottom),
      width: side(input[1], stride.width, covered.width, cut.left + cut.right))
    let edges = reversed.edges(padding, for: output)
    guard reversed.output(for: output, padding: edges) == input.extent else {
      throw LayerError(
        "no convolution with this padding leads from \(output.height) × \(output.width) back to "
          + "\(input[0]) × \(input[1]); pad less than the window is wide")
    }
    return [output.height, output.width, filters]
  }

  /// The kernel `[kh, kw, filters, in]` and the bias `[filters]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, [kernel.height, kernel.width, filters, inputs[0].channels])]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  /// One for each value of the kernel at each input position.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    inputs[0].count * kernel.count * filters
  }

  /// Becomes one transposed convolution, its bias, and the activation.
  public func lower(into lowering: inout Lowering) {
    guard let kernel = lowering.parameters[.kernel],
      let shape = try? outputShape(for: lowering.inputShapes)
    else {
      preconditionFailure("a transposed convolution is lowered only after its shapes were checked")
    }
    let edges = reversed.edges(padding, for: shape.extent)
    lowering.append(
      .image(.transposedConvolution(reversed, edges, kernel: kernel)), reading: lowering.inputs,
      shape: shape)
    lowering.addBias(shape: shape)
    lowering.activate(activation, shape: shape)
  }
}
