import NeuralNetworks

/// AlexNet (Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
/// Networks", 2012): convolutions on two graphics cards, which saw half of each other's channels.
enum AlexNet {
  /// Section 3.5: width, side of the kernel, stride, groups (two cards that do not talk make two),
  /// whether normalisation and pooling follow.
  static let convolutions:
    [(width: Int, kernel: Int, stride: Int, groups: Int, isNormalized: Bool, isPooled: Bool)] = [
      (96, 11, 4, 1, true, true), (256, 5, 1, 2, true, true), (384, 3, 1, 1, false, false),
      (384, 3, 1, 2, false, false), (256, 3, 1, 2, false, true),
    ]

  /// Section 3.3: k = 2, n = 5, α = 10⁻⁴, β = 0.75; α multiplies the sum of squares, not their mean.
  static let normalization = LocalResponseNormalization(size: 5, alpha: 1e-4, beta: 0.75, bias: 2)

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var x = net.input
    for (number, row) in zip(1..., convolutions) {
      // Conv 3 to 5 have one resolution.
      if number <= 3 { net.beginStage(number == 3 ? "conv3-5" : "conv\(number)") }
      x = try net.add(
        "conv\(number)",
        Convolution2D(
          row.width, kernel: Extent(row.kernel), stride: Extent(row.stride),
          padding: number == 1 ? .valid : .same, groups: row.groups, activation: .relu), to: x)
      if row.isNormalized { x = try net.add("norm\(number)", normalization, to: x) }
      if row.isPooled { x = try net.add("pool\(number)", MaxPooling2D(3, stride: 2), to: x) }
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add("flatten", Flatten(), to: x)
    for number in 6...7 {
      x = try net.add("fc\(number)", Dense(4096, activation: .relu), to: x)
      x = try net.add("drop\(number)", Dropout(0.5), to: x)
    }
    try net.add("fc8", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }
}

extension Family {
  // The paper says 224×224, but its 55×55 positions need 227. Table 2: one network errs on 40.7 %.
  static let alexnet = Family(
    name: "alexnet", paper: "Krizhevsky et al. 2012, doi:10.1145/3065386", preprocessing: .torch,
    topOne: 0.593, defaultImageSize: 227, minimumImageSize: 67
  ) { variant throws(NetworkError) in
    try AlexNet.network(variant)
  }
}
