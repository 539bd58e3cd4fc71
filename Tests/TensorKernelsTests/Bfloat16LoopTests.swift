import CKernels
import TestSupport
import Testing

@Suite("Loops over bfloat16")
struct Bfloat16LoopTests {
  /// To nearest, ties to even, by the definition.
  static func rounded(_ value: Float) -> UInt16 {
    guard !value.isNaN else { return UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x40 }
    let below = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
    let rest = value.bitPattern & 0xFFFF
    if rest > 0x8000 || (rest == 0x8000 && below % 2 == 1) { return below &+ 1 }
    return below
  }

  static func wide(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  @Test("rounding is to nearest, ties to even, and keeps infinities and NaN")
  func rounding() {
    var values: [Float] = [
      0, -0, 1, -1, .infinity, -.infinity, .nan, .signalingNaN, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, 1.00390625, 1.01171875, -1.00390625,
      Float(bitPattern: 0x7FFF_FFFF), Float(bitPattern: 0xFFFF_FFFF),
    ]
    var random = SeededValues(seed: 4)
    values += random.values(5000, -1000...1000)
    var found = [UInt16](repeating: 0, count: values.count)
    ft_narrow(&found, values, values.count)
    #expect(found == values.map(Self.rounded))
    var back = [Float](repeating: 0, count: values.count)
    ft_widen(&back, found, found.count)
    #expect(back.map(\.bitPattern) == found.map { UInt32($0) << 16 })
  }

  /// Rows and channels that fill no vector, one, and more than a block.
  static let sizes = [(1, 1), (3, 7), (5, 16), (33, 100), (70, 1030)]

  @Test("do what the Float32 loops do, rounded once", arguments: sizes)
  func agreement(rows: Int, channels: Int) {
    let count = rows * channels
    var random = SeededValues(seed: UInt64(count))
    let a = random.values(count, -4...8).map(Self.rounded)
    let b = random.values(count, -4...4).map(Self.rounded)
    let y = random.values(count, -1...7).map(Self.rounded)
    let (scale, shift) = (random.values(channels, -2...2), random.values(channels, -1...1))
    let (wideA, wideB, wideY) = (a.map(Self.wide), b.map(Self.wide), y.map(Self.wide))
    var half = [UInt16](repeating: 0, count: count)
    var float = [Float](repeating: 0, count: count)
    func same(_ what: String) { #expect(half == float.map(Self.rounded), "\(what)") }

    for kind in FT_LINEAR...FT_MISH {
      let activation = ft_activation(kind: Int32(kind), parameter: 0.3)
      ft_add_activate_bf16(&half, a, nil, activation, count)
      ft_add_activate(&float, wideA, nil, activation, count)
      same("activation \(kind)")
      ft_add_activate_bf16(&half, a, b, activation, count)
      ft_add_activate(&float, wideA, wideB, activation, count)
      same("sum, activation \(kind)")
      ft_masked_sum_bf16(&half, a, nil, y, activation, count)
      ft_masked_sum(&float, wideA, nil, wideY, activation, count)
      same("gradient of activation \(kind)")
      ft_masked_sum_bf16(&half, a, b, y, activation, count)
      ft_masked_sum(&float, wideA, wideB, wideY, activation, count)
      same("sum and gradient of activation \(kind)")
      ft_channel_affine_bf16(&half, a, scale, shift, activation, rows, channels)
      ft_channel_affine(&float, wideA, scale, shift, activation, rows, channels)
      if kind <= FT_RELU6 { same("affine, activation \(kind)") }
    }
    for kind in FT_SWISH...FT_MISH {
      let activation = ft_activation(kind: Int32(kind), parameter: 0)
      var (halfSlope, slope) = (a, wideA)
      ft_activate_keeping(&float, &slope, slope, activation, count)
      var separately = float
      ft_add_activate(&separately, wideA, nil, activation, count)
      #expect(float == separately, "value with derivative, activation \(kind)")
      ft_activate_keeping_bf16(&half, &halfSlope, halfSlope, activation, count)
      same("value with derivative, activation \(kind)")
      #expect(halfSlope == slope.map(Self.rounded), "derivative of activation \(kind)")
      ft_sloped_sum(&separately, wideA, wideB, slope, count)
      ft_masked_sum(&float, wideA, wideB, wideA, activation, count)
      expectClose(separately, float.map(Double.init), relative: 1e-6)
      ft_sloped_sum_bf16(&half, a, b, halfSlope, count)
      ft_sloped_sum(&float, wideA, wideB, halfSlope.map(Self.wide), count)
      same("sum times derivative")
    }
    ft_scale_bf16(&half, a, 0.37, count)
    ft_scale(&float, wideA, 0.37, count)
    same("scale")
    ft_multiply_bf16(&half, a, b, count)
    ft_multiply(&float, wideA, wideB, count)
    same("product")
    ft_multiply_rows_bf16(&half, a, scale, rows, channels)
    ft_multiply_rows(&float, wideA, scale, rows, channels)
    same("product of rows")
    ft_global_average_gradient_bf16(&half, scale, 1, rows, channels)
    ft_global_average_gradient(&float, scale, 1, rows, channels)
    same("gradient of the mean")

    var sums = [Float](repeating: 1, count: channels)
    var products = sums
    ft_channel_sums_bf16(&sums, &products, a, b, 1, rows, channels)
    var dots = [Float](repeating: 0, count: channels)
    ft_dot_rows_bf16(&dots, a, b, rows, channels)
    var means = [Float](repeating: 0, count: channels)
    ft_global_average_bf16(&means, a, 1, rows, channels)
    for c in 0..<channels {
      let column = stride(from: c, to: count, by: channels)
      let sum = column.reduce(0.0) { $0 + Double(wideA[$1]) }
      let dot = column.reduce(0.0) { $0 + Double(wideA[$1]) * Double(wideB[$1]) }
      let tolerance = 2e-5 * Double(rows)
      #expect(abs(Double(sums[c]) - 1 - sum) < tolerance)
      #expect(abs(Double(products[c]) - 1 - dot) < 8 * tolerance)
      #expect(abs(Double(dots[c]) - dot) < 8 * tolerance)
      #expect(abs(Double(means[c]) - sum / Double(rows)) < 2e-5)
    }
  }

  /// Height, width, channels, kernel, stride, padding on each side.
  static let windows: [[Int]] = [
    [14, 14, 32, 5, 1, 2], [9, 13, 24, 5, 2, 2], [7, 7, 16, 3, 1, 1], [8, 8, 20, 7, 1, 3],
    [3, 2, 17, 5, 1, 2], [5, 5, 16, 5, 1, 0], [6, 9, 40, 5, 2, 1], [11, 4, 33, 3, 2, 0],
    [4, 4, 16, 7, 2, 3], [12, 12, 48, 4, 1, 1],
  ]

  @Test("the depthwise weight gradient is that of its definition", arguments: windows)
  func depthwise(_ sizes: [Int]) {
    let (height, width, channels) = (sizes[0], sizes[1], sizes[2])
    let (kernel, stride, padding) = (sizes[3], sizes[4], sizes[5])
    let (outHeight, outWidth) = (
      (height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1
    )
    var window = ft_window()
    (window.batch, window.groups) = (2, Int32(channels))
    (window.in_depth, window.out_depth, window.kernel_depth) = (1, 1, 1)
    (window.stride_depth, window.dilation_depth) = (1, 1)
    (window.dilation_height, window.dilation_width) = (1, 1)
    (window.in_height, window.in_width) = (Int32(height), Int32(width))
    (window.out_height, window.out_width) = (Int32(outHeight), Int32(outWidth))
    (window.in_channels, window.out_channels) = (Int32(channels), Int32(channels))
    (window.kernel_height, window.kernel_width) = (Int32(kernel), Int32(kernel))
    (window.stride_height, window.stride_width) = (Int32(stride), Int32(stride))
    (window.pad_top, window.pad_bottom) = (Int32(padding), Int32(padding))
    (window.pad_left, window.pad_right) = (Int32(padding), Int32(padding))
    var random = SeededValues(seed: UInt64(height * 100 + width))
    let x = random.values(2 * height * width * channels, -1...1).map(Self.rounded)
    let dy = random.values(2 * outHeight * outWidth * channels, -1...1).map(Self.rounded)
    let (wideX, wideDy) = (x.map(Self.wide), dy.map(Self.wide))
    var expected = [Double](repeating: 0, count: kernel * kernel * channels)
    for n in 0..<2 {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              let (iy, ix) = (oy * stride + ky - padding, ox * stride + kx - padding)
              guard 0..<height ~= iy, 0..<width ~= ix else { continue }
              for c in 0..<channels {
                expected[(ky * kernel + kx) * channels + c] +=
                  Double(wideX[((n * height + iy) * width + ix) * channels + c])
                  * Double(wideDy[((n * outHeight + oy) * outWidth + ox) * channels + c])
              }
            }
          }
        }
      }
    }
    var found = [Float](repeating: .nan, count: expected.count)
    ft_depthwise_sums(&window, &found, wideX, wideDy)
    expectClose(found, expected, relative: 1e-5, absolute: 1e-5)
    found = [Float](repeating: .nan, count: expected.count)
    ft_depthwise_sums_bf16(&window, &found, x, dy)
    expectClose(found, expected, relative: 1e-5, absolute: 1e-5)
  }
}
