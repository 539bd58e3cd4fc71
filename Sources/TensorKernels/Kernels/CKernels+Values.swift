internal import CKernels

/// Our values as the C loops take them.
extension ft_activation {
  /// - Precondition: the activation is elementwise.
  init(_ activation: Activation) {
    let kind: Int
    var parameter: Float = 0
    switch activation {
    case .linear: kind = FT_LINEAR
    case .relu: kind = FT_RELU
    case .relu6: kind = FT_RELU6
    case .leakyRelu(let slope): (kind, parameter) = (FT_LEAKY_RELU, slope)
    case .elu(let alpha): (kind, parameter) = (FT_ELU, alpha)
    case .selu: kind = FT_SELU
    case .tanh: kind = FT_TANH
    case .sigmoid: kind = FT_SIGMOID
    case .hardSigmoid(let slope): (kind, parameter) = (FT_HARD_SIGMOID, slope)
    case .swish: kind = FT_SWISH
    case .hardSwish: kind = FT_HARD_SWISH
    case .gelu: kind = FT_GELU
    case .geluTanh: kind = FT_GELU_TANH
    case .softplus: kind = FT_SOFTPLUS
    case .softsign: kind = FT_SOFTSIGN
    case .exponential: kind = FT_EXPONENTIAL
    case .mish: kind = FT_MISH
    case .softmax: preconditionFailure("softmax is not elementwise")
    }
    self.init(kind: Int32(kind), parameter: parameter)
  }
}

extension ft_window {
  init(_ geometry: WindowGeometry) {
    self.init(
      batch: Int32(geometry.batch),
      in_depth: Int32(geometry.inputDepth), in_height: Int32(geometry.inputHeight),
      in_width: Int32(geometry.inputWidth), in_channels: Int32(geometry.inputChannels),
      out_depth: Int32(geometry.outputDepth), out_height: Int32(geometry.outputHeight),
      out_width: Int32(geometry.outputWidth), out_channels: Int32(geometry.outputChannels),
      kernel_depth: Int32(geometry.kernelDepth), kernel_height: Int32(geometry.kernelHeight),
      kernel_width: Int32(geometry.kernelWidth), stride_depth: Int32(geometry.strideDepth),
      stride_height: Int32(geometry.strideHeight), stride_width: Int32(geometry.strideWidth),
      dilation_depth: Int32(geometry.dilationDepth),
      dilation_height: Int32(geometry.dilationHeight),
      dilation_width: Int32(geometry.dilationWidth), pad_front: Int32(geometry.padFront),
      pad_back: Int32(geometry.padBack), pad_top: Int32(geometry.padTop),
      pad_bottom: Int32(geometry.padBottom), pad_left: Int32(geometry.padLeft),
      pad_right: Int32(geometry.padRight), groups: Int32(geometry.groups))
  }
}

extension ft_local_response {
  init(_ response: LocalResponse) {
    self.init(
      radius: Int32(response.size / 2), alpha: response.alpha, beta: response.beta,
      bias: response.bias)
  }
}

extension BorderMode {
  var code: Int32 { self == .reflect ? 1 : 0 }
}
