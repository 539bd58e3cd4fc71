import TensorKernels

/// Centres each feature and scales all of them by one number, so that a row has the mean squared
/// norm 1 and the curvature of the loss is about the same for every network.
struct Normalisation: Sendable {
  /// The mean of each feature.
  let means: [Float]
  let scale: Float

  private static let blockRows = 256

  init(of features: FeatureMatrix) {
    let dimension = features.dimension
    var sums = [Double](repeating: 0, count: dimension)
    features.values.withUnsafeBufferPointer { values in
      for row in 0..<features.rows {
        for column in 0..<dimension { sums[column] += Double(values[row * dimension + column]) }
      }
    }
    let means = sums.map { Float($0 / Double(features.rows)) }
    var squares = 0.0
    features.values.withUnsafeBufferPointer { values in
      for row in 0..<features.rows {
        for column in 0..<dimension {
          let deviation = Double(values[row * dimension + column] - means[column])
          squares += deviation * deviation
        }
      }
    }
    self.means = means
    let meanSquare = squares / Double(features.rows)
    scale = meanSquare > 0 ? Float(1 / meanSquare.squareRoot()) : 1
  }

  /// (x − mean) · scale for every row.
  func apply(to features: FeatureMatrix, pool: WorkerPool) -> FeatureMatrix {
    let dimension = features.dimension
    let result = FloatBuffer(count: features.values.count)
    let blocks = (features.rows + Self.blockRows - 1) / Self.blockRows
    pool.forEach(blocks) { _, block in
      features.values.withUnsafeBufferPointer { values in
        let last = min((block + 1) * Self.blockRows, features.rows)
        for row in block * Self.blockRows..<last {
          for column in 0..<dimension {
            let index = row * dimension + column
            result.pointer[index] = (values[index] - means[column]) * scale
          }
        }
      }
    }
    return FeatureMatrix(
      rows: features.rows, dimension: dimension,
      values: result.array(count: features.values.count))
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
