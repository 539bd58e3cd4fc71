import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("PCA jitter of colours")
struct ColourBasisTests {
  private func product(_ vectors: [[Double]], _ diagonal: [Double]) -> [[Double]] {
    (0..<3).map { row in
      (0..<3).map { column in
        (0..<3).reduce(0) { $0 + vectors[$1][row] * diagonal[$1] * vectors[$1][column] }
      }
    }
  }

  @Test("the covariance of 10 000 shifts is σ² P Λ² Pᵀ within 5 %", arguments: [0.1, 0.5])
  func covariance(sigma: Double) {
    let jitter = Augmentation.PCAJitter(sigma: sigma)
    var sum = SIMD3<Double>()
    var products = [[Double]](repeating: [0, 0, 0], count: 3)
    let count = 10_000
    for index in 0..<count {
      var random = CounterRandom(seed: 5, epoch: 1, index: UInt64(index))
      let shift = SIMD3<Double>(jitter.draw(&random))
      sum += shift
      for row in 0..<3 {
        for column in 0..<3 { products[row][column] += shift[row] * shift[column] }
      }
    }
    let basis = ColourBasis.imageNet
    let expected = product(basis.vectors, basis.variances.map { sigma * sigma * $0 * $0 })
    let mean = sum / Double(count)
    for row in 0..<3 {
      for column in 0..<3 {
        let found = products[row][column] / Double(count) - mean[row] * mean[column]
        #expect(abs(found / expected[row][column] - 1) < 0.05, "[\(row), \(column)]: \(found)")
      }
    }
  }

  @Test(
    "with the paper's σ and ImageNet's λ a shift is a few of 255 levels, never a destroyed image")
  func units() {
    var largest = 0.0
    var squares = 0.0
    for index in 0..<1000 {
      var random = CounterRandom(seed: 2, epoch: 0, index: UInt64(index))
      let shift = 255 * SIMD3<Double>(Augmentation.PCAJitter().draw(&random))
      largest = max(largest, abs(shift.x), abs(shift.y), abs(shift.z))
      squares += shift.x * shift.x / 1000
    }
    // 255 · 0.1 · 0.2175 · 0.5675 = 3.1 levels of red along the first axis.
    #expect((2.5...4).contains(squares.squareRoot()))
    #expect(largest < 16)
  }

  @Test("the shift is added to all pixels alike, before mean and deviation, and not clamped")
  func input() throws {
    let folder = try TemporaryFolder()
    let white = Image(width: 40, height: 40, pixels: [UInt8](repeating: 255, count: 4800))
    for number in 0..<30 { try folder.write("a/\(number).jpg", JPEG.encode(white, quality: 95)) }
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    var recipe = Augmentation.none
    recipe.pcaJitter = .init(sigma: 0.1)
    for preprocessing in [Preprocessing.caffe, .signed, .torch, .none, .torch.gray] {
      let loader = try BatchLoader(
        Array(0..<30), of: photos[.all], below: folder.url,
        PhotoRecipe(
          size: 8, view: .training(recipe), preprocessing: preprocessing, seed: 8, epoch: 3),
        Batching(of: 30), pool: pool)
      let batch = try #require(loader.next())
      var brighter = 0
      for index in 0..<30 {
        var random = CounterRandom(seed: 8, epoch: 3, index: UInt64(index))
        let shift = recipe.pcaJitter?.draw(&random) ?? SIMD3()
        let colour = shift + 1  // white, in 0...1
        let ordered: [Float] =
          switch preprocessing.channelOrder {
          case .rgb: [colour.x, colour.y, colour.z]
          case .bgr: [colour.z, colour.y, colour.x]
          case .gray: [0.299 * colour.x + 0.587 * colour.y + 0.114 * colour.z]
          }
        if shift.x > 0 { brighter += 1 }
        let channels = preprocessing.channels
        for place in 0..<64 * channels {
          let channel = place % channels
          let expected =
            (255 * ordered[channel] / preprocessing.divisor - preprocessing.mean[channel])
            / preprocessing.deviation[channel]
          let found = batch.pixels[index * 64 * channels + place]
          #expect(abs(found - expected) <= 1e-4 * max(1, abs(expected)))
        }
      }
      #expect((5...25).contains(brighter))
    }
  }

  @Test("dsyev's vectors diagonalise a matrix")
  func eigen() {
    let matrix: [[Double]] = [
      [4, 1, -2, 0.5], [1, 3, 0, 2], [-2, 0, 5, 1], [0.5, 2, 1, -1],
    ]
    let eigen = SymmetricEigen(matrix)
    #expect(eigen.values == eigen.values.sorted())
    #expect(abs(eigen.values.reduce(0, +) - 11) < 1e-12)
    for (value, vector) in zip(eigen.values, eigen.vectors) {
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
      for row in 0..<4 {
        let image = zip(matrix[row], vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(image - value * vector[row]) < 1e-12)
      }
    }
    #expect(SymmetricEigen([[7]]).values == [7])
  }

  @Test("the basis of photos is that of their pixels, with any number of threads")
  func ofPhotos() throws {
    let folder = try TemporaryFolder()
    var covariance = [[Double]](repeating: [0, 0, 0], count: 3)
    var mean = [0.0, 0, 0]
    var pixels: [[Double]] = []
    for number in 0..<6 {
      let image = Image.gradient(64, 64, blue: UInt8(40 * number))
      try folder.write("a/\(number).jpg", JPEG.encode(image, quality: 100))
      let decoded = try decodeImage(contentsOf: folder.url.appending(path: "a/\(number).jpg"))
      for y in 0..<64 {
        for x in 0..<64 { pixels.append(decoded[x, y].map { Double($0) / 255 }) }
      }
    }
    for pixel in pixels {
      for row in 0..<3 { mean[row] += pixel[row] / Double(pixels.count) }
    }
    for pixel in pixels {
      for row in 0..<3 {
        for column in 0..<3 {
          covariance[row][column] +=
            (pixel[row] - mean[row]) * (pixel[column] - mean[column]) / Double(pixels.count)
        }
      }
    }
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    func basis(_ workers: Int) throws -> ColourBasis {
      try ColourBasis(
        of: photos[.all], order: Array(0..<6), root: folder.url, pool: WorkerPool(count: workers))
    }
    let found = try basis(1)
    try found.validate()
    #expect(found == (try basis(4)))
    #expect(found.variances == found.variances.sorted(by: >))
    let restored = product(found.vectors, found.variances)
    for row in 0..<3 {
      for column in 0..<3 {
        #expect(abs(restored[row][column] - covariance[row][column]) < 1e-9)
      }
    }
    #expect(throws: ImageError.self) {
      try ColourBasis(of: [Photo(path: "gone.jpg")], order: [0], root: folder.url, pool: pool)
    }
  }

  @Test(
    "photos of ImageNet have nearly the axes that are known of ImageNet",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func imageNet() throws {
    let photos = try Photos.scanFlat(TestData.url("photos"), pool: pool)
    let all = photos[.all]
    let found = try ColourBasis(
      of: all, order: Array(all.indices), root: photos.root, pool: pool)
    let known = ColourBasis.imageNet
    for axis in 0..<2 {
      let cosine = zip(found.vectors[axis], known.vectors[axis]).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(cosine) > 0.97, "axis \(axis): \(found)")
      #expect((0.6...1.6).contains(found.variances[axis] / known.variances[axis]), "\(found)")
    }
  }
}
