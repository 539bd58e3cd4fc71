internal import CKernels

/// A kernel of our own for an operation, and the precisions that it is there for.
enum OwnKernel {
  case float32(any PreparedKernel)
  case both((Precision) -> LoopKernel)

  var float32: any PreparedKernel {
    switch self {
    case .float32(let kernel): kernel
    case .both(let loop): loop(.float32)
    }
  }

  /// `nil` where images are better converted, and the operation runs in Float32.
  var bfloat16: LoopKernel? {
    switch self {
    case .float32: nil
    case .both(let loop): loop(.bfloat16)
    }
  }
}

extension Operation {
  /// What a backend computes an operation with unless its library does better. Every operation is here.
  ///
  /// - Parameter multiplier: makes the matrix products of convolutions and dense layers.
  func ownKernel(_ multiplier: any MatrixMultiplier) -> OwnKernel {
    switch self {
    case .convolution(let geometry, let hasBias, let adds, let activation):
      .unfolded(
        geometry, .forward(hasBias: hasBias, addsDestination: adds, activation), multiplier)
    case .convolutionInputGradient(let geometry): .unfolded(geometry, .inputGradient, multiplier)
    case .convolutionWeightGradient(let geometry, let hasBias) where geometry.isPointwise:
      .float32(
        PointwiseWeightGradient(geometry: geometry, hasBias: hasBias, multiplier: multiplier))
    case .convolutionWeightGradient(let geometry, let hasBias):
      .unfolded(geometry, .weightGradient(hasBias: hasBias), multiplier)
    case .dense(let rows, let inputs, let outputs, let hasBias, let activation):
      .loop(.dense(rows, inputs, outputs, hasBias: hasBias, activation, multiplier))
    case .denseInputGradient(let rows, let inputs, let outputs):
      .loop(.denseInputGradient(rows, inputs, outputs, multiplier))
    case .maxPooling(let geometry, let keeps): .loop(.maxPooling(geometry, keepsPositions: keeps))
    case .maxPoolingGradient(let geometry): .loop(.choiceGradient(geometry))
    case .averagePooling(let geometry): .loop(.moving(geometry, ft_average_pooling))
    case .averagePoolingGradient(let geometry):
      .loop(.moving(geometry, ft_average_pooling_gradient))
    case .zeroPadding(let geometry): .loop(.moving(geometry, ft_zero_padding))
    case .zeroPaddingGradient(let geometry): .loop(.moving(geometry, ft_zero_padding_gradient))
    case .globalAverage(let batch, let positions, let channels):
      .both { .globalAverage(batch, positions, channels, $0) }
    case .globalAverageGradient(let batch, let positions, let channels):
      .both { .globalAverageGradient(batch, positions, channels, $0) }
    case .channelAffine(let rows, let channels, let hasShift, let activation):
      .both { .channelAffine(rows, channels, hasShift: hasShift, activation, $0) }
    case .channelSums(let rows, let channels): .both { .channelSums(rows, channels, $0) }
    case .batchNorm(let rows, let channels, let epsilon, let momentum, let activation):
      .loop(.batchNorm(rows, channels, epsilon: epsilon, momentum: momentum, activation))
    case .batchNormGradient(let rows, let channels): .loop(.batchNormGradient(rows, channels))
    case .layerNorm(let rows, let columns, let epsilon):
      .both { .layerNorm(rows, columns, epsilon: epsilon, $0) }
    case .layerNormGradient(let rows, let columns):
      .both { .layerNormGradient(rows, columns, $0) }
    case .productOfRows(let batch, let positions, let channels):
      .both { .productOfRows(batch, positions, channels, $0) }
    case .dotOfRows(let batch, let positions, let channels):
      .both { .dotOfRows(batch, positions, channels, $0) }
    case .gatedSlope(let batch, let positions, let channels):
      .loop(.gatedSlope(batch, positions, channels))
    case .sum(let count, _, let activation): .both { .sum(count, activation, $0) }
    case .maskedSum(let count, _, let activation): .both { .maskedSum(count, activation, $0) }
    case .activationWithSlope(let count, let activation):
      .both { .activationWithSlope(count, activation, $0) }
    case .slopedSum(let count, _): .both { .slopedSum(count, $0) }
    case .scale(let count, let factor): .both { .scale(count, factor, $0) }
    case .product(let count): .both { .product(count, $0) }
    case .dropout(let examples, let count, 1, let rate, let key):
      .both { .dropout(examples, count, rate: rate, key: key, $0) }
    case .dropout(let examples, let count, let decisions, let rate, let key):
      .loop(.dropout(examples, count, decisions: decisions, rate: rate, key: key))
    case .softmax(let rows, let columns): .loop(.softmax(rows, columns))
    case .copy(let count): .both { .copy(count, $0) }
    case .convert(let count): .both { .convert(count, to: $0) }
    case .accumulate(let count): .loop(.accumulate(count))
    case .stash(let rows, let columns, let batch, let block):
      .loop(.stash(rows, columns, batch: batch, block: block))
    case .placeColumns(let range): .both { .placeColumns(range, $0) }
    case .takeColumns(let range): .both { .takeColumns(range, $0) }
    case .image(let image): .loop(image.loop)
    }
  }
}

extension ImageOperation {
  /// The loop of an operation that few networks have, in Float32.
  fileprivate var loop: LoopKernel {
    switch self {
    case .normPooling(let geometry, let power): .normPooling(geometry, power: power)
    case .normPoolingGradient(let geometry, let power):
      .normPoolingGradient(geometry, power: power)
    case .stochasticPooling(let geometry, let key): .stochasticPooling(geometry, key: key)
    case .stochasticPoolingGradient(let geometry): .choiceGradient(geometry)
    case .expectedPooling(let geometry): .moving(geometry, ft_expected_pooling)
    case .expectedPoolingGradient(let geometry): .expectedPoolingGradient(geometry)
    case .borderPadding(let geometry, let mode): .borderPadding(geometry, mode)
    case .borderPaddingGradient(let geometry, let mode): .borderPaddingGradient(geometry, mode)
    case .resizing(let geometry, let sampling): .resizing(geometry, sampling)
    case .resizingGradient(let geometry, let sampling): .resizingGradient(geometry, sampling)
    case .unshared(let geometry): .unshared(geometry)
    case .unsharedInputGradient(let geometry): .unsharedInputGradient(geometry)
    case .unsharedWeightGradient(let geometry): .unsharedWeightGradient(geometry)
    case .rowBias(let rows, let columns): .rowBias(rows, columns)
    case .rowBiasGradient(let rows, let columns): .rowBiasGradient(rows, columns)
    case .columnProduct(let rows, let columns): .columnProduct(rows, columns)
    case .columnProductGradient(let rows, let columns): .columnProductGradient(rows, columns)
    case .standardised(let standardisation): .standardised(standardisation)
    case .standardisedGradient(let standardisation): .standardisedGradient(standardisation)
    case .rectified(let count, let rectifier): .rectified(count, rectifier)
    case .rectifiedGradient(let count, let rectifier): .rectifiedGradient(count, rectifier)
    case .extreme(let count, let extreme): .extreme(count, extreme)
    case .extremeGradient(let count, let extreme, let ofFirst):
      .extremeGradient(count, extreme, ofFirst: ofFirst)
    case .reordered(let examples, let order): .reordered(examples, order)
    case .localResponse(let rows, let channels, let response, _):
      .localResponse(rows, channels, response)
    case .localResponseGradient(let rows, let channels, let response):
      .localResponseGradient(rows, channels, response)
    }
  }
}

extension OwnKernel {
  fileprivate static func unfolded(
    _ geometry: WindowGeometry, _ direction: ConvolutionDirection,
    _ multiplier: any MatrixMultiplier
  ) -> OwnKernel {
    .float32(UnfoldedConvolution(geometry, direction, multiplier))
  }

  /// A loop over Float32.
  fileprivate static func loop(_ loop: LoopKernel) -> OwnKernel { .float32(loop) }
}
