import NeuralNetworks

/// Pieces that several families share.
extension Network {
  /// The end of most networks: the last feature map averaged over its positions and, unless features
  /// are wanted, a dense classifier of ImageNet's classes in a stage of its own.
  ///
  /// - Parameters:
  ///   - dropout: between the two, the share that is zeroed.
  ///   - name: of the classifier.
  mutating func addClassifier(
    _ variant: Variant, pooling: String = "avg_pool", dropout: Float? = nil,
    named name: String = "predictions", to x: NodeID
  ) throws(NetworkError) {
    var x = try add(pooling, GlobalAveragePooling2D(), to: x)
    guard let classifier = variant.classifierActivation else { return }
    beginStage(Network.headStage)
    if let dropout { x = try add("dropout", Dropout(dropout), to: x) }
    try add(name, Dense(ImageNet.classCount, activation: classifier), to: x)
  }

  /// A batch norm with the epsilon of Keras's ResNets, and the ReLU behind it.
  mutating func addNorm(_ norm: String, then relu: String, to x: NodeID) throws(NetworkError)
    -> NodeID
  {
    let y = try add(norm, BatchNormalization(epsilon: 1.001e-5), to: x)
    return try add(relu, ActivationLayer(.relu), to: y)
  }
}
