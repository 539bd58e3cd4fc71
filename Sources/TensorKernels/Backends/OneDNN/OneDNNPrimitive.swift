internal import CKernels
internal import COneDNN

/// How oneDNN makes the primitive of an operation, and what it calls the operands.
struct OneDNNPrimitive {
  /// Which tensors of the library the operands of an operation are.
  enum Order {
    case forward
    /// Source and destination change places.
    case backward
    case weightGradient
  }

  let order: Order
  /// `nil` on failure, with the library's status.
  let make: (_ status: UnsafeMutablePointer<Int32>) -> OpaquePointer?

  init(_ order: Order, _ make: @escaping (UnsafeMutablePointer<Int32>) -> OpaquePointer?) {
    self.order = order
    self.make = make
  }

  /// Of a window.
  fileprivate init(
    _ order: Order, _ geometry: WindowGeometry,
    _ make: @escaping (UnsafePointer<ft_window>, UnsafeMutablePointer<Int32>) -> OpaquePointer?
  ) {
    self.init(order) { status in
      var window = ft_window(geometry)
      return make(&window, status)
    }
  }
}

extension Operation {
  /// The primitive that the library is asked for; `nil` for what loops of our own do.
  func oneDNN(_ precision: Precision) -> OneDNNPrimitive? {
    let element = precision == .bfloat16 ? FT_DNN_BFLOAT16 : FT_DNN_FLOAT32
    switch self {
    case .convolution(let geometry, let hasBias, let adds, let activation):
      return OneDNNPrimitive(.forward, geometry) {
        ft_dnn_convolution(
          $0, element, hasBias ? 1 : 0, adds ? 1 : 0, activation.oneDNN, $1)
      }
    case .convolutionInputGradient(let geometry):
      return OneDNNPrimitive(.backward, geometry) {
        ft_dnn_convolution_input_gradient($0, element, $1)
      }
    case .convolutionWeightGradient(let geometry, let hasBias):
      return OneDNNPrimitive(.weightGradient, geometry) {
        ft_dnn_convolution_weight_gradient($0, element, hasBias ? 1 : 0, $1)
      }
    case .maxPooling(let geometry, let keeps):
      return OneDNNPrimitive(.forward, geometry) {
        ft_dnn_max_pooling($0, element, keeps ? 1 : 0, $1)
      }
    case .maxPoolingGradient(let geometry):
      return OneDNNPrimitive(.backward, geometry) { ft_dnn_max_pooling_gradient($0, element, $1) }
    case .averagePooling(let geometry):
      return OneDNNPrimitive(.forward, geometry) { ft_dnn_average_pooling($0, element, $1) }
    case .averagePoolingGradient(let geometry):
      return OneDNNPrimitive(.backward, geometry) {
        ft_dnn_average_pooling_gradient($0, element, $1)
      }
    case .image(let image):
      return precision == .float32 ? image.oneDNN : nil
    case .dense, .denseInputGradient, .globalAverage, .globalAverageGradient, .sum, .maskedSum,
      .activationWithSlope, .slopedSum, .gatedSlope, .channelAffine, .channelSums, .batchNorm,
      .batchNormGradient, .layerNorm, .layerNormGradient, .zeroPadding, .zeroPaddingGradient,
      .dropout, .softmax, .copy, .convert,
      .stash, .accumulate, .scale, .product, .productOfRows, .dotOfRows, .placeColumns,
      .takeColumns:
      return nil
    }
  }

  /// The operation that its workspace connects it with.
  var otherDirection: Operation? {
    switch self {
    case .maxPooling(let geometry, true): .maxPoolingGradient(geometry)
    case .maxPoolingGradient(let geometry): .maxPooling(geometry, keepsPositions: true)
    case .image(.localResponse(let rows, let channels, let response, true)):
      .image(.localResponseGradient(rows: rows, channels: channels, response))
    case .image(.localResponseGradient(let rows, let channels, let response)):
      .image(.localResponse(rows: rows, channels: channels, response, keepsWorkspace: true))
    default: nil
    }
  }
}

extension ImageOperation {
  fileprivate var oneDNN: OneDNNPrimitive? {
    switch self {
    case .localResponse(let rows, let channels, let response, let keeps):
      return OneDNNPrimitive(.forward) { status in
        var native = ft_dnn_response(response, rows: rows, channels: channels)
        return ft_dnn_local_response(&native, keeps ? 1 : 0, status)
      }
    case .localResponseGradient(let rows, let channels, let response):
      return OneDNNPrimitive(.backward) { status in
        var native = ft_dnn_response(response, rows: rows, channels: channels)
        return ft_dnn_local_response_gradient(&native, status)
      }
    case .normPooling, .normPoolingGradient, .stochasticPooling, .stochasticPoolingGradient,
      .expectedPooling, .expectedPoolingGradient, .borderPadding, .borderPaddingGradient,
      .resizing, .resizingGradient, .unshared, .unsharedInputGradient, .unsharedWeightGradient,
      .rowBias, .rowBiasGradient, .columnProduct, .columnProductGradient, .standardised,
      .standardisedGradient, .rectified, .rectifiedGradient, .extreme, .extremeGradient, .reordered:
      return nil
    }
  }
}

extension Activation {
  fileprivate var oneDNN: ft_dnn_activation {
    switch self {
    case .linear: .init(kind: FT_DNN_LINEAR, alpha: 0, beta: 0)
    case .relu: .init(kind: FT_DNN_RELU, alpha: 0, beta: 0)
    case .relu6: .init(kind: FT_DNN_CLIP, alpha: 0, beta: 6)
    case .leakyRelu(let slope): .init(kind: FT_DNN_RELU, alpha: slope, beta: 0)
    case .elu(let alpha): .init(kind: FT_DNN_ELU, alpha: alpha, beta: 0)
    case .tanh: .init(kind: FT_DNN_TANH, alpha: 0, beta: 0)
    case .sigmoid: .init(kind: FT_DNN_SIGMOID, alpha: 0, beta: 0)
    case .hardSigmoid(let slope): .init(kind: FT_DNN_HARD_SIGMOID, alpha: slope, beta: 0.5)
    case .swish: .init(kind: FT_DNN_SWISH, alpha: 1, beta: 0)
    case .hardSwish: .init(kind: FT_DNN_HARD_SWISH, alpha: 0, beta: 0)
    case .gelu: .init(kind: FT_DNN_GELU, alpha: 0, beta: 0)
    case .geluTanh: .init(kind: FT_DNN_GELU_TANH, alpha: 0, beta: 0)
    case .selu, .softplus, .softsign, .exponential, .mish, .softmax:
      preconditionFailure("\(self) is never fused into a convolution")
    }
  }
}

extension ft_dnn_response {
  fileprivate init(_ response: LocalResponse, rows: Int, channels: Int) {
    self.init(
      rows: Int64(rows), channels: Int64(channels), size: Int64(response.size),
      alpha: response.alpha, beta: response.beta, bias: response.bias)
  }
}
