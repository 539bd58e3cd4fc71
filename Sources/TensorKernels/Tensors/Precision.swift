internal import CKernels

/// How the values between layers are stored. Weights, their gradients, the loss and all sums are Float32
/// with both.
public enum Precision: String, CaseIterable, Codable, Hashable, Sendable {
  /// 32 bits, IEEE 754.
  case float32
  /// The upper half of a Float32: its range, with 8 significant bits.
  case bfloat16

  /// Bytes of one value.
  package var byteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    }
  }

  /// Whether this processor computes with such values itself. Others imitate bfloat16, slower than
  /// Float32.
  public var isNative: Bool {
    switch self {
    case .float32: true
    case .bfloat16: ft_has_bfloat16() != 0
    }
  }

  /// Whether products of such values are at least as fast here as those of Float32. Where they are not,
  /// convolutions widen their images and compute in Float32.
  package var hasFastProducts: Bool {
    switch self {
    case .float32: true
    case .bfloat16: ft_has_fast_bfloat16() != 0
    }
  }
}

extension Region {
  /// Stores Float32 values.
  package func store(_ values: UnsafePointer<Float>, count: Int, as precision: Precision) {
    switch precision {
    case .float32: floats.update(from: values, count: count)
    case .bfloat16: ft_narrow(halves, values, count)
    }
  }

  /// The values as bfloat16.
  package var halves: UnsafeMutablePointer<UInt16> { pointer.assumingMemoryBound(to: UInt16.self) }

  /// The place so many bytes further.
  package func advanced(byBytes count: Int) -> Region { Region(buffer, offset: offset + count) }
}
