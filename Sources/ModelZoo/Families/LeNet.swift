import NeuralNetworks

/// LeNet-5 (LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
/// Recognition", 1998, Figure 2): the first of its kind, for digits of 32×32 pixels.
///
/// As it is taught today: every map of C3 reads all of S2 (the paper's Table I connects 60 of 96 pairs),
/// subsampling has no weights, the output is a softmax in place of distances to drawn digits, and tanh is
/// not scaled. Colours unless asked for one channel, so that photos of any kind go in.
enum LeNet {
  static let classCount = 10

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("c1")
    var x = try net.add("c1", Convolution2D(6, kernel: 5, activation: .tanh), to: net.input)
    x = try net.add("s2", AveragePooling2D(2, stride: 2), to: x)
    net.beginStage("c3")
    x = try net.add("c3", Convolution2D(16, kernel: 5, activation: .tanh), to: x)
    x = try net.add("s4", AveragePooling2D(2, stride: 2), to: x)
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add("flatten", Flatten(), to: x)
    // C5 is a convolution that sees all of S4, so a dense layer.
    x = try net.add("c5", Dense(120, activation: .tanh), to: x)
    x = try net.add("f6", Dense(84, activation: .tanh), to: x)
    try net.add("output", Dense(classCount, activation: classifier), to: x)
    return net
  }
}

extension Family {
  static let lenet5 = Family(
    name: "lenet5", paper: "LeCun et al. 1998, doi:10.1109/5.726791", preprocessing: .signed,
    defaultImageSize: 32, minimumImageSize: 16
  ) { variant throws(NetworkError) in
    try LeNet.network(variant)
  }
}
