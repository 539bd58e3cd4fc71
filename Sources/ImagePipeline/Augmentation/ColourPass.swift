internal import CKernels
import Glibc

/// Carries out operations on a view's bytes, in place.
///
/// Those that replace each byte by a function of it (and of how often each occurs) are composed to one
/// table first: any number of them in a row costs one pass, and one more to count.
struct ColourPass {
  let pixels: UnsafeMutablePointer<UInt8>
  let width: Int
  let height: Int
  let scratch: ScratchMemory
  private var table: [UInt8]?
  /// Of the bytes as they are in memory.
  private var counts: [UInt32]?

  private init(
    _ pixels: UnsafeMutablePointer<UInt8>, width: Int, height: Int, scratch: ScratchMemory
  ) {
    self.pixels = pixels
    self.width = width
    self.height = height
    self.scratch = scratch
  }

  static func run(
    _ operations: [ColourOperation], on pixels: UnsafeMutablePointer<UInt8>, width: Int,
    height: Int, scratch: ScratchMemory
  ) {
    var pass = ColourPass(pixels, width: width, height: height, scratch: scratch)
    for operation in operations { pass.run(operation) }
    pass.finish()
  }

  private var count: Int { width * height }

  private mutating func run(_ operation: ColourOperation) {
    switch operation {
    case .brightness(let factor):
      apply { _, byte in Self.byte(Double(byte) * factor) }
    case .contrast(let factor):
      let mean = meanLuma()
      apply { _, byte in Self.byte(mean + factor * (Double(byte) - mean)) }
    case .posterize(let bits):
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      apply { _, byte in byte & mask }
    case .solarize(let threshold):
      apply { _, byte in Int(byte) >= threshold ? 255 - byte : byte }
    case .autocontrast:
      let stretches = channelCounts().map(Self.stretch)
      apply { channel, byte in stretches[channel][Int(byte)] }
    case .equalize:
      let levels = channelCounts().map(Self.equalizing)
      apply { channel, byte in levels[channel][Int(byte)] }
    case .saturation(let factor):
      finish()
      ft_saturate(pixels, count, Float(factor))
    case .grayscale:
      finish()
      ft_saturate(pixels, count, 0)
    case .hue(let turn):
      finish()
      ft_turn_hue(pixels, count, Float(turn))
    case .sharpness(let factor):
      finish()
      let copy = scratch.reserve(count * 3)
      copy.update(from: pixels, count: count * 3)
      ft_sharpen(pixels, copy, Int32(width), Int32(height), Float(factor))
    case .blur(let sigma):
      finish()
      blur(sigma)
    }
  }

  // MARK: tables

  private static func byte(_ value: Double) -> UInt8 {
    UInt8(min(255, max(0, (value + 0.5).rounded(.down))))
  }

  private mutating func apply(_ change: (_ channel: Int, _ byte: UInt8) -> UInt8) {
    table = (0..<768).map { place in
      change(place >> 8, table?[place] ?? UInt8(truncatingIfNeeded: place))
    }
  }

  /// Writes what is pending.
  private mutating func finish() {
    counts = nil
    guard let table else { return }
    ft_lookup(pixels, count, table)
    self.table = nil
  }

  /// How often each byte occurs in each channel after what is pending.
  private mutating func channelCounts() -> [[Int]] {
    let stored: [UInt32]
    if let counts {
      stored = counts
    } else {
      stored = [UInt32](unsafeUninitializedCapacity: 768) { buffer, initialized in
        ft_histogram(pixels, count, buffer.baseAddress)
        initialized = 768
      }
      counts = stored
    }
    var result = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
    for place in 0..<768 {
      result[place >> 8][Int(table?[place] ?? UInt8(truncatingIfNeeded: place))] += Int(
        stored[place])
    }
    return result
  }

  private mutating func meanLuma() -> Double {
    let sums = channelCounts().map { channel in
      Double(channel.enumerated().reduce(0) { $0 + $1.offset * $1.element })
    }
    return (0.299 * sums[0] + 0.587 * sums[1] + 0.114 * sums[2]) / Double(count)
  }

  private static func stretch(_ counts: [Int]) -> [UInt8] {
    let low = counts.firstIndex { $0 > 0 } ?? 0
    let high = counts.lastIndex { $0 > 0 } ?? 255
    guard high > low else { return (0...255).map { UInt8($0) } }
    return (0...255).map { byte(Double($0 - low) * 255 / Double(high - low)) }
  }

  private static func equalizing(_ counts: [Int]) -> [UInt8] {
    let last = counts.last { $0 > 0 } ?? 0
    let step = (counts.reduce(0, +) - last) / 255
    guard step > 0 else { return (0...255).map { UInt8($0) } }
    var sum = step / 2
    return counts.map { count in
      defer { sum += count }
      return UInt8(min(255, sum / step))
    }
  }

  // MARK: neighbours

  private func blur(_ sigma: Double) {
    let radius = max(1, Int((3 * sigma).rounded(.up)))
    let heights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = heights.reduce(0, +)
    let floats = (width * (height + 2) + 2 * radius) * 3
    scratch.reserve(floats * 4).withMemoryRebound(to: Float.self, capacity: floats) {
      ft_blur(
        pixels, Int32(width), Int32(height), heights.map { Float($0 / sum) }, Int32(radius), $0)
    }
  }
}
