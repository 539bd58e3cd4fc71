import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// The filters of a layer as pictures.
///
/// What a filter does not look at is grey; the strongest weight of each filter is black or white, or a colour as
/// strong.
public struct FilterPictures: Sendable {
  /// The layer, or `filter bank`.
  public let layer: String
  /// One for each filter, one pixel a weight. Filters of one or three channels, as those of the first layer, are
  /// pictures in grey or colour; of others the channels lie side by side, each in grey.
  public let pictures: [Image]
  private let isWide: Bool

  /// - Parameters:
  ///   - network: whose layer is looked at.
  ///   - tensors: by parameter name.
  ///   - layer: a convolution; `nil`: the first one.
  ///   - order: of the channels that the network's input has.
  /// - Throws: `UsageError` for a layer without filters.
  public init(
    _ network: Network, _ tensors: [String: Tensor], layer: String? = nil,
    order: Preprocessing.ChannelOrder = .rgb
  ) throws(UsageError) {
    let (node, kernel) = try Self.kernel(of: network, layer)
    guard let tensor = tensors[kernel.name] else {
      throw UsageError("there are no weights '\(kernel.name)'")
    }
    let first = network.nodes.first { Self.filters($0) != nil }
    self.init(node.name, tensor, isReversed: first?.name == node.name && order == .bgr)
  }

  /// The filters of a bank, in grey.
  public init(_ bank: FilterBank) {
    self.init("filter bank", bank.kernel(channels: 1), isReversed: false)
  }

  /// - Parameters:
  ///   - kernel: `[height, width, channels, filters]`.
  ///   - isReversed: whether the channels are blue, green and red.
  private init(_ layer: String, _ kernel: Tensor, isReversed: Bool) {
    self.layer = layer
    let (height, width, channels, filters) = (
      kernel.shape[0], kernel.shape[1], kernel.shape[2], kernel.shape[3]
    )
    let isColour = channels == 3
    isWide = !isColour && channels > 1
    pictures = (0..<filters).map { filter in
      func weight(_ y: Int, _ x: Int, _ channel: Int) -> Float {
        kernel.values[((y * width + x) * channels + channel) * filters + filter]
      }
      let all = Swift.stride(from: filter, to: kernel.values.count, by: filters)
      let strongest = all.reduce(Float(0)) { max($0, abs(kernel.values[$1])) }
      func byte(_ value: Float) -> UInt8 {
        let share = value / strongest
        return share.isFinite ? UInt8((127.5 + 127.5 * share).rounded()) : 128
      }
      var pixels: [UInt8] = []
      for y in 0..<height {
        for place in 0..<(isColour ? 1 : channels) {
          for x in 0..<width {
            for colour in 0..<3 {
              let channel = isColour ? (isReversed ? 2 - colour : colour) : place
              pixels.append(byte(weight(y, x, channel)))
            }
          }
        }
      }
      return Image(width: isColour ? width : width * channels, height: height, pixels: pixels)
    }
  }

  /// Some of the filters in a grid, each weight a square of pixels.
  /// - Parameters:
  ///   - limit: the most filters shown; the first ones are.
  ///   - side: about how many pixels wide one channel of a filter becomes.
  public func picture(limit: Int = 64, side: Int = 40) -> Image {
    let shown = pictures.prefix(max(1, limit))
    let factor = max(1, side / max(1, shown.first?.height ?? 1))
    return PictureGrid(shown.map { $0.magnified(factor) }, columns: isWide ? 1 : nil).image
  }

  /// The layer's parameter with its filters.
  private static func kernel(
    of network: Network, _ layer: String?
  ) throws(UsageError) -> (Network.Node, Parameter) {
    guard let layer else {
      for node in network.nodes { if let kernel = filters(node) { return (node, kernel) } }
      throw UsageError("the network has no convolution, so there are no filters to show")
    }
    guard let id = network.node(named: layer), let kernel = filters(network[id]) else {
      let first = network.nodes.filter { filters($0) != nil }.prefix(4).map { "'\($0.name)'" }
      throw UsageError(
        "the network has no convolution of an image '\(layer)'; the first ones are "
          + first.joined(separator: ", "))
    }
    return (network[id], kernel)
  }

  /// A kernel `[height, width, channels, filters]`.
  private static func filters(_ node: Network.Node) -> Parameter? {
    node.parameters.first { $0.role.isKernel && $0.shape.rank == 4 }
  }
}
