import TensorKernels

/// Centres each feature and scales all of them by one number, so that a row has the mean squared
/// norm 1 and the curvature of the loss is about the same for every network.
struct Normalisation: Sendable {
  /// The mean of each feature.
  let means: [Float]
  let scale: Float

  init(of features: FeatureMatrix) {
    let dimension = features.dimension
    var sums = [Double](repeating: 0, count: dimension)
    for row in 0..<features.rows {
      features.withRow(row) { values in
        for column in 0..<dimension { sums[column] += Double(values[column]) }
      }
    }
    let means = sums.map { Float($0 / Double(features.rows)) }
    var squares = 0.0
    for row in 0..<features.rows {
      features.withRow(row) { values in
        for column in 0..<dimension {
          let deviation = Double(values[column] - means[column])
          squares += deviation * deviation
        }
      }
    }
    self.means = means
    let meanSquare = squares / Double(features.rows)
    scale = meanSquare > 0 ? Float(1 / meanSquare.squareRoot()) : 1
  }

  /// Leaves features of this dimension as they are.
  init(identityOf dimension: Int) {
    means = [Float](repeating: 0, count: dimension)
    scale = 1
  }

  /// Writes (x − mean) · scale for some rows, behind one another.
  func write(
    _ rows: Range<Int>, of features: FeatureMatrix, to destination: UnsafeMutablePointer<Float>
  ) {
    means.withUnsafeBufferPointer { means in
      for (position, row) in rows.enumerated() {
        let target = destination + position * means.count
        features.withRow(row) { values in
          for column in means.indices { target[column] = (values[column] - means[column]) * scale }
        }
      }
    }
  }

  /// Kernel and bias for features as they are: (x − mean) · scale · W + b = x · (scale · W) + b′.
  func fold(_ point: [Double], classes: Int) -> (kernel: Tensor, bias: Tensor) {
    let dimension = means.count
    var kernel = [Float](repeating: 0, count: dimension * classes)
    var shift = [Double](repeating: 0, count: classes)
    for row in 0..<dimension {
      for unit in 0..<classes {
        let value = Float(point[row * classes + unit] * Double(scale))
        kernel[row * classes + unit] = value
        shift[unit] += Double(means[row]) * Double(value)
      }
    }
    let bias = (0..<classes).map { Float(point[dimension * classes + $0] - shift[$0]) }
    return (Tensor([dimension, classes], kernel), Tensor([classes], bias))
  }
}
