import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Where a classifier looks, asked by experiment: a square of one colour is moved over the photo, and each
/// number is what the label's probability loses while it is there (Zeiler and Fergus, 2014).
///
/// Not `Sendable`: one thread at a time.
public final class Occlusion {
  /// The square's side, in pixels of the network's input.
  public let patch: Int
  /// How far one place of the square is from the next, in pixels.
  public let stride: Int
  private let classifier: Classifier
  private let executor: any Executor
  private static let batchSize = 16

  /// - Parameters:
  ///   - classifier: any that reads photos.
  ///   - patch: the square's side in pixels; `nil`: a seventh of the input's shorter side.
  ///   - stride: from one place to the next, in pixels, at most `patch`; `nil`: half of `patch`.
  ///   - pool: whose workers compute.
  /// - Throws: `UsageError` for a square that does not fit; `BackendError`, `NetworkError`.
  public init(
    _ classifier: Classifier, patch: Int? = nil, stride: Int? = nil, pool: WorkerPool
  ) throws {
    let side = min(classifier.imageSize.height, classifier.imageSize.width)
    self.patch = patch ?? max(1, (side + 6) / 7)
    self.stride = stride ?? max(1, self.patch / 2)
    guard 1...side ~= self.patch else {
      throw UsageError(
        "a square of \(self.patch) pixels does not fit the network's input of "
          + "\(classifier.imageSize); expected 1 to \(side)")
    }
    guard 1...self.patch ~= self.stride else {
      throw UsageError(
        "squares of \(self.patch) pixels that are \(self.stride) apart leave gaps; expected 1 to "
          + "\(self.patch)")
    }
    self.classifier = classifier
    executor = try makeExecutor(
      classifier.network, NetworkWeights(classifier.network, classifier.tensors),
      ExecutionOptions(batchSize: Self.batchSize, precision: classifier.precision),
      backend: classifier.backend, pool: pool)
  }

  /// Which parts of a photo speak for a label.
  ///
  /// The map has a cell for each place of the square, whose centre is the cell's; the square has the view's mean
  /// colour, and is cut off at the borders.
  /// - Parameters:
  ///   - photo: of any size.
  ///   - label: its place among the classifier's; `nil`: the most probable one.
  /// - Throws: `BackendError`.
  public func callAsFunction(_ photo: Image, label: Int? = nil) throws -> PhotoEvidence {
    let seen = classifier.seen(photo)
    let (view, values) = (seen.view, seen.values)
    let whole = Prediction(
      labels: classifier.labels, probabilities: try probabilities(of: [values])[0])
    let answer = label.map(whole.answer) ?? whole.best
    let colour = Self.meanPixel(values, channels: classifier.network.inputShape.channels)
    let rows = (view.height + stride - 1) / stride
    let columns = (view.width + stride - 1) / stride
    var drops: [Float] = []
    let cells = Array(0..<rows * columns)
    for start in Swift.stride(from: 0, to: cells.count, by: Self.batchSize) {
      let part = cells[start..<min(start + Self.batchSize, cells.count)]
      let covered = part.map {
        self.covered(values, width: view.width, row: $0 / columns, column: $0 % columns, colour)
      }
      drops += try probabilities(of: covered).map { answer.probability - $0[answer.index] }
    }
    return PhotoEvidence(
      view: view, map: HeatMap(rows: rows, columns: columns, values: drops), answer: answer)
  }

  private func probabilities(of inputs: [[Float]]) throws -> [[Float]] {
    let width = executor.outputCount
    var outputs = [Float](repeating: 0, count: inputs.count * width)
    try executor.infer(inputs.flatMap(\.self), count: inputs.count, into: &outputs)
    return inputs.indices.map { index in
      outputs[index * width..<(index + 1) * width].withUnsafeBufferPointer {
        classifier.form.probabilities(UnsafeBufferPointer(rebasing: $0[...]))
      }
    }
  }

  /// The input with the square at the centre of a cell.
  private func covered(
    _ values: [Float], width: Int, row: Int, column: Int, _ colour: [Float]
  ) -> [Float] {
    let height = values.count / colour.count / width
    func span(_ cell: Int, of length: Int) -> Range<Int> {
      let first = cell * stride + stride / 2 - patch / 2
      return max(0, first)..<max(max(0, first), min(length, first + patch))
    }
    var result = values
    for y in span(row, of: height) {
      for x in span(column, of: width) {
        for (channel, value) in colour.enumerated() {
          result[(y * width + x) * colour.count + channel] = value
        }
      }
    }
    return result
  }

  /// The mean of each channel.
  private static func meanPixel(_ values: [Float], channels: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: channels)
    for (place, value) in values.enumerated() { sums[place % channels] += Double(value) }
    return sums.map { Float($0 / Double(values.count / channels)) }
  }
}
