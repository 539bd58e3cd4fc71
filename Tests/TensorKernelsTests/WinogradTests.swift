import Glibc
import TensorKernels
import TestSupport
import Testing

/// The definition of a convolution and of its two gradients, in Float64.
private struct NaiveConvolution {
  let geometry: WindowGeometry

  /// For every output value and every weight that meets an input inside the image.
  private func forEachProduct(_ body: (_ output: Int, _ input: Int, _ weight: Int) -> Void) {
    let g = geometry
    for n in 0..<g.batch {
      for oy in 0..<g.outputHeight {
        for ox in 0..<g.outputWidth {
          for ky in 0..<3 {
            for kx in 0..<3 {
              let (iy, ix) = (oy + ky - g.padTop, ox + kx - g.padLeft)
              guard (0..<g.inputHeight).contains(iy), (0..<g.inputWidth).contains(ix) else {
                continue
              }
              let output = ((n * g.outputHeight + oy) * g.outputWidth + ox) * g.outputChannels
              let input = ((n * g.inputHeight + iy) * g.inputWidth + ix) * g.inputChannels
              let weight = (ky * 3 + kx) * g.inputChannels
              for c in 0..<g.inputChannels {
                for k in 0..<g.outputChannels {
                  body(output + k, input + c, (weight + c) * g.outputChannels + k)
                }
              }
            }
          }
        }
      }
    }
  }

  func output(_ x: [Float], _ weights: [Float]) -> [Double] {
    var y = [Double](repeating: 0, count: geometry.outputCount)
    forEachProduct { y[$0] += Double(x[$1]) * Double(weights[$2]) }
    return y
  }

  func inputGradient(_ dy: [Float], _ weights: [Float]) -> [Double] {
    var dx = [Double](repeating: 0, count: geometry.inputCount)
    forEachProduct { dx[$1] += Double(dy[$0]) * Double(weights[$2]) }
    return dx
  }

  func weightGradient(_ x: [Float], _ dy: [Float]) -> [Double] {
    var gradient = [Double](repeating: 0, count: geometry.kernelCount)
    forEachProduct { gradient[$2] += Double(x[$1]) * Double(dy[$0]) }
    return gradient
  }
}

@Suite("Winograd's minimal filtering")
struct WinogradTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let geometry: WindowGeometry

    init(
      _ description: String, batch: Int, _ height: Int, _ width: Int, _ inputs: Int,
      _ outputs: Int, top: Int = 1, bottom: Int = 1, left: Int = 1, right: Int = 1
    ) {
      testDescription = description
      var geometry = WindowGeometry(
        batch: batch, input: (height, width, inputs),
        output: (height + top + bottom - 2, width + left + right - 2, outputs), kernel: (3, 3))
      (geometry.padTop, geometry.padBottom) = (top, bottom)
      (geometry.padLeft, geometry.padRight) = (left, right)
      geometry.allowsWinograd = true
      self.geometry = geometry
    }
  }

  static let cases = [
    Case("whole tiles", batch: 2, 16, 16, 32, 48),
    Case("tiles that overlap the border, more than a block", batch: 2, 29, 27, 64, 32),
    Case("smaller than a tile", batch: 36, 3, 2, 32, 32),
    Case("without padding", batch: 4, 14, 11, 48, 32, top: 0, bottom: 0, left: 0, right: 0),
    Case("padding on two sides", batch: 4, 13, 12, 32, 64, top: 0, bottom: 1, left: 0, right: 1),
    Case("full padding", batch: 3, 11, 12, 32, 32, top: 2, bottom: 2, left: 2, right: 2),
  ]

  private let backend = OneDNNBackend()
  private let memory = Memory()

  /// Keeps what kernels were bound to: they hold bare pointers.
  private final class Memory {
    var buffers: [Buffer] = []
  }

  private func region(byteCount: Int) throws -> Region {
    let buffer = try backend.allocate(byteCount: byteCount)
    memory.buffers.append(buffer)
    return Region(buffer)
  }

  private func region(_ values: [Float]) throws -> Region {
    let region = try region(byteCount: values.count * MemoryLayout<Float>.stride)
    region.floats.update(from: values, count: values.count)
    return region
  }

  private func values(_ region: Region, _ count: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: region.floats, count: count))
  }

  private func prepare(_ operation: Operation) throws -> (any PreparedKernel, Lane) {
    let kernel = try backend.prepare(operation, .float32, threads: 1)
    #expect(kernel.implementation.hasPrefix("winograd"))
    let lane = try backend.makeLane(scratchByteCount: kernel.scratchByteCount)
    // What another kernel has left there.
    Region(lane.scratch).floats.update(repeating: .nan, count: kernel.scratchByteCount / 4)
    return (kernel, lane)
  }

  /// Runs a kernel that reads weights.
  private func run(
    _ operation: Operation, _ source: [Float], _ weights: [Float], bias: [Float]? = nil,
    startingAs start: [Float]
  ) throws -> [Float] {
    let (kernel, lane) = try prepare(operation)
    let packed = try region(byteCount: kernel.packedByteCount)
    #expect(try kernel.bindPacking(plain: region(weights), packed: packed, on: lane)() == 0)
    let destination = try region(start)
    let call = try kernel.bind(
      Operands(
        source: region(source), weights: packed, bias: bias.map(region),
        destination: destination), on: lane)
    #expect(call() == 0)
    return values(destination, start.count)
  }

  private static let activations: [Activation] = [.linear, .relu, .relu6, .swish]

  @Test("gives the convolution, whatever follows it", arguments: cases)
  func forward(_ example: Case) throws {
    let geometry = example.geometry
    var random = SeededValues(seed: 1)
    let x = random.values(geometry.inputCount, -1...1)
    let weights = random.values(geometry.kernelCount, -0.2...0.2)
    let bias = random.values(geometry.outputChannels, -1...1)
    let residual = random.values(geometry.outputCount, -1...1)
    let sums = NaiveConvolution(geometry: geometry).output(x, weights)
    let magnitude = sums.map(abs).max() ?? 0
    for activation in Self.activations {
      for (hasBias, adds) in [(true, false), (false, true), (true, true)] {
        let found = try run(
          .convolution(geometry, hasBias: hasBias, addsDestination: adds, activation), x, weights,
          bias: hasBias ? bias : nil, startingAs: residual)
        let expected = sums.indices.map { index in
          let sum =
            sums[index] + (hasBias ? Double(bias[index % geometry.outputChannels]) : 0)
            + (adds ? Double(residual[index]) : 0)
          return switch activation {
          case .relu: max(sum, 0)
          case .relu6: min(max(sum, 0), 6)
          case .swish: sum / (1 + exp(-sum))
          default: sum
          }
        }
        // The error is made in the sums, which the activation may cut.
        expectClose(
          found, expected, relative: 0, absolute: 2e-6 * magnitude,
          "\(activation), bias \(hasBias), residual \(adds)")
      }
    }
  }

  @Test("gives the input gradient", arguments: cases)
  func inputGradient(_ example: Case) throws {
    let geometry = example.geometry
    var random = SeededValues(seed: 2)
    let dy = random.values(geometry.outputCount, -1...1)
    let weights = random.values(geometry.kernelCount, -0.2...0.2)
    let found = try run(
      .convolutionInputGradient(geometry), dy, weights,
      startingAs: [Float](repeating: .nan, count: geometry.inputCount))
    expectClose(
      found, NaiveConvolution(geometry: geometry).inputGradient(dy, weights), relative: 2e-6)
  }

  @Test("adds up the weight gradient of micro-batches", arguments: cases)
  func weightGradient(_ example: Case) throws {
    let geometry = example.geometry
    let naive = NaiveConvolution(geometry: geometry)
    let (kernel, lane) = try prepare(.convolutionWeightGradient(geometry, hasBias: true))
    #expect(kernel.accumulates)
    // The first micro-batch overwrites what is there.
    let gradient = try region([Float](repeating: .nan, count: kernel.packedByteCount / 4))
    let biasGradient = try region([Float](repeating: .nan, count: geometry.outputChannels))
    var expected = [Double](repeating: 0, count: geometry.kernelCount)
    var expectedBias = [Double](repeating: 0, count: geometry.outputChannels)
    var random = SeededValues(seed: 3)
    for microBatch in 0..<2 {
      let x = random.values(geometry.inputCount, -1...1)
      let dy = random.values(geometry.outputCount, -1...1)
      lane.isFirst = microBatch == 0
      let call = try kernel.bind(
        Operands(
          source: region(x), second: region(dy), bias: biasGradient, destination: gradient),
        on: lane)
      #expect(call() == 0)
      for (index, value) in naive.weightGradient(x, dy).enumerated() { expected[index] += value }
      for (index, value) in dy.enumerated() {
        expectedBias[index % geometry.outputChannels] += Double(value)
      }
    }
    let plain = try region([Float](repeating: .nan, count: geometry.kernelCount))
    #expect(try kernel.bindUnpacking(packed: gradient, plain: plain, on: lane)() == 0)
    expectClose(values(plain, geometry.kernelCount), expected, relative: 5e-6, "weights")
    expectClose(
      values(biasGradient, geometry.outputChannels), expectedBias, relative: 2e-6, "bias")
  }

  @Test("shows NaN where an input is NaN, whatever the activation", arguments: activations)
  func propagation(_ activation: Activation) throws {
    let geometry = Self.cases[0].geometry
    var x = [Float](repeating: 1, count: geometry.inputCount)
    x[0] = .nan
    let found = try run(
      .convolution(geometry, hasBias: false, addsDestination: false, activation), x,
      [Float](repeating: 1, count: geometry.kernelCount),
      startingAs: [Float](repeating: 0, count: geometry.outputCount))
    #expect(found[0].isNaN)
    // The second image has none.
    #expect(found[(geometry.outputCount / 2)...].allSatisfy { !$0.isNaN })
  }

  @Test("is left to the library where it does not fit or is not allowed")
  func others() throws {
    func implementation(_ change: (inout WindowGeometry) -> Void) throws -> String {
      var geometry = Self.cases[0].geometry
      change(&geometry)
      return try backend.prepare(
        .convolution(geometry, hasBias: true, addsDestination: false, .relu), .float32, threads: 1
      ).implementation
    }
    #expect(try implementation { _ in }.hasPrefix("winograd"))
    let changes: [(inout WindowGeometry) -> Void] = [
      { $0.allowsWinograd = false },
      { ($0.strideHeight, $0.strideWidth, $0.outputHeight, $0.outputWidth) = (2, 2, 8, 8) },
      {
        ($0.dilationHeight, $0.dilationWidth) = (2, 2)
        ($0.outputHeight, $0.outputWidth) = (14, 14)
      },
      { $0.inputChannels = 40 },
      { $0.outputChannels = 16 },
      { $0.groups = 2 },
      { $0.batch = 1 },
    ]
    for (index, change) in changes.enumerated() {
      #expect(try !implementation(change).hasPrefix("winograd"), "change \(index)")
    }
  }
}
