import CKernels
import Foundation
import TestSupport
import Testing

@Suite("Layer norms and GELU")
struct LayerNormTests {
  /// Rows and columns that fill no vector, some with a rest, and several blocks.
  static let sizes = [(3, 1), (5, 7), (4, 16), (9, 96), (2, 131), (3, 2500)]

  @Test("over bfloat16 do what they do over Float32, rounded once", arguments: sizes)
  func bfloat16(rows: Int, columns: Int) {
    let count = rows * columns
    var random = SeededValues(seed: UInt64(count))
    let x = random.values(count, -3...5).map(Bfloat16LoopTests.rounded)
    let dy = random.values(count, -1...1).map(Bfloat16LoopTests.rounded)
    let parameters = random.values(2 * columns, -2...2)
    let (wideX, wideDy) = (x.map(Bfloat16LoopTests.wide), dy.map(Bfloat16LoopTests.wide))
    var (half, float) = ([UInt16](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var saved = [Float](repeating: 0, count: 2 * rows)
    var savedOfHalf = saved
    ft_layer_norm(&float, wideX, parameters, &saved, 1e-6, rows, columns)
    ft_layer_norm_bf16(&half, x, parameters, &savedOfHalf, 1e-6, rows, columns)
    #expect(half == float.map(Bfloat16LoopTests.rounded))
    #expect(saved == savedOfHalf)
    var sums = [Float](repeating: .nan, count: 2 * columns)
    var sumsOfHalf = sums
    ft_layer_norm_gradient(&float, &sums, wideDy, wideX, parameters, saved, rows, columns)
    ft_layer_norm_gradient_bf16(&half, &sumsOfHalf, dy, x, parameters, saved, rows, columns)
    #expect(half == float.map(Bfloat16LoopTests.rounded))
    #expect(sums == sumsOfHalf)
    var without = [Float](repeating: 0, count: count)
    ft_layer_norm_gradient(&without, nil, wideDy, wideX, parameters, saved, rows, columns)
    #expect(without == float)
  }

  @Test("a norm of rows far from 0 loses nothing to their mean")
  func centred() {
    let columns = 3000
    var random = SeededValues(seed: 1)
    let values = random.values(columns, -1...1)
    let parameters = [Float](repeating: 1, count: columns) + [Float](repeating: 0, count: columns)
    var saved: [Float] = [0, 0]
    var y = values
    let moved = values.map { $0 + 1000 }
    ft_layer_norm(&y, moved, parameters, &saved, 1e-6, 1, columns)
    let mean = moved.reduce(0.0) { $0 + Double($1) } / Double(columns)
    let variance =
      moved.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(columns)
    expectClose(
      y, moved.map { (Double($0) - mean) / (variance + 1e-6).squareRoot() }, relative: 2e-4)
  }

  @Test("GELU and its derivative keep their digits, also where they are nearly 0")
  func gelu() {
    let x = (0...4000).map { Float($0 - 2000) / 200 }
    var (y, slope) = (x, x)
    ft_activate_keeping(&y, &slope, x, ft_activation(kind: Int32(FT_GELU), parameter: 0), x.count)
    for (index, value) in x.enumerated() {
      let x = Double(value)
      let below = erfc(-x / 2.0.squareRoot()) / 2
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      #expect(abs(Double(y[index]) - x * below) <= 2e-7 * max(1, abs(x)))
      #expect(abs(Double(y[index]) - x * below) <= 5e-6 * abs(x * below), "\(x)")
      #expect(abs(Double(slope[index]) - below - x * density) <= 4e-7)
    }
  }
}
