import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// Where a classifier looks: gradient-weighted class activation maps (Selvaraju et al., 2017).
///
/// The maps A_k of a layer are added up, each times the mean over its positions of the derivative of the label's
/// score, before softmax or sigmoid; what is negative then becomes 0: ReLU(Σ α_k A_k).
///
/// Not `Sendable`: one thread at a time.
public final class GradCAM {
  /// The layer whose maps are added up.
  public let layer: String
  private let classifier: Classifier
  private let scores: ClassifierScores
  private let probe: NodeProbe

  /// - Parameters:
  ///   - classifier: any that reads photos.
  ///   - layer: a node whose output is an image; `nil`: the last one, on which the classifier's vector is built.
  ///   - pool: whose workers compute.
  /// - Throws: `UsageError` for a layer that is no image, or has no gradient; `BackendError`.
  public init(_ classifier: Classifier, layer: String? = nil, pool: WorkerPool) throws {
    self.classifier = classifier
    scores = try ClassifierScores(classifier)
    let network = scores.network
    let id = try layer.map { try network.mapNode(named: $0) } ?? network.lastMap()
    do {
      probe = try NodeProbe(
        network, scores.tensors, at: id, backend: classifier.backend, pool: pool)
    } catch let error as NetworkError {
      throw UsageError("'\(network[id].name)' cannot be looked at: \(error)")
    }
    self.layer = probe.node.name
  }

  /// Which parts of a photo speak for a label.
  /// - Parameters:
  ///   - photo: of any size.
  ///   - label: its place among the classifier's; `nil`: the most probable one.
  /// - Throws: `BackendError`.
  public func callAsFunction(_ photo: Image, label: Int? = nil) throws -> PhotoEvidence {
    try self(classifier.seen(photo), label: label)
  }

  /// The same for a photo that has been brought to the network's size.
  /// - Throws: `BackendError`.
  package func callAsFunction(_ seen: SeenPhoto, label: Int? = nil) throws -> PhotoEvidence {
    let scores = scores
    let found = try probe.observe(seen.values) { outputs in
      scores.weights(of: scores.answer(outputs, label).index)
    }
    return PhotoEvidence(
      view: seen.view, map: Self.map(found.values, found.gradient, probe.node.shape),
      answer: found.outputs.withUnsafeBufferPointer { scores.answer($0, label) })
  }

  /// ReLU(Σ α_k A_k).
  /// - Parameters:
  ///   - values: A, `[rows, columns, channels]`.
  ///   - gradient: the derivatives of the score by each of them.
  static func map(_ values: [Float], _ gradient: [Float], _ shape: Shape) -> HeatMap {
    let channels = shape.channels
    let positions = values.count / channels
    var weights = [Float](repeating: 0, count: channels)
    for (place, slope) in gradient.enumerated() {
      weights[place % channels] += slope / Float(positions)
    }
    let sums = (0..<positions).map { position in
      let sum = (0..<channels).reduce(Float(0)) {
        $0 + weights[$1] * values[position * channels + $1]
      }
      return max(0, sum)
    }
    return HeatMap(rows: shape[0], columns: shape[1], values: sums)
  }
}

extension Network {
  /// A node whose output is an image and that something reads.
  /// - Throws: `UsageError` for another one.
  func mapNode(named name: String) throws(UsageError) -> NodeID {
    guard let id = node(named: name) else {
      let last = maps.suffix(4).map { "'\(self[$0].name)'" }.joined(separator: ", ")
      throw UsageError(
        "the network has no layer '\(name)'; the last ones that give an image are \(last)")
    }
    guard self[id].shape.rank == 3, id < output else {
      let example = maps.last.map { ", as '\(self[$0].name)' does" } ?? ""
      throw UsageError(
        "the layer '\(name)' gives \(self[id].shape), expected one that gives an image "
          + "[height, width, channels] and lies before the last one\(example)")
    }
    return id
  }

  /// The last node whose output is an image of more than one position, and more than another's with a border.
  /// - Throws: `UsageError` when there is none.
  func lastMap() throws(UsageError) -> NodeID {
    guard let last = maps.last(where: { !(self[$0].layer is ZeroPadding2D) }) else {
      throw UsageError("the network has no layer that gives an image, so there is nothing to show")
    }
    return last
  }

  /// The nodes behind the input whose outputs are images of more than one position.
  private var maps: [NodeID] {
    nodes.indices.dropFirst().dropLast().compactMap { index in
      let shape = nodes[index].shape
      return shape.rank == 3 && shape[0] * shape[1] > 1 ? node(named: nodes[index].name) : nil
    }
  }
}
