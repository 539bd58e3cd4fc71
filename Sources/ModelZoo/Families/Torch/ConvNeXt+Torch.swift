import NeuralNetworks

// The names of PyTorch's ConvNeXts are the paths of their modules. Factors of a layer scale belong to the block
// itself, whose path their node has.

extension ConvNeXt.Conventions {
  /// timm's.
  /// - Parameter productsAreConvolutions: as in its sizes below tiny, which are its own.
  static func timm(productsAreConvolutions: Bool = false, normalisesMap: Bool = false) -> Self {
    Self(
      stage: { "stages.\($0)" }, stem: ["stem.0", "stem.1", "stem.2"],
      downsampling: { ("stages.\($0).downsample.0", "stages.\($0).downsample.1") },
      block: { stage, index in
        let block = "stages.\(stage).blocks.\(index)"
        return Block(
          depthwise: "\(block).conv_dw", norm: "\(block).norm", widening: "\(block).mlp.fc1",
          activation: "\(block).mlp.act", narrowing: "\(block).mlp.fc2", scale: block,
          sum: "\(block).add")
      },
      end: { _ in ("head.global_pool", normalisesMap ? "norm_pre" : "head.norm") },
      classifier: "head.fc", productsAreConvolutions: productsAreConvolutions)
  }

  /// torchvision's.
  static let torchvision = Self(
    stage: { "stage\($0)" }, stem: ["features.0.0", "features.0.1"],
    downsampling: { ("features.\(2 * $0).0", "features.\(2 * $0).1") },
    block: { stage, index in
      let block = "features.\(2 * stage + 1).\(index)"
      return Block(
        depthwise: "\(block).block.0", norm: "\(block).block.2", widening: "\(block).block.3",
        activation: "\(block).block.4", narrowing: "\(block).block.5", scale: block,
        sum: "\(block).add")
    },
    end: { _ in ("avgpool", "classifier.0") }, classifier: "classifier.2")
}

// MARK: Variants

extension ConvNeXt {
  /// timm's own sizes, which compute their products as 1×1 convolutions.
  static let atto = Size(depths: [2, 2, 6, 2], widths: [40, 80, 160, 320])
  static let femto = Size(depths: [2, 2, 6, 2], widths: [48, 96, 192, 384])
  static let pico = Size(depths: [2, 2, 6, 2], widths: [64, 128, 256, 512])
  static let nano = Size(depths: [2, 2, 8, 2], widths: [80, 160, 320, 640])

  private static func overlapping(_ size: Size, _ middle: Int) -> Size {
    var size = size
    size.stem = .overlapping(middle)
    return size
  }

  /// The small ones with their published weights and accuracies (timm's results for ImageNet's validation
  /// images, at the test size).
  private static let smallRows: [(name: String, size: Size, rows: [TimmRow])] = [
    ("atto", atto, [.small("d2_in1k", topOne: 0.77008)]),
    ("atto_ols", overlapping(atto, 24), [.small("a2_in1k", topOne: 0.77216)]),
    ("femto", femto, [.small("d1_in1k", topOne: 0.78716)]),
    ("femto_ols", overlapping(femto, 24), [.small("d1_in1k", topOne: 0.78924)]),
    ("pico", pico, [.small("d1_in1k", topOne: 0.80414)]),
    ("pico_ols", overlapping(pico, 32), [.whole("d1_in1k", crop: 0.95, topOne: 0.80464)]),
    (
      "nano", nano,
      [
        .whole("in12k_ft_in1k", crop: 0.95, topOne: 0.82862),
        .whole("d1h_in1k", crop: 0.95, topOne: 0.81482),
      ]
    ),
    ("nano_ols", overlapping(nano, 80), [.whole("d1h_in1k", crop: 0.95, topOne: 0.816)]),
    (
      "tiny_hnf",
      {
        var size = tiny
        size.normalisesMap = true
        return size
      }(), [.whole("a2h_in1k", crop: 0.95, topOne: 0.82584)]
    ),
  ]

  /// The authors' sizes.
  private static let largeRows: [(name: String, size: Size, rows: [TimmRow])] = [
    (
      "tiny", tiny,
      [
        .whole("in12k_ft_in1k", crop: 0.95, topOne: 0.8445),
        .at384("in12k_ft_in1k_384", topOne: 0.85122),
      ] + facebook(topOne: 0.82698, of22k: 0.78898, at384: 0.84088)
    ),
    (
      "small", small,
      [
        .whole("in12k_ft_in1k", crop: 0.95, topOne: 0.8533),
        .at384("in12k_ft_in1k_384", topOne: 0.86182),
      ] + facebook(topOne: 0.837, of22k: 0.85262, at384: 0.85778)
    ),
    ("base", base, facebook(topOne: 0.84428, of22k: 0.86274, at384: 0.86796)),
    ("large", large, facebook(topOne: 0.84846, of22k: 0.87026, at384: 0.87472)),
    (
      "xlarge", xlarge,
      [
        .facebook("fb_in22k_ft_in1k", topOne: 0.8733),
        .at384("fb_in22k_ft_in1k_384", topOne: 0.87752, origin: TimmRow.facebook),
      ]
    ),
  ]

  private static func facebook(topOne: Double, of22k: Double, at384: Double) -> [TimmRow] {
    [
      .facebook("fb_in22k_ft_in1k", topOne: of22k), .facebook("fb_in1k", topOne: topOne),
      .at384("fb_in22k_ft_in1k_384", topOne: at384, origin: TimmRow.facebook),
    ]
  }

  static let timm: [Family] =
    smallRows.map { row in
      .timm("convnext_\(row.name)", paper: paper, row.rows) { variant throws(NetworkError) in
        try network(
          row.size,
          .timm(productsAreConvolutions: true, normalisesMap: row.size.normalisesMap), variant)
      }
    }
    + largeRows.map { row in
      .timm("convnext_\(row.name)", paper: paper, row.rows) { variant throws(NetworkError) in
        try network(row.size, .timm(), variant)
      }
    }

  static let torchvision: [Family] = [
    ("tiny", tiny, TorchvisionRow.convNeXt("tiny-983f1562", resize: 236, topOne: 0.8252)),
    ("small", small, .convNeXt("small-0c510722", resize: 230, topOne: 0.83616)),
    ("base", base, .convNeXt("base-6075fbad", resize: 232, topOne: 0.84062)),
    ("large", large, .convNeXt("large-ea097f82", resize: 232, topOne: 0.84414)),
  ].map { name, size, row in
    .torchvision("convnext_\(name)", paper: paper, [row]) { variant throws(NetworkError) in
      try network(size, .torchvision, variant)
    }
  }
}

extension TimmRow {
  fileprivate static let facebook = "Zhuang Liu et al., Facebook AI Research"

  /// Of the smallest.
  fileprivate static func small(_ tag: String, topOne: Double) -> TimmRow {
    TimmRow(tag: tag, test: (288, 0.95), topOne: topOne)
  }

  /// Tested on whole photos.
  fileprivate static func whole(_ tag: String, crop: Double, topOne: Double) -> TimmRow {
    TimmRow(tag: tag, crop: crop, test: (288, 1), topOne: topOne)
  }

  fileprivate static func facebook(_ tag: String, topOne: Double) -> TimmRow {
    TimmRow(tag: tag, test: (288, 1), topOne: topOne, origin: facebook)
  }

  /// Trained on photos squashed to 384 pixels.
  fileprivate static func at384(
    _ tag: String, topOne: Double, origin: String = "Ross Wightman, timm"
  ) -> TimmRow {
    TimmRow(tag: tag, size: 384, crop: 1, mode: .squash, topOne: topOne, origin: origin)
  }
}

extension TorchvisionRow {
  fileprivate static func convNeXt(_ file: String, resize: Int, topOne: Double) -> TorchvisionRow {
    TorchvisionRow(tag: "v1", file: "convnext_\(file).pth", resize: resize, topOne: topOne)
  }
}
