internal import CKernels

/// Arithmetic on matrices whose rows are `channels` values, for folding norms into kernels and back.
package enum ChannelMath {
  /// destination[r, c] = source[r, c] · scale[c]; both may be the same memory.
  package static func scale(
    _ source: UnsafePointer<Float>, by scale: UnsafePointer<Float>,
    into destination: UnsafeMutablePointer<Float>, rows: Int, channels: Int
  ) {
    ft_channel_affine(destination, source, scale, nil, ft_activation(.linear), rows, channels)
  }

  /// products[c] = Σ a[r, c] · b[r, c]; `sums` receives Σ a[r, c].
  package static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>, rows: Int,
    channels: Int
  ) {
    ft_channel_sums(sums, products, a, b, 0, rows, channels)
  }

  /// sums[c] = Σ a[r, c].
  package static func sums(
    _ a: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>, rows: Int, channels: Int
  ) {
    ft_channel_sums(sums, nil, a, nil, 0, rows, channels)
  }
}
