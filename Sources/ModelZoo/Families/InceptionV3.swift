import NeuralNetworks

/// Inception v3 (Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception Architecture
/// for Computer Vision", 2016, arXiv:1512.00567): branches of factorised convolutions side by side.
///
/// Convolutions and norms have the names that a fresh Keras session gives them (`AutomaticNames`); to
/// match a published file by name relies on it.
enum InceptionV3 {
  private typealias Step = InceptionStep

  /// Figure 5: 1×1; 5×5; two 3×3. The pooled branch has so many channels in the three blocks at 35×35.
  private static let blocks35: [[Step]] = [
    [Step(64, 1)], [Step(48, 1), Step(64, 5)], [Step(64, 1), Step(96, 3), Step(96, 3)],
  ]
  static let pooled35 = [32, 64, 64]

  private static let reduction17: [[Step]] = [
    [Step(384, 3).reducing], [Step(64, 1), Step(96, 3), Step(96, 3).reducing],
  ]

  /// Figure 6 with n = 7: 1×1; 7×7 as 1×7 and 7×1; the same twice. Channels between them in the four
  /// blocks at 17×17.
  static let widths17 = [128, 160, 160, 192]
  private static func branches17(_ width: Int) -> [[Step]] {
    [
      [Step(192, 1)],
      [Step(width, 1), Step(width, 1, 7), Step(192, 7, 1)],
      [
        Step(width, 1), Step(width, 7, 1), Step(width, 1, 7), Step(width, 7, 1), Step(192, 1, 7),
      ],
    ]
  }

  private static let reduction8: [[Step]] = [
    [Step(192, 1), Step(320, 3).reducing],
    [Step(192, 1), Step(192, 1, 7), Step(192, 7, 1), Step(192, 3).reducing],
  ]

  /// Figure 7: 1×1; two branches that end in 1×3 and 3×1 side by side.
  private static let fanned8: [[Step]] = [[Step(384, 1)], [Step(448, 1), Step(384, 3)]]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var builder = InceptionBuilder(variant)
    var x = try builder.addStem()
    builder.net.beginStage("mixed0-2")
    for (number, pooled) in pooled35.enumerated() {
      x = try builder.addMixed("mixed\(number)", blocks35, pooled: pooled, to: x)
    }
    builder.net.beginStage("mixed3-7")
    x = try builder.addMixed("mixed3", reduction17, pooled: nil, to: x)
    for (number, width) in zip(4..., widths17) {
      x = try builder.addMixed("mixed\(number)", branches17(width), pooled: 192, to: x)
    }
    builder.net.beginStage("mixed8-10")
    x = try builder.addMixed("mixed8", reduction8, pooled: nil, to: x)
    for number in 9...10 { x = try builder.addFanned(number, fanned8, to: x) }
    try builder.finish(variant, after: x)
    return builder.net
  }
}

extension InceptionBuilder {
  /// Branches side by side, the pooled one last; without channels for that, the largest values stand
  /// in its place and the resolution is halved.
  fileprivate mutating func addMixed(
    _ name: String, _ branches: [[InceptionStep]], pooled: Int?, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    var parts: [Network.NodeID] = []
    for branch in branches { parts.append(try add(branch, to: x)) }
    if let pooled {
      parts.append(try addPooledBranch(pooled, to: x))
    } else {
      parts.append(try addReduction(to: x))
    }
    return try net.add(name, Concatenate(), to: parts)
  }

  fileprivate mutating func addFanned(
    _ number: Int, _ branches: [[InceptionStep]], to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    var parts = [try add(InceptionStep(320, 1), to: x)]
    for (index, branch) in branches.enumerated() {
      let stem = try add(branch, to: x)
      let wide = try add(InceptionStep(384, 1, 3), to: stem)
      let high = try add(InceptionStep(384, 3, 1), to: stem)
      // Keras names the first of the two, mixed9_0 and mixed9_1, and numbers the second.
      let name = index == 0 ? "mixed9_\(number - 9)" : names.next("concatenate")
      parts.append(try net.add(name, Concatenate(), to: wide, high))
    }
    parts.append(try addPooledBranch(192, to: x))
    return try net.add("mixed\(number)", Concatenate(), to: parts)
  }
}

extension Family {
  static let inceptionV3 = Family(
    name: "inceptionv3",
    paper: "Szegedy et al. 2016, arXiv:1512.00567",
    preprocessing: .signed,
    provenance: .tensorFlowModels,
    published: [
      Published(
        imageSize: 299, topOne: 0.779,
        files: PublishedWeights(
          folder: "inception_v3", stem: "inception_v3", md5: "9a0d58056eeedaa3f26cb7ebd46da564",
          noTop: "bcbd6486424b2319ff4ef7d526e38f63"))
    ],
    defaultImageSize: 299, minimumImageSize: 75
  ) { variant throws(NetworkError) in
    try InceptionV3.network(variant)
  }
}
