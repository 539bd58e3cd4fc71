import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// What a classifier says of every part of a large photo, in one pass: the network in its fully convolutional form
/// (`Network.convolutionalised`), as if the classifier had been slid over the photo.
public struct ClassMap: Sendable {
  /// The photo at the size that the network read.
  public let view: Image
  /// In the order of the classifier's outputs.
  public let labels: [String]
  /// Places from top to bottom.
  public let rows: Int
  /// Places from left to right.
  public let columns: Int
  /// `[rows, columns, labels]`, `0...1`.
  public let probabilities: [Float]

  /// - Parameters:
  ///   - photo: of any size.
  ///   - classifier: whose network can slide: behind its last image there are pooling, dense layers and the like.
  ///   - scale: how large the photo is read, `1...16`: it just covers so many times the size of the network's
  ///     input, in its own shape. At 1 a photo of the input's shape gives a map of one place, and what the
  ///     classifier says of it (squashed).
  ///   - pool: whose workers compute.
  /// - Throws: `UsageError` for a network that cannot slide, or a size that is too large; `BackendError`.
  public init(
    of photo: Image, by classifier: Classifier, scale: Double = 2, pool: WorkerPool
  ) throws {
    let size = try Self.size(of: photo, for: classifier.imageSize, scale)
    view = photo.resized(width: size.width, height: size.height)
    labels = classifier.labels
    let network: Network
    do {
      network = try classifier.network.convolutionalised(
        input: [size.height, size.width, classifier.network.inputShape.channels])
    } catch {
      throw UsageError("the classifier gives no map of classes: \(error)")
    }
    let executor = try makeExecutor(
      network, NetworkWeights(network, network.reshaping(classifier.tensors)),
      ExecutionOptions(batchSize: 1), backend: classifier.backend, pool: pool)
    var input = [Float](repeating: 0, count: network.inputShape.count)
    classifier.preprocessing.write(view, to: &input)
    var outputs = [Float](repeating: 0, count: executor.outputCount)
    try executor.infer(input, count: 1, into: &outputs)
    (rows, columns) = (network.outputShape[0], network.outputShape[1])
    let width = network.outputShape[2]
    probabilities = outputs.withUnsafeBufferPointer { outputs in
      stride(from: 0, to: outputs.count, by: width).flatMap {
        classifier.form.probabilities(UnsafeBufferPointer(rebasing: outputs[$0..<$0 + width]))
      }
    }
  }

  /// The most pixels that a photo is read with.
  private static let mostPixels = 64_000_000.0

  /// - Throws: `UsageError` for a scale that makes no sense.
  private static func size(
    of photo: Image, for input: ImageSize, _ scale: Double
  ) throws(UsageError) -> ImageSize {
    guard 1...16 ~= scale else {
      throw UsageError(
        "the photo is to be read at \(scale) times the network's size, expected 1 to 16")
    }
    let factor = max(
      scale * Double(input.height) / Double(photo.height),
      scale * Double(input.width) / Double(photo.width))
    let (height, width) = (factor * Double(photo.height), factor * Double(photo.width))
    guard height * width <= mostPixels else {
      throw UsageError(
        "a photo of \(photo.width)×\(photo.height) pixels would be read at \(Int(width))×\(Int(height)), more than "
          + "\(Int(mostPixels / 1e6)) million pixels; choose a smaller scale or cut the photo")
    }
    return ImageSize(
      height: max(input.height, Int(height.rounded())),
      width: max(input.width, Int(width.rounded())))
  }

  /// The probability of one label at every place.
  public func map(of label: Int) -> HeatMap {
    HeatMap(
      rows: rows, columns: columns,
      values: stride(from: label, to: probabilities.count, by: labels.count).map {
        probabilities[$0]
      })
  }

  /// The most probable label at every place, row by row.
  public var best: [Int] {
    stride(from: 0, to: probabilities.count, by: labels.count).map { start in
      labels.indices.max { probabilities[start + $0] < probabilities[start + $1] } ?? 0
    }
  }

  /// A label on the picture.
  public struct Key: Hashable, Sendable, Codable {
    /// The label's name.
    public let label: String
    /// Places where it is the most probable.
    public let places: Int
    /// As `#rrggbb`.
    public let colour: String
  }

  /// The labels that are the most probable anywhere, the most frequent first.
  private var ranking: [(label: Int, places: Int)] {
    var counts: [Int: Int] = [:]
    for label in best { counts[label, default: 0] += 1 }
    return counts.map { ($0.key, $0.value) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }
  }

  /// What the colours of `picture` mean; labels behind the first 12 are grey.
  public var key: [Key] {
    let ranking = ranking
    let colours = Self.colours(ranking.count)
    return zip(ranking, colours).map { entry, colour in
      Key(
        label: labels[entry.label], places: entry.places,
        colour: "#"
          + [colour.x, colour.y, colour.z].map { String(format: "%02x", Int($0)) }.joined())
    }
  }

  private static func colours(_ count: Int) -> [SIMD3<UInt8>] {
    let named = min(count, 12)
    return ColourMap.kinds(named)
      + [SIMD3<UInt8>](repeating: SIMD3(repeating: 128), count: count - named)
  }

  /// The view, and beside it the view under the colour of each place's most probable label, the more opaque the
  /// more probable it is.
  public var picture: Image {
    let ranking = ranking
    let colours = Dictionary(
      uniqueKeysWithValues: zip(ranking.map(\.label), Self.colours(ranking.count)))
    let best = best
    func place(_ pixel: Int) -> Int {
      pixel / view.width * rows / view.height * columns + pixel % view.width * columns / view.width
    }
    var cover = view
    for pixel in 0..<view.width * view.height {
      guard let colour = colours[best[place(pixel)]] else { continue }
      for channel in 0..<3 { cover.pixels[pixel * 3 + channel] = colour[channel] }
    }
    let over = view.covered(by: cover) { pixel in
      let place = place(pixel)
      return 0.8 * probabilities[place * labels.count + best[place]]
    }
    return PictureGrid([view, over], columns: 2).image
  }

  /// The view, and beside it the view under the probability of one label, from 0 to 1.
  public func picture(of label: Int) -> Image {
    PictureGrid([view, map(of: label).over(view, range: 0...1)], columns: 2).image
  }
}
