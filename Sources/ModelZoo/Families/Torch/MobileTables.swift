import NeuralNetworks
import TensorKernels

/// The tables of the papers, scaled as timm and torchvision scale them.
extension MobileNetwork {
  /// A plain multiple: the channels of all rows and the blocks of single rows, those rounded up.
  /// - Parameters:
  ///   - keepsEnds: Whether the first and last stage have as many blocks at any depth.
  ///   - round: A width to whole channels.
  fileprivate static func scaled(
    _ stages: [[MobileRow]], width: Double, depth: Double = 1, keepsEnds: Bool = false,
    _ round: (Double) -> Int = MobileNetV2.divisibleByEight
  ) -> [[MobileRow]] {
    stages.enumerated().map { stage, rows in
      let isEnd = stage == 0 || stage == stages.count - 1
      return rows.map { row in
        var row = row
        row.channels = round(Double(row.channels) * width)
        if !(keepsEnds && isEnd) { row.count = Int((Double(row.count) * depth).rounded(.up)) }
        return row
      }
    }
  }

  /// Table 1 of MobileNet (Howard et al. 2017, arXiv:1704.04861), which counts one stage for each
  /// resolution.
  /// - Parameter head: Width of a convolution before the classifier that the paper does not have.
  static func v1(width: Double, head: Int? = nil) -> MobileNetwork {
    func row(_ count: Int, _ stride: Int, _ channels: Int) -> [MobileRow] {
      [
        MobileRow(
          kind: .plainSeparable, count: count, kernel: 3, stride: stride, channels: channels)
      ]
    }
    return MobileNetwork(
      stem: MobileNetV2.divisibleByEight(32 * width),
      stages: scaled(
        [row(1, 1, 64), row(2, 2, 128), row(2, 2, 256), row(6, 2, 512), row(2, 2, 1024)],
        width: width), head: head.map(Head.convolution) ?? .pooling, activation: .relu6)
  }

  /// Table 2 of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381).
  /// - Parameter keepsEnds: Whether stem, head and the number of blocks at both ends are those of width 1.
  static func v2(
    width: Double, depth: Double = 1, keepsEnds: Bool = false, dropout: Float? = nil
  ) -> MobileNetwork {
    let rows: [[MobileRow]] = [
      [.ds(1, c: 16)], [.ir(2, s: 2, e: 6, c: 24)], [.ir(3, s: 2, e: 6, c: 32)],
      [.ir(4, s: 2, e: 6, c: 64)], [.ir(3, e: 6, c: 96)], [.ir(3, s: 2, e: 6, c: 160)],
      [.ir(1, e: 6, c: 320)],
    ]
    let ends = keepsEnds ? 1 : width
    return MobileNetwork(
      stem: MobileNetV2.divisibleByEight(32 * ends),
      stages: scaled(rows, width: width, depth: depth, keepsEnds: keepsEnds),
      head: .convolution(MobileNetV2.divisibleByEight(1280 * max(1, ends))), activation: .relu6,
      dropout: dropout)
  }

  /// Tables 1 and 2 of MobileNetV3 (Howard et al. 2019, arXiv:1905.02244).
  static func v3(_ rows: [[MobileRow]], hidden: Int, width: Double, dropout: Float? = nil)
    -> MobileNetwork
  {
    MobileNetwork(
      stem: width < 0.75 ? 16 : MobileNetV2.divisibleByEight(16 * width),
      stages: scaled(rows, width: width), head: .hidden(hidden),
      activation: rows.isMinimal ? .relu : .hardSwish, excitation: .ofExpansion, dropout: dropout)
  }

  static let v3Large: [[MobileRow]] = [
    [.ds(1, c: 16, .relu)], [.ir(1, s: 2, e: 4, c: 24, .relu), .ir(1, e: 3, c: 24, .relu)],
    [.ir(3, k: 5, s: 2, e: 3, c: 40, se: true, .relu)],
    [.ir(1, s: 2, e: 6, c: 80), .ir(1, e: 2.5, c: 80), .ir(2, e: 2.3, c: 80)],
    [.ir(2, e: 6, c: 112, se: true)], [.ir(3, k: 5, s: 2, e: 6, c: 160, se: true)],
    [.cn(1, k: 1, c: 960)],
  ]
  static let v3Small: [[MobileRow]] = [
    [.ds(1, s: 2, c: 16, se: true, .relu)],
    [.ir(1, s: 2, e: 4.5, c: 24, .relu), .ir(1, e: 3.67, c: 24, .relu)],
    [.ir(1, k: 5, s: 2, e: 4, c: 40, se: true), .ir(2, k: 5, e: 6, c: 40, se: true)],
    [.ir(2, k: 5, e: 3, c: 48, se: true)], [.ir(3, k: 5, s: 2, e: 6, c: 96, se: true)],
    [.cn(1, k: 1, c: 576)],
  ]

  /// MobileNetV4 without attention (Qin et al. 2024, arXiv:2404.10518), its appendix's tables.
  static func v4(_ rows: [[MobileRow]], stem: Int, width: Double = 1) -> MobileNetwork {
    MobileNetwork(
      stem: width < 1 ? stem : MobileNetV2.divisibleByEight(Double(stem) * width),
      stages: scaled(rows, width: width), head: .normalizedHidden(1280), activation: .relu)
  }

  static let v4Small: [[MobileRow]] = [
    [.cn(1, k: 3, s: 2, c: 32), .cn(1, k: 1, c: 32)],
    [.cn(1, k: 3, s: 2, c: 96), .cn(1, k: 1, c: 64)],
    [
      .uib(1, a: 5, k: 5, s: 2, e: 3, c: 96), .uib(4, a: 0, k: 3, e: 2, c: 96),
      .uib(1, a: 3, k: 0, e: 4, c: 96),
    ],
    [
      .uib(1, a: 3, k: 3, s: 2, e: 6, c: 128), .uib(1, a: 5, k: 5, e: 4, c: 128),
      .uib(1, a: 0, k: 5, e: 4, c: 128), .uib(1, a: 0, k: 5, e: 3, c: 128),
      .uib(2, a: 0, k: 3, e: 4, c: 128),
    ], [.cn(1, k: 1, c: 960)],
  ]
  static let v4Medium: [[MobileRow]] = [
    [.er(1, s: 2, e: 4, c: 48)],
    [.uib(1, a: 3, k: 5, s: 2, e: 4, c: 80), .uib(1, a: 3, k: 3, e: 2, c: 80)],
    [
      .uib(1, a: 3, k: 5, s: 2, e: 6, c: 160), .uib(2, a: 3, k: 3, e: 4, c: 160),
      .uib(1, a: 3, k: 5, e: 4, c: 160), .uib(1, a: 3, k: 3, e: 4, c: 160),
      .uib(1, a: 3, k: 0, e: 4, c: 160), .uib(1, a: 0, k: 0, e: 2, c: 160),
      .uib(1, a: 3, k: 0, e: 4, c: 160),
    ],
    [
      .uib(1, a: 5, k: 5, s: 2, e: 6, c: 256), .uib(1, a: 5, k: 5, e: 4, c: 256),
      .uib(2, a: 3, k: 5, e: 4, c: 256), .uib(1, a: 0, k: 0, e: 4, c: 256),
      .uib(1, a: 3, k: 0, e: 4, c: 256), .uib(1, a: 3, k: 5, e: 2, c: 256),
      .uib(1, a: 5, k: 5, e: 4, c: 256), .uib(2, a: 0, k: 0, e: 4, c: 256),
      .uib(1, a: 5, k: 0, e: 2, c: 256),
    ], [.cn(1, k: 1, c: 960)],
  ]
  static let v4Large: [[MobileRow]] = [
    [.er(1, s: 2, e: 4, c: 48)],
    [.uib(1, a: 3, k: 5, s: 2, e: 4, c: 96), .uib(1, a: 3, k: 3, e: 4, c: 96)],
    [
      .uib(1, a: 3, k: 5, s: 2, e: 4, c: 192), .uib(3, a: 3, k: 3, e: 4, c: 192),
      .uib(1, a: 3, k: 5, e: 4, c: 192), .uib(5, a: 5, k: 3, e: 4, c: 192),
      .uib(1, a: 3, k: 0, e: 4, c: 192),
    ],
    [
      .uib(4, a: 5, k: 5, s: 2, e: 4, c: 512), .uib(1, a: 5, k: 0, e: 4, c: 512),
      .uib(1, a: 5, k: 3, e: 4, c: 512), .uib(2, a: 5, k: 0, e: 4, c: 512),
      .uib(1, a: 5, k: 3, e: 4, c: 512), .uib(1, a: 5, k: 5, e: 4, c: 512),
      .uib(3, a: 5, k: 0, e: 4, c: 512),
    ], [.cn(1, k: 1, c: 960)],
  ]

  /// EfficientNet's table (`EfficientNet.rows`), scaled.
  static func efficientNet(
    width: Double, depth: Double, drop: Float = 0, dropout: Float? = nil
  ) -> MobileNetwork {
    MobileNetwork(
      stem: MobileNetV2.divisibleByEight(32 * width),
      stages: scaled(efficientNetRows(excites: true), width: width, depth: depth),
      head: .convolution(MobileNetV2.divisibleByEight(1280 * width)), activation: .swish,
      drop: drop, dropout: dropout)
  }

  /// EfficientNet-Lite (Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020): the same table
  /// without squeeze-and-excitation, with ReLU6, and with stem and head of width 1.
  static func lite(width: Double, depth: Double, dropout: Float? = nil) -> MobileNetwork {
    MobileNetwork(
      stem: 32,
      stages: scaled(
        efficientNetRows(excites: false), width: width, depth: depth, keepsEnds: true),
      head: .convolution(1280), activation: .relu6, dropout: dropout)
  }

  private static func efficientNetRows(excites: Bool) -> [[MobileRow]] {
    EfficientNet.rows.map { row in
      [
        row.expansion == 1
          ? .ds(row.blocks, k: row.kernel, s: row.stride, c: row.output, se: excites)
          : .ir(
            row.blocks, k: row.kernel, s: row.stride, e: Double(row.expansion), c: row.output,
            se: excites)
      ]
    }
  }

  /// EfficientNetV2's tables (`EfficientNetV2.Row`), scaled.
  static func efficientNetV2(
    _ rows: [EfficientNetV2.Row], width: Double = 1, depth: Double = 1, drop: Float = 0,
    dropout: Float? = nil
  ) -> MobileNetwork {
    // Unlike the first version, without the tenth that rounding may take away at most.
    func round(_ channels: Double) -> Int { max(8, Int(channels + 4) / 8 * 8) }
    let stages = rows.map { row -> [MobileRow] in
      if row.isFused, row.expansion == 1 {
        return [.cn(row.blocks, k: 3, s: row.stride, c: row.output, shortcut: true)]
      }
      let expansion = Double(row.expansion)
      return [
        row.isFused
          ? .er(row.blocks, s: row.stride, e: expansion, c: row.output)
          : .ir(row.blocks, s: row.stride, e: expansion, c: row.output, se: true)
      ]
    }
    return MobileNetwork(
      stem: round(Double(rows[0].input) * width),
      stages: scaled(stages, width: width, depth: depth, round),
      head: .convolution(max(1280, round(1280 * width))), activation: .swish, drop: drop,
      dropout: dropout)
  }
}

extension [[MobileRow]] {
  /// MobileNetV3's minimalistic form: no squeeze-and-excitation, 3×3 kernels and ReLU only.
  var minimal: [[MobileRow]] {
    map { rows in
      rows.map { row in
        MobileRow(
          kind: row.kind, count: row.count, kernel: Swift.min(row.kernel, 3), stride: row.stride,
          expansion: row.expansion, channels: row.channels)
      }
    }
  }

  /// Whether nothing is left of what the minimalistic form does without.
  fileprivate var isMinimal: Bool { joined().allSatisfy { !$0.excites } }
}
