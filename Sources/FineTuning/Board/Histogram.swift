import Foundation

/// How numbers are distributed: counts in buckets whose width grows with the magnitude.
public struct Histogram: Codable, Hashable, Sendable {
  /// Of the finite values; 0 without any.
  public var minimum = 0.0
  /// Of the finite values; 0 without any.
  public var maximum = 0.0
  /// Of the finite values.
  public var sum = 0.0
  /// Of the finite values; with `sum` and `count` it gives their deviation.
  public var sumOfSquares = 0.0
  /// Values that are infinite or no number, in no bucket.
  public var notFinite = 0
  /// The upper end of each bucket, ascending; the lower end is the one before, and below it all for the
  /// first bucket.
  public var limits: [Double] = []
  /// Values in each bucket.
  public var counts: [Int] = []

  /// Finite values.
  public var count: Int { counts.reduce(0, +) }

  /// The sign, the exponent and so many bits behind the point make the key of a bucket: four buckets
  /// for each power of two.
  private static let fractionBits = 2
  private static let keyShift = UInt32(23 - fractionBits)
  /// Keys of one sign.
  private static let keyCount = 1 << (8 + fractionBits)
  /// Values smaller than the largest by more powers of two than this share a bucket around 0.
  private static let octaves = 24

  /// Counts values.
  package init(_ values: [Float]) { self = values.withUnsafeBufferPointer { Self($0) } }

  /// Counts values.
  package init(_ values: UnsafeBufferPointer<Float>) {
    var keys = [Int](repeating: 0, count: 2 * Self.keyCount)
    var lowest = Float.infinity
    var highest = -Float.infinity
    for value in values {
      guard value.isFinite else {
        notFinite += 1
        continue
      }
      keys[Int(value.bitPattern >> Self.keyShift)] += 1
      lowest = min(lowest, value)
      highest = max(highest, value)
      sum += Double(value)
      sumOfSquares += Double(value) * Double(value)
    }
    guard lowest <= highest else { return }
    minimum = Double(lowest)
    maximum = Double(highest)
    fill(from: keys)
  }

  /// Puts the counts by key in ascending order of the values.
  private mutating func fill(from keys: [Int]) {
    let used = (0..<Self.keyCount).last { keys[$0] + keys[$0 + Self.keyCount] > 0 } ?? 0
    let smallest = max(0, used - Self.octaves << Self.fractionBits)
    for key in stride(from: used, to: smallest, by: -1) {
      add(keys[key + Self.keyCount], upTo: -Self.magnitude(key))
    }
    let around = (0...smallest).reduce(0) { $0 + keys[$1] + keys[$1 + Self.keyCount] }
    add(around, upTo: Self.magnitude(smallest + 1))
    if smallest < used {
      for key in smallest + 1...used { add(keys[key], upTo: Self.magnitude(key + 1)) }
    }
    while counts.last == 0 {
      counts.removeLast()
      limits.removeLast()
    }
  }

  /// Neighbours that are empty become one bucket; none comes first.
  private mutating func add(_ count: Int, upTo limit: Double) {
    if count == 0, counts.isEmpty { return }
    if count == 0, counts.last == 0 {
      limits[limits.count - 1] = limit
    } else {
      counts.append(count)
      limits.append(limit)
    }
  }

  /// The smallest magnitude of a key.
  private static func magnitude(_ key: Int) -> Double {
    key >= keyCount - 1 << fractionBits
      ? Double(Float.greatestFiniteMagnitude) : Double(Float(bitPattern: UInt32(key) << keyShift))
  }
}
