import Foundation
import TensorKernels

/// Fixed filters, to look at their answers or to start a first layer from.
public struct FilterBank: Hashable, Sendable {
  /// One filter of one channel, as a window that is not rotated: what a convolution layer applies.
  public struct Filter: Hashable, Sendable {
    /// What it answers to, for example `vertical edge`, or its angle.
    public let name: String
    /// Row by row.
    public let values: [Float]
  }

  /// Height and width that all filters have.
  public let size: Extent
  /// The filters, in the order in which a kernel made of them has its output channels.
  public let filters: [Filter]

  /// - Precondition: every filter has as many values as the size says.
  public init(size: Extent, _ filters: [Filter]) {
    precondition(
      filters.allSatisfy { $0.values.count == size.count },
      "a filter of this bank has \(size.height) × \(size.width) values")
    self.size = size
    self.filters = filters
  }

  /// A kernel `[height, width, channels, filters]` for a convolution: each filter sees the mean of the
  /// channels.
  public func kernel(channels: Int) -> Tensor {
    tensor(channels: channels, scale: 1 / Float(channels))
  }

  /// A kernel `[height, width, channels, filters]` for a depthwise convolution: each filter sees every
  /// channel by itself.
  public func depthwiseKernel(channels: Int) -> Tensor { tensor(channels: channels, scale: 1) }

  private func tensor(channels: Int, scale: Float) -> Tensor {
    let values = (0..<size.count).flatMap { position in
      (0..<channels).flatMap { _ in filters.map { $0.values[position] * scale } }
    }
    return Tensor([size.height, size.width, channels, filters.count], values)
  }
}

extension FilterBank {
  /// Sobel's derivatives, smoothed by 1 2 1: growing to the right, growing downwards.
  public static let sobel = derivatives(outer: 1, middle: 2)

  /// Scharr's derivatives, smoothed by 3 10 3, whose strength depends least on the direction.
  public static let scharr = derivatives(outer: 3, middle: 10)

  /// Haar's orthonormal basis of 2 × 2 pixels: mean, edges in three directions.
  public static let haar = FilterBank(
    size: 2,
    [
      Filter(name: "mean", values: [0.5, 0.5, 0.5, 0.5]),
      Filter(name: "vertical edge", values: [0.5, -0.5, 0.5, -0.5]),
      Filter(name: "horizontal edge", values: [0.5, 0.5, -0.5, -0.5]),
      Filter(name: "diagonal", values: [0.5, -0.5, -0.5, 0.5]),
    ])

  /// Gabor's filters: waves under a Gaussian (Daugman, 1985), at angles spread evenly over 180°; each
  /// has mean 0 and, unless it is 0 everywhere, length 1.
  ///
  /// - Parameters:
  ///   - size: side in pixels, odd for a filter with a centre.
  ///   - orientations: their number; the first wave runs to the right, the others turn clockwise.
  ///   - wavelength: in pixels.
  ///   - deviation: σ of the Gaussian along the wave, in pixels.
  ///   - aspect: the Gaussian's σ along the wave divided by that across it.
  ///   - phases: of the waves at the centre, in radians: 0 for ridges, π/2 for edges.
  public static func gabor(
    size: Int, orientations: Int, wavelength: Double, deviation: Double, aspect: Double = 1,
    phases: [Double] = [0]
  ) -> FilterBank {
    let centre = Double(size - 1) / 2
    var filters: [Filter] = []
    for orientation in 0..<orientations {
      let angle = Double.pi * Double(orientation) / Double(orientations)
      for phase in phases {
        var values = (0..<(size * size)).map { position in
          let (x, y) = (Double(position % size) - centre, Double(position / size) - centre)
          let along = x * cos(angle) + y * sin(angle)
          let across = (y * cos(angle) - x * sin(angle)) * aspect
          let envelope = exp(-(along * along + across * across) / (2 * deviation * deviation))
          return envelope * cos(2 * .pi * along / wavelength + phase)
        }
        let mean = values.reduce(0, +) / Double(values.count)
        values = values.map { $0 - mean }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { values = values.map { $0 / length } }
        let degrees = 180 * orientation / orientations
        let name = phases.count > 1 ? "\(degrees)°, phase \(phase)" : "\(degrees)°"
        filters.append(Filter(name: name, values: values.map(Float.init)))
      }
    }
    return FilterBank(size: Extent(size), filters)
  }

  private static func derivatives(outer a: Float, middle b: Float) -> FilterBank {
    FilterBank(
      size: 3,
      [
        Filter(name: "rightwards", values: [-a, 0, a, -b, 0, b, -a, 0, a]),
        Filter(name: "downwards", values: [-a, -b, -a, 0, 0, 0, a, b, a]),
      ])
  }
}
