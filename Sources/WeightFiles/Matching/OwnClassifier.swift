import Files
import NeuralNetworks
import TensorKernels

/// What somebody has put behind a network: the layers of a fine-tuned model, without a model inside, that
/// the network itself does not have.
///
/// A whole model says which layers read which, so everything that no layer of the network depends on is
/// such a classifier. Mere weights do not: there it is dense layers that follow the network's, with
/// norms between them at most. Layers that anything of the network depends on make it another network.
struct OwnClassifier {
  private let layers: Set<String>

  /// - Parameters:
  ///   - left: tensors of the file that the network does not have.
  ///   - matched: those that it has.
  ///   - outputs: how many features dense layers of mere weights would read of each of its positions; `nil`:
  ///     mere weights have no such layers.
  init(
    _ left: [KerasWeightFile.Entry], behind matched: [KerasWeightFile.Entry],
    reading outputs: Int?, in file: KerasWeightFile
  ) {
    let left = left.filter { !$0.type.isInteger }
    if let architecture = file.architecture {
      let needed = Self.needed(by: Set(matched.map(\.layerPath)), architecture)
      layers = needed.map { needed in Set(left.map(\.layerPath)).subtracting(needed) } ?? []
    } else if let outputs, Self.isDense(left, reading: outputs, behind: matched, file) {
      layers = Set(left.map(\.layerPath))
    } else {
      layers = []
    }
  }

  func contains(_ entry: KerasWeightFile.Entry) -> Bool { layers.contains(entry.layerPath) }

  /// The layers that some layers read, directly or not; `nil` where the configuration does not tell.
  private static func needed(by layers: Set<String>, _ architecture: JSONValue) -> Set<String>? {
    guard let calls = try? KerasCallList(architecture).calls else { return nil }
    var isNeeded = [Bool](repeating: false, count: calls.count)
    var found = Set<String>()
    for (index, call) in calls.enumerated().reversed() {
      guard isNeeded[index] || layers.contains(call.path) else { continue }
      if isNeeded[index] { found.insert(call.path) }
      for value in call.arguments.tensors where value > 0 { isNeeded[value - 1] = true }
    }
    return found
  }

  /// Whether these are dense layers, of which the first reads the features, averaged or position by position,
  /// and each other what the one before it gives, behind all that the network has.
  private static func isDense(
    _ left: [KerasWeightFile.Entry], reading outputs: Int,
    behind matched: [KerasWeightFile.Entry], _ file: KerasWeightFile
  ) -> Bool {
    let kernels = left.filter { $0.role == Parameter.Role.kernel.kerasName }.map(\.shape)
    guard kernels.allSatisfy({ $0.rank == 2 }),
      left.allSatisfy({ $0.shape.rank <= 1 || $0.role == Parameter.Role.kernel.kerasName }),
      zip(kernels, kernels.dropFirst()).allSatisfy({ $0[1] == $1[0] }),
      let first = kernels.first, first[0] % outputs == 0
    else { return false }
    // Keras 3 sorts the groups of layers by class, PyTorch's files say nothing of the order; the older
    // layout has the network's.
    guard file.layout == .legacyWeights else {
      return file.layout == .keras3Weights || file.layout.isTorch
    }
    let used = Set(matched.map(\.path))
    let last = file.entries.lastIndex { used.contains($0.path) } ?? 0
    let extra = Set(left.map(\.path))
    return file.entries[..<last].allSatisfy { !extra.contains($0.path) }
  }
}

extension KerasWeightFile.Entry {
  /// `model/…/layer`.
  var layerPath: String { (models + [layer]).joined(separator: "/") }
}
