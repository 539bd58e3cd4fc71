internal import CKernels
import Files

/// The operations that few networks have.
struct ImageLoop: OwnLoop {
  let image: ImageOperation

  var operation: Operation { .image(image) }

  var scratchByteCount: Int {
    switch image {
    case .localResponse(_, let channels, _, _): channels * MemoryLayout<Float>.stride
    case .localResponseGradient(_, let channels, _): 2 * channels * MemoryLayout<Float>.stride
    default: 0
    }
  }

  /// Where in its image each chosen value was.
  var workspaceByteCount: Int {
    if case .stochasticPooling(let geometry, _) = image {
      geometry.outputCount * MemoryLayout<Int32>.stride
    } else {
      0
    }
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let source = operands.source.required
    let destination = operands.destination.required
    switch image {
    case .normPooling, .normPoolingGradient, .stochasticPooling, .stochasticPoolingGradient,
      .expectedPooling, .expectedPoolingGradient:
      return bindPooling(source: source, destination: destination, operands, on: lane)
    case .borderPadding(let geometry, let mode):
      return over(geometry) { ft_border_padding($0, mode.code, destination, source) }
    case .borderPaddingGradient(let geometry, let mode):
      return over(geometry) { ft_border_padding_gradient($0, mode.code, destination, source) }
    case .upSampling(let geometry, .nearest):
      return over(geometry) { ft_upsample($0, destination, source) }
    case .upSampling(let geometry, .bilinear):
      return over(geometry) { ft_upsample_bilinear($0, destination, source) }
    case .upSamplingGradient(let geometry, .nearest):
      return over(geometry) { ft_upsample_gradient($0, destination, source) }
    case .upSamplingGradient(let geometry, .bilinear):
      return over(geometry) { ft_upsample_bilinear_gradient($0, destination, source) }
    case .unshared(let geometry):
      let weights = operands.weights.required
      return over(geometry) { ft_unshared($0, destination, source, weights) }
    case .unsharedInputGradient(let geometry):
      let weights = operands.weights.required
      return over(geometry) { ft_unshared_input_gradient($0, destination, source, weights) }
    case .unsharedWeightGradient(let geometry):
      let gradient = operands.second.required
      return over(geometry) {
        ft_unshared_weight_gradient($0, destination, source, gradient, lane.isFirst ? 0 : 1)
      }
    case .rowBias(let rows, let columns):
      let bias = operands.bias.required
      return {
        for row in 0..<rows {
          let start = row * columns
          ft_add_activate(
            destination + start, source + start, bias, ft_activation(.linear), columns)
        }
        return 0
      }
    case .rowBiasGradient(let rows, let columns):
      return {
        ft_channel_sums(destination, nil, source, nil, lane.isFirst ? 0 : 1, rows, columns)
        return 0
      }
    case .localResponse(let rows, let channels, let response, _):
      let scratch = Region(lane.scratch).floats
      var parameters = ft_local_response(response)
      return {
        ft_local_response_forward(&parameters, destination, source, scratch, rows, channels)
        return 0
      }
    case .localResponseGradient(let rows, let channels, let response):
      let scratch = Region(lane.scratch).floats
      let input = operands.second.required
      var parameters = ft_local_response(response)
      return {
        ft_local_response_gradient(
          &parameters, destination, source, input, scratch, rows, channels)
        return 0
      }
    }
  }

  private func bindPooling(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>,
    _ operands: Operands, on lane: Lane
  ) -> Call {
    switch image {
    case .normPooling(let geometry, let power):
      return over(geometry) { ft_norm_pooling($0, destination, source, power) }
    case .normPoolingGradient(let geometry, let power):
      let (input, output) = (operands.second.required, operands.workspace.required)
      return over(geometry) {
        ft_norm_pooling_gradient($0, destination, source, input, output, power)
      }
    case .stochasticPooling(let geometry, let key):
      return stochasticPooling(
        geometry, key, source, destination, operands.workspace.positions, lane)
    case .stochasticPoolingGradient(let geometry):
      let positions = operands.workspace.positions
      return over(geometry) { ft_chosen_gradient($0, destination, source, positions) }
    case .expectedPooling(let geometry):
      return over(geometry) { ft_expected_pooling($0, destination, source) }
    case .expectedPoolingGradient(let geometry):
      let (input, output) = (operands.second.required, operands.workspace.required)
      return over(geometry) {
        ft_expected_pooling_gradient($0, destination, source, input, output)
      }
    default:
      preconditionFailure("\(operation) is no pooling")
    }
  }

  /// Image by image, for each has a random stream of its own.
  private func stochasticPooling(
    _ geometry: WindowGeometry, _ key: UInt64, _ source: UnsafeMutablePointer<Float>,
    _ destination: UnsafeMutablePointer<Float>, _ positions: UnsafeMutablePointer<Int32>,
    _ lane: Lane
  ) -> Call {
    var one = geometry
    one.batch = 1
    var window = ft_window(one)
    return {
      for image in 0..<geometry.batch {
        let start = image * one.outputCount
        ft_stochastic_pooling(
          &window, destination + start, source + image * one.inputCount, positions + start,
          lane.randomStream(key, example: image))
      }
      return 0
    }
  }
}

extension Lane {
  /// The random stream of one example of this micro-batch, for the operation with this key.
  func randomStream(_ key: UInt64, example: Int) -> UInt64 {
    CounterRandom.mix(
      CounterRandom.mix(key, UInt64(truncatingIfNeeded: step)),
      UInt64(truncatingIfNeeded: examplesBefore + firstExample + example))
  }
}

extension Region? {
  fileprivate var positions: UnsafeMutablePointer<Int32> {
    guard let region = self else { preconditionFailure("an operand is missing") }
    return region.pointer.assumingMemoryBound(to: Int32.self)
  }
}

extension BorderMode {
  fileprivate var code: Int32 { self == .reflect ? 1 : 0 }
}

extension ft_local_response {
  init(_ response: LocalResponse) {
    self.init(
      radius: Int32(response.size / 2), alpha: response.alpha, beta: response.beta,
      bias: response.bias)
  }
}
