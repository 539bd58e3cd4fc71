import Files
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// Draws what a channel of a layer, or a label, answers to most: gradient ascent on the pixels (Erhan et al.,
/// 2009), begun from noise.
///
/// Each step moves the picture by a fixed length along the gradient, after a shift by some pixels (jitter), so that
/// no pattern depends on the grid; now and then the picture is blurred, less and less, against patterns of
/// single pixels. What climbs is the value before the layer's non-linearity, which has a gradient also where the
/// channel is silent; what is measured is the value behind it.
///
/// Not `Sendable`: one thread at a time.
public final class ActivationMaximiser {
  /// How the picture is sought.
  public struct Settings: Hashable, Sendable, Codable {
    /// Steps of the ascent, at least 1.
    public var steps = 256
    /// The length of a step: the root of the mean square by which pixels change, in levels of 0...255.
    public var rate: Float = 4
    /// The most pixels that the picture is shifted by, along each axis.
    public var jitter = 8
    /// The Gaussian's σ of the first blur, in pixels; later ones are smaller, down to 0.
    public var blur: Float = 1
    /// Steps from one blur to the next, at least 1.
    public var blurEvery = 4
    /// Of the noise and the shifts: the same seed gives the same picture.
    public var seed: UInt64 = 0

    /// The settings as they stand.
    public init() {}
  }

  /// A picture that a channel answers to.
  public struct Result: Sendable {
    /// Of the network's size.
    public let image: Image
    /// The channel, or the place of the label.
    public let channel: Int
    /// The channel's mean over its positions for noise: the mean over `noiseCount` pictures.
    public let noise: Float
    /// The same for the picture.
    public let activation: Float
  }

  /// Pictures of noise that a result is compared with.
  public static let noiseCount = 8

  /// How many channels there are to choose from.
  public let channels: Int
  private let settings: Settings
  private let shape: Shape
  private let preprocessing: Preprocessing
  private let climbing: any Executor
  private let measuring: any Executor

  /// - Parameters:
  ///   - network: reads photos and ends in the layer.
  ///   - tensors: by parameter name.
  ///   - preprocessing: what the network sees in place of bytes.
  ///   - settings: how the picture is sought.
  ///   - backend: the library that computes.
  ///   - pool: whose workers compute.
  /// - Throws: `UsageError` for a network with a softmax before its end; `BackendError`, `NetworkError`.
  public init(
    _ network: Network, _ tensors: [String: Tensor], _ preprocessing: Preprocessing,
    _ settings: Settings = Settings(), backend: BackendChoice = .oneDNN, pool: WorkerPool
  ) throws {
    self.settings = settings
    self.preprocessing = preprocessing
    shape = network.inputShape
    channels = network.outputShape.channels
    let open = try network.withoutLastActivation()
    if let softmax = open.nodes.first(where: { $0.activation == .softmax }) {
      throw UsageError(
        "'\(network[network.output].name)' cannot be climbed: '\(softmax.name)' is a softmax within the "
          + "network, which gives no gradient")
    }
    climbing = try makeExecutor(
      open, NetworkWeights(open, tensors),
      ExecutionOptions(batchSize: 1, wantsInputGradient: true), backend: backend, pool: pool)
    measuring = try makeExecutor(
      network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: Self.noiseCount),
      backend: backend, pool: pool)
  }

  /// For the scores of a classifier, before softmax or sigmoid: a channel is a label's place among the outputs.
  /// - Parameters:
  ///   - classifier: any that reads photos.
  ///   - settings: how the picture is sought.
  ///   - pool: whose workers compute.
  /// - Throws: as for a network.
  public convenience init(
    _ classifier: Classifier, _ settings: Settings = Settings(), pool: WorkerPool
  ) throws {
    let scores = try ClassifierScores(classifier)
    try self.init(
      scores.network, scores.tensors, classifier.preprocessing, settings,
      backend: classifier.backend, pool: pool)
  }

  /// Seeks the picture of a channel.
  /// - Parameters:
  ///   - channel: `0..<channels`.
  ///   - progress: called after each step.
  /// - Throws: `BackendError`.
  public func callAsFunction(
    channel: Int, progress: (_ step: Int) -> Void = { _ in }
  ) throws -> Result {
    precondition(0..<channels ~= channel, "there is no channel \(channel)")
    var random = CounterRandom(key: settings.seed, UInt64(channel), 1)
    var picture = noise(&random)
    let weights = weights(of: channel)
    for step in 0..<settings.steps {
      let shift = (x: jitter(&random), y: jitter(&random))
      let gradient = try gradient(at: picture.shifted(by: shift), weights)
      picture.climb(
        gradient.shifted(by: (-shift.x, -shift.y)), length: settings.rate, in: 0...255)
      if step % settings.blurEvery == settings.blurEvery - 1 {
        let left = 1 - Float(step + 1) / Float(settings.steps)
        picture = picture.blurred(sigma: settings.blur * left)
      }
      progress(step + 1)
    }
    let image = picture.image(preprocessing.channelOrder)
    var other = CounterRandom(key: settings.seed, UInt64(channel), 2)
    let noises = (0..<Self.noiseCount).map { _ in
      noise(&other).image(preprocessing.channelOrder)
    }
    let measured = try activations(of: noises, channel)
    return Result(
      image: image, channel: channel,
      noise: measured.reduce(0, +) / Float(measured.count),
      activation: try activations(of: [image], channel)[0])
  }

  /// Noise around the middle grey, in the network's order of channels.
  private func noise(_ random: inout CounterRandom) -> PixelField {
    PixelField(
      height: shape[0], width: shape[1], channels: shape[2],
      values: (0..<shape.count).map { _ in Float(127.5 + 25 * random.normal()) }
    ).limited(to: 0...255)
  }

  private func jitter(_ random: inout CounterRandom) -> Int {
    random.below(2 * settings.jitter + 1) - settings.jitter
  }

  /// The derivative of the channel's mean by each of the layer's values.
  private func weights(of channel: Int) -> [Float] {
    let count = climbing.outputCount
    var weights = [Float](repeating: 0, count: count)
    for place in stride(from: channel, to: count, by: channels) {
      weights[place] = Float(channels) / Float(count)
    }
    return weights
  }

  /// The derivative of the channel's mean by each pixel.
  private func gradient(at picture: PixelField, _ weights: [Float]) throws -> PixelField {
    let (divisor, mean, deviation) = (
      preprocessing.divisor, preprocessing.mean, preprocessing.deviation
    )
    let channels = shape.channels
    let input = picture.values.enumerated().map { place, value in
      (value / divisor - mean[place % channels]) / deviation[place % channels]
    }
    _ = try climbing.computeGradients(
      input, count: 1, loss: OutputScore { _ in weights }, step: 0, outputs: nil)
    var result = picture
    for (place, slope) in climbing.inputGradient(count: 1).enumerated() {
      result.values[place] = slope / (divisor * deviation[place % channels])
    }
    return result
  }

  /// The channel's mean over its positions for each picture.
  private func activations(of pictures: [Image], _ channel: Int) throws -> [Float] {
    var inputs = [Float](repeating: 0, count: pictures.count * shape.count)
    inputs.withUnsafeMutableBufferPointer { values in
      guard let target = values.baseAddress else { return }
      for (index, picture) in pictures.enumerated() {
        preprocessing.write(picture, to: target + index * shape.count)
      }
    }
    let width = measuring.outputCount
    var outputs = [Float](repeating: 0, count: pictures.count * width)
    try measuring.infer(inputs, count: pictures.count, into: &outputs)
    return pictures.indices.map { index in
      let own = stride(from: index * width + channel, to: (index + 1) * width, by: channels)
      return own.reduce(Float(0)) { $0 + outputs[$1] } * Float(channels) / Float(width)
    }
  }
}
