import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// What the channels of a layer answer to a photo.
public struct FeatureMaps: Sendable {
  /// The photo as the network saw it.
  public let view: Image
  /// One for each channel.
  public let maps: [HeatMap]

  /// What a layer of a classifier answers.
  /// - Parameters:
  ///   - photo: of any size.
  ///   - classifier: any that reads photos.
  ///   - layer: a node that gives an image.
  ///   - pool: whose workers compute.
  /// - Throws: `UsageError` for a layer that gives no image; `BackendError`, `NetworkError`.
  public init(
    of photo: Image, by classifier: Classifier, layer: String, pool: WorkerPool
  ) throws {
    let seen = classifier.seen(photo)
    let (view, values) = (seen.view, seen.values)
    let network = classifier.network.cut(after: try classifier.network.mapNode(named: layer))
    try self.init(view, values, network, classifier.tensors, classifier.backend, pool)
  }

  /// What the last layer of a network answers.
  /// - Throws: as above.
  package init(
    of photo: Image, by features: FeatureNetwork, backend: BackendChoice, pool: WorkerPool
  ) throws {
    let network = features.network
    guard network.outputShape.rank == 3 else {
      throw UsageError(
        "the layer '\(network[network.output].name)' gives \(network.outputShape), expected one that gives "
          + "an image [height, width, channels]")
    }
    let size = network.inputShape.imageSize
    var input = [Float](repeating: 0, count: network.inputShape.count)
    features.preprocessing.write(photo, features.resize, size: size, to: &input)
    try self.init(
      photo.evaluationView(features.resize, size: size), input, network, features.tensors, backend,
      pool)
  }

  private init(
    _ view: Image, _ input: [Float], _ network: Network, _ tensors: [String: Tensor],
    _ backend: BackendChoice, _ pool: WorkerPool
  ) throws {
    self.view = view
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: 1), backend: backend,
      pool: pool)
    var values = [Float](repeating: 0, count: executor.outputCount)
    try executor.infer(input, count: 1, into: &values)
    maps = HeatMap.channels(of: values, network.outputShape)
  }

  /// The answers of a filter bank, each filter seeing the photo in grey, 0...1, and no border is made up: the
  /// maps are as much smaller than the photo as the filters are large.
  /// - Throws: `UsageError` for a photo smaller than the filters; `BackendError`, `NetworkError`.
  public init(of photo: Image, _ bank: FilterBank, pool: WorkerPool) throws {
    guard photo.height >= bank.size.height, photo.width >= bank.size.width else {
      throw UsageError(
        "the photo has \(photo.width)×\(photo.height) pixels, the filters "
          + "\(bank.size.width)×\(bank.size.height)")
    }
    var network = Network(input: [photo.height, photo.width, 1])
    try network.add(
      "filters", Convolution2D(bank.filters.count, kernel: bank.size, bias: false),
      to: network.input)
    var input = [Float](repeating: 0, count: network.inputShape.count)
    Preprocessing.unit.gray.write(photo, to: &input)
    try self.init(
      photo, input, network, ["filters/kernel": bank.kernel(channels: 1)], .oneDNN, pool)
  }

  /// The view, and behind it some of the maps, each in colours from its smallest to its largest number.
  /// - Parameters:
  ///   - limit: the most maps shown; the first ones are.
  ///   - side: about how high a map becomes, in pixels.
  public func picture(limit: Int = 63, side: Int = 56) -> Image {
    let shown = maps.prefix(max(1, limit)).map { map in
      let picture = map.picture()
      return picture.height >= side
        ? picture.thumbnail(maxSide: side) : picture.magnified(side / picture.height)
    }
    let photo = view.thumbnail(maxSide: shown.map { max($0.width, $0.height) }.max() ?? side)
    return PictureGrid([photo] + shown).image
  }
}
