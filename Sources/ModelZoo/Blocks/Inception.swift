import NeuralNetworks

/// One normalised convolution of an Inception branch, as the papers' figures draw it.
struct InceptionStep: Sendable {
  let width: Int
  let kernel: Extent
  var stride: Extent = 1
  var padding = Padding.same

  /// Height × width.
  init(_ width: Int, _ height: Int, _ columns: Int) {
    self.width = width
    kernel = Extent(height: height, width: columns)
  }

  init(_ width: Int, _ side: Int) { self.init(width, side, side) }

  /// Halves the resolution, without padding.
  var reducing: InceptionStep {
    var step = self
    step.stride = 2
    step.padding = .valid
    return step
  }

  var valid: InceptionStep {
    var step = self
    step.padding = .valid
    return step
  }
}

/// An Inception network while it grows.
///
/// Keras numbers convolutions, norms, activations and poolings of these networks by itself, in the order
/// in which it makes them (`AutomaticNames`): a fresh session begins at `conv2d`, which is what the
/// nodes are called here.
struct InceptionBuilder {
  var net: Network
  var names = AutomaticNames()

  init(_ variant: Variant) { net = Network(input: variant.inputShape) }

  /// Convolution without bias, norm without γ, ReLU.
  mutating func add(_ step: InceptionStep, to x: Network.NodeID) throws(NetworkError)
    -> Network.NodeID
  {
    let convolution = Convolution2D(
      step.width, kernel: step.kernel, stride: step.stride, padding: step.padding, bias: false)
    var y = try net.add(names.next("conv2d"), convolution, to: x)
    y = try net.add(names.next("batch_normalization"), BatchNormalization(scale: false), to: y)
    return try net.add(names.next("activation"), ActivationLayer(.relu), to: y)
  }

  /// One after another.
  mutating func add(_ steps: [InceptionStep], to x: Network.NodeID) throws(NetworkError)
    -> Network.NodeID
  {
    var y = x
    for step in steps { y = try add(step, to: y) }
    return y
  }

  /// The largest of 3×3 positions, stride 2.
  mutating func addReduction(to x: Network.NodeID) throws(NetworkError) -> Network.NodeID {
    try net.add(names.next("max_pooling2d"), MaxPooling2D(3, stride: 2), to: x)
  }

  /// The mean of 3×3 positions, and a 1×1 convolution.
  mutating func addPooledBranch(_ width: Int, to x: Network.NodeID) throws(NetworkError)
    -> Network.NodeID
  {
    let pooled = try net.add(
      names.next("average_pooling2d"), AveragePooling2D(3, stride: 1, padding: .same), to: x)
    return try add(InceptionStep(width, 1), to: pooled)
  }

  /// The stem that both networks share, up to 35×35×192 for 299×299.
  mutating func addStem() throws(NetworkError) -> Network.NodeID {
    net.beginStage("stem")
    var x = try add(
      [InceptionStep(32, 3).reducing, InceptionStep(32, 3).valid, InceptionStep(64, 3)],
      to: net.input)
    x = try addReduction(to: x)
    x = try add([InceptionStep(80, 1).valid, InceptionStep(192, 3).valid], to: x)
    return try addReduction(to: x)
  }

  /// The pooled features, and the classifier if there is one.
  mutating func finish(_ variant: Variant, after x: Network.NodeID) throws(NetworkError) {
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return
    }
    let pooled = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    net.beginStage(Network.headStage)
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: pooled)
  }
}
