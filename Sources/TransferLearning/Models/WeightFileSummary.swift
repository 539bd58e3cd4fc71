import Files
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// What a weight file is and holds, for people and for programs.
package struct WeightFileSummary: Codable, Sendable {
  package struct Tensor: Codable, Sendable {
    /// `layer/role`.
    package let name: String
    /// The models inside the file's own that the layer is in, joined by slashes.
    package let model: String?
    package let path: String
    package let shape: [Int]
    package let type: String
  }

  /// The network of the zoo that it was compared with.
  package struct Match: Codable, Sendable {
    package let model: String
    package let includesTop: Bool
    package let fits: Bool
    /// What does not fit, in one sentence.
    package let problem: String?
  }

  /// The network that a whole model describes.
  package struct Described: Codable, Sendable {
    package let className: String
    /// `nil` when the network cannot be built; `problem` says why.
    package let inputShape: [Int]?
    package let outputShape: [Int]?
    package let problem: String?
  }

  /// What a file that this program wrote says of itself.
  package struct Export: Codable, Sendable {
    package let base: String
    package let labels: [String]
    package let imageSize: ImageSize
    package let resize: String
    /// As an option names it; `nil` for one of its own, which `preprocessing` is then the numbers of.
    package let scaling: String?
    package let preprocessing: String
  }

  package let file: String
  package let layout: String
  package let kerasVersion: String?
  package let sha256: String
  /// Single numbers in all tensors.
  package let weights: Int
  /// The models inside the file's own, in the file's order.
  package let innerModels: [String]
  /// `nil` for mere weights.
  package let network: Described?
  /// `nil` for a file that others wrote.
  package let export: Export?
  /// What the file fits, or comes nearest to.
  package let match: Match?
  package let tensors: [Tensor]
}

extension WeightFileSummary {
  /// - Parameters:
  ///   - match: the network of the zoo that the file was compared with, if any.
  ///   - remedies: the words for them within what is wrong.
  /// - Throws: `WeightFileError`.
  package init(
    _ file: KerasWeightFile, _ match: WeightMatch?, remedies: (Remedy) -> String = \.description
  ) throws(WeightFileError) {
    self.file = file.name
    layout = file.layout.description
    kerasVersion = file.kerasVersion
    sha256 = try file.sha256()
    weights = file.entries.reduce(0) { $0 + $1.shape.count }
    var models: [String] = []
    for entry in file.entries where !entry.models.isEmpty {
      let model = entry.models.joined(separator: "/")
      if !models.contains(model) { models.append(model) }
    }
    innerModels = models
    network = file.architecture.map { Described(file, $0, remedies) }
    export = file.metadata.map(Export.init)
    self.match = match.map {
      Match(
        model: $0.title, includesTop: $0.top != .features, fits: $0.report.isAcceptable,
        problem: $0.report.problem?.text(remedies))
    }
    tensors = file.entries.map {
      Tensor(
        name: $0.name, model: $0.models.isEmpty ? nil : $0.models.joined(separator: "/"),
        path: $0.path, shape: $0.shape.dimensions, type: $0.type.description)
    }
  }
}

extension WeightFileSummary.Described {
  fileprivate init(
    _ file: KerasWeightFile, _ architecture: JSONValue, _ remedies: (Remedy) -> String
  ) {
    className = architecture["class_name"]?.string ?? "model"
    do throws(WeightFileError) {
      let model = try KerasModel(file)
      inputShape = model.network.inputShape.dimensions
      outputShape = model.network.outputShape.dimensions
      problem = model.report(on: file).problem?.text(remedies)
    } catch {
      (inputShape, outputShape) = (nil, nil)
      problem = error.sentence.text(remedies)
    }
  }
}

extension WeightFileSummary.Export {
  fileprivate init(_ metadata: ModelMetadata) {
    let found = try? JSONDecoder().decode(
      Preprocessing.self, from: Data(metadata.preprocessing.utf8))
    self.init(
      base: metadata.baseName, labels: metadata.labels, imageSize: metadata.imageSize,
      resize: metadata.resize,
      scaling: PreprocessingName.allCases.first {
        found != nil && [$0.preprocessing, $0.preprocessing.gray].contains(found)
      }?.rawValue, preprocessing: metadata.preprocessing)
  }

  /// How many labels a line names.
  private static let shownLabels = 12

  fileprivate var lines: [String] {
    let more = labels.count > Self.shownLabels ? " and \(labels.count - Self.shownLabels) more" : ""
    let names = labels.prefix(Self.shownLabels).map(\.printable).joined(separator: ", ")
    return [
      "exported by this program, from \(base.printable)",
      "  labels: \(labels.isEmpty ? "none" : names + more)",
      "  photos: \(imageSize.title) pixels, '\(resize.printable)', scaled as '\((scaling ?? preprocessing).printable)'",
    ]
  }
}

extension WeightFileSummary: CustomStringConvertible {
  /// A few lines without the tensors.
  package var description: String { text(\.description) }

  /// The same with other words for remedies.
  package func text(_ remedies: (Remedy) -> String) -> String {
    var lines = ["\(layout), \(tensors.count) tensors, \(weights) weights", "sha256 \(sha256)"]
    if let kerasVersion { lines.append("written by Keras \(kerasVersion)") }
    if !innerModels.isEmpty {
      lines.append("models inside: \(innerModels.joined(separator: ", "))")
    }
    lines += export?.lines ?? []
    if let network {
      if let input = network.inputShape, let output = network.outputShape, network.problem == nil {
        lines.append(
          "a network of its own (\(network.className)), \(Shape(input)) to \(Shape(output)): "
            + remedies(.base(file)))
      } else {
        lines.append(
          "a network (\(network.className)) that cannot be used as \(remedies(.base(nil))):")
        lines.append("  \(network.problem ?? "")")
      }
    }
    return lines.joined(separator: "\n")
  }
}
