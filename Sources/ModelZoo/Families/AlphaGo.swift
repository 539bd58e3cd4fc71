import ImagePipeline
import NeuralNetworks

/// The policy network of AlphaGo (Silver et al., "Mastering the game of Go with deep neural networks and
/// tree search", 2016, Methods): from 48 planes that describe a position on a board of 19×19 points to a
/// probability for each point. No pooling: every layer keeps the board's size.
enum AlphaGo {
  /// k in the paper's Methods: 192 in the match version.
  static let width = 192
  static let planes = 48
  /// Convolutions with a ReLU: the first 5×5, the others 3×3; a 1×1 follows.
  static let hiddenLayers = 12

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv")
    var x = net.input
    for number in 1...hiddenLayers {
      x = try net.add(
        "conv\(number)",
        Convolution2D(width, kernel: number == 1 ? 5 : 3, padding: .same, activation: .relu), to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add("conv\(hiddenLayers + 1)", Convolution2D(1, kernel: 1, bias: false), to: x)
    // "A different bias for each position".
    x = try net.add("position_bias", PositionBias(), to: x)
    x = try net.add("flatten", Flatten(), to: x)
    try net.add("predictions", ActivationLayer(classifier), to: x)
    return net
  }
}

extension Family {
  static let alphago = Family(
    name: "alphago", paper: "Silver et al. 2016, doi:10.1038/nature16961", preprocessing: .none,
    defaultImageSize: 19, minimumImageSize: 5, channels: AlphaGo.planes
  ) { variant throws(NetworkError) in
    try AlphaGo.network(variant)
  }
}
