import Evaluation
import Glibc
import TensorKernels

/// What the features of the photos look like that a classifier knows, to tell photos of another kind by.
///
/// A photo's distance is that of its features, scaled to the length 1, from the nearest mean of a class, measured in the
/// spread of the photos around their means: Mahalanobis's distance (Lee et al. 2018; features of the length 1 after Müller
/// and Hein 2025), with the covariance of Ledoit and Wolf (2004). It tells what is far from all classes; photos between two of
/// them, and other things that look alike, it does not.
package struct KnownPhotos: Hashable, Sendable {
  /// R of R · Rᵀ = Σ⁻¹, `[dimension, dimension]`.
  package let root: Tensor
  /// The means of the classes that have photos, as products with R, `[means, dimension]`.
  package let means: Tensor
  /// Distances of photos from what was learnt from others, ascending.
  package let usual: [Float]

  private static let folds = 5

  /// - Precondition: the shapes agree, and there is a mean.
  package init(root: Tensor, means: Tensor, usual: [Float]) {
    precondition(
      root.shape == [root.shape[0], root.shape[0]] && means.shape[1] == root.shape[0]
        && means.shape[0] > 0, "a root of \(root.shape) for means of \(means.shape)")
    self.root = root
    self.means = means
    self.usual = usual
  }

  /// Learns what known photos look like; each fifth of them tells how far from the other four photos usually are.
  /// - Parameters:
  ///   - known: of at least two pictures.
  ///   - classes: how many there are.
  ///   - seed: decides the fifths.
  /// - Returns: `nil` where there are fewer, or features that do not differ.
  package init?(
    _ known: LabelledFeatures, classes: Int, seed: UInt64, multiplier: any MatrixMultiplier,
    pool: WorkerPool
  ) {
    guard
      let whole = FeatureSpread(
        known.features, labels: known.labels, classes: classes, multiplier: multiplier, pool: pool)
    else { return nil }
    let usual = Self.distancesOfEach(
      known, classes: classes, seed: seed, multiplier: multiplier, pool: pool
    ).map(\.distance)
    guard !usual.isEmpty else { return nil }
    self.init(root: whole.root, means: whole.means, usual: usual.sorted())
    guard isSound else { return nil }
  }

  /// How far each photo is from what was learnt from others, the other four fifths.
  /// - Returns: of the rows of which others tell something.
  package static func distancesOfEach(
    _ known: LabelledFeatures, classes: Int, seed: UInt64, multiplier: any MatrixMultiplier,
    pool: WorkerPool
  ) -> [(row: Int, distance: Float)] {
    let folds = StratifiedFolds(
      labels: known.labels.map(Int32.init), classes: classes, maximum: Self.folds, seed: seed,
      groups: known.groups)
    return (0..<folds.count).flatMap { fold -> [(row: Int, distance: Float)] in
      let left = known.labels.indices.filter { folds.fold[$0] == fold }
      let others = known.labels.indices.filter { folds.fold[$0] != fold }
      let rest = FeatureSpread(
        known.features.selecting(others), labels: others.map { known.labels[$0] },
        classes: classes, multiplier: multiplier, pool: pool)
      guard !left.isEmpty, let rest else { return [] }
      let distances = KnownPhotos(root: rest.root, means: rest.means, usual: []).distances(
        of: known.features.selecting(left), multiplier: multiplier)
      return zip(left, distances).map { (row: $0, distance: $1) }
    }
  }

  /// Values of a photo's features.
  package var dimension: Int { root.shape[0] }

  /// How far photos are from the nearest mean; infinitely far where that is no number, as it is where what is known is not
  /// sound or features are not finite.
  /// - Precondition: rows of `dimension` features.
  package func distances(of features: FeatureMatrix, multiplier: any MatrixMultiplier) -> [Float] {
    precondition(features.dimension == dimension, "rows of \(dimension) features")
    let rows = UnitRows(features)
    let spread = multiplier.products(rows.values, rows.count, root)
    let count = means.shape[0]
    let products = multiplier.products(spread, rows.count, means, transposed: true)
    let (lengths, centres) = (rowSquares(spread, dimension), rowSquares(means.values, dimension))
    return (0..<rows.count).map { row in
      let nearest = (0..<count).map { mean in
        lengths[row] + centres[mean] - 2 * Double(products[row * count + mean])
      }.min()
      guard let nearest, !nearest.isNaN else { return .infinity }
      return Float(max(0, nearest).squareRoot())
    }
  }

  /// The share of known photos that are nearer than a distance, `0...1`.
  package func share(nearerThan distance: Float) -> Double {
    Self.share(of: usual, nearerThan: distance)
  }

  /// The share of distances, ascending, that are smaller than another one, `0...1`.
  package static func share(of distances: [Float], nearerThan distance: Float) -> Double {
    // How many are smaller.
    var (low, high) = (0, distances.count)
    while low < high {
      let middle = (low + high) / 2
      if distances[middle] < distance { low = middle + 1 } else { high = middle }
    }
    return Double(low) / Double(distances.count)
  }

  /// The distance that so many known photos do not exceed.
  /// - Returns: `nil` where there are too few of them to say so.
  package func limit(for share: Double) -> Float? {
    let rank = Int((Double(usual.count + 1) * share).rounded(.up))
    return rank <= usual.count ? usual[max(rank, 1) - 1] : nil
  }
}

/// Means and spread of features of the length 1.
private struct FeatureSpread {
  let root: Tensor
  let means: Tensor

  init?(
    _ features: FeatureMatrix, labels: [Int], classes: Int, multiplier: any MatrixMultiplier,
    pool: WorkerPool
  ) {
    let (rows, dimension) = (UnitRows(features), features.dimension)
    let centres = ClassMeans(rows, labels: labels, classes: classes)
    var centred = rows.values
    for (row, label) in labels.enumerated() {
      for column in 0..<dimension {
        centred[row * dimension + column] -= centres.ofClass[label * dimension + column]
      }
    }
    let matrix = FeatureMatrix(rows: rows.count, dimension: dimension, values: centred)
    guard rows.count > 0, let shrunk = Self.covariance(matrix, centred, multiplier, pool),
      let root = inverseCholesky(shrunk, size: dimension)
    else { return nil }
    self.root = Tensor([dimension, dimension], root.map(Float.init))
    let present = centres.present.count
    let values = centres.present.flatMap {
      centres.ofClass[$0 * dimension..<($0 + 1) * dimension]
    }
    means = Tensor([present, dimension], multiplier.products(values, present, self.root))
  }

  /// (1 − s) · S + s · m · I, S being the covariance and m the mean of its diagonal, with the s of Ledoit and Wolf.
  /// - Returns: `nil` where nothing differs.
  private static func covariance(
    _ rows: FeatureMatrix, _ centred: [Float], _ multiplier: any MatrixMultiplier,
    _ pool: WorkerPool
  ) -> [Double]? {
    let dimension = rows.dimension
    let sample = secondMoments(
      of: rows, normalisation: Normalisation(identityOf: dimension), multiplier: multiplier,
      pool: pool
    ).map(Double.init)
    let (count, size) = (Double(rows.rows), Double(dimension))
    let level = (0..<dimension).reduce(0) { $0 + sample[$1 * dimension + $1] } / size
    guard level > 0, level.isFinite else { return nil }
    let squares = sample.reduce(0) { $0 + $1 * $1 }
    // ‖S − mI‖², and the mean over the rows of ‖xxᵀ − S‖², divided by their number.
    let distance = squares - size * level * level
    let lengths = rowSquares(centred, dimension)
    let fourth = (0..<rows.rows).reduce(0.0) { sum, row in
      sum + lengths[row] * lengths[row]
    }
    let noise = min((fourth / count - squares) / count, distance)
    let shrinkage = distance > 0 ? max(0, noise / distance) : 1
    return sample.indices.map { place in
      let isDiagonal = place % (dimension + 1) == 0
      // What has no spread of its own has a little of the mean one, so that there is an inverse.
      return (1 - shrinkage) * sample[place]
        + (isDiagonal ? max(shrinkage, 1e-6) * level : 0)
    }
  }
}

/// The means of rows by class.
struct ClassMeans {
  /// `[classes, dimension]`; zeros for a class without rows.
  let ofClass: [Float]
  /// The classes that have rows, ascending.
  let present: [Int]

  init(_ rows: UnitRows, labels: [Int], classes: Int) {
    let dimension = rows.dimension
    var counts = [Int](repeating: 0, count: classes)
    var sums = [Double](repeating: 0, count: classes * dimension)
    for (row, label) in labels.enumerated() {
      counts[label] += 1
      for column in 0..<dimension {
        sums[label * dimension + column] += Double(rows.values[row * dimension + column])
      }
    }
    ofClass = sums.indices.map { Float(sums[$0] / Double(max(1, counts[$0 / dimension]))) }
    present = counts.indices.filter { counts[$0] > 0 }
  }
}

/// The sums of the squares of rows of so many values.
private func rowSquares(_ values: [Float], _ dimension: Int) -> [Double] {
  stride(from: 0, to: values.count, by: dimension).map { start in
    values[start..<start + dimension].reduce(0.0) { $0 + Double($1) * Double($1) }
  }
}

extension MatrixMultiplier {
  /// Rows times a matrix, or times a transposed one.
  fileprivate func products(
    _ rows: [Float], _ count: Int, _ matrix: Tensor, transposed: Bool = false
  ) -> [Float] {
    let width = matrix.shape[transposed ? 0 : 1]
    return [Float](unsafeUninitializedCapacity: count * width) { products, initialized in
      rows.withUnsafeBufferPointer { rows in
        matrix.values.withUnsafeBufferPointer { matrix in
          guard let rows = rows.baseAddress, let values = matrix.baseAddress,
            let target = products.baseAddress
          else { return }
          multiply(
            rows: count, columns: width, depth: matrix.count / width, rows, transposeA: false,
            values, transposeB: transposed, into: target, accumulating: false)
          initialized = count * width
        }
      }
    }
  }
}
