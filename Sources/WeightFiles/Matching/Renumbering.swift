import NeuralNetworks

/// How the numbers of automatic names in a file are shifted against those of a network.
///
/// Keras counts the layers of a class over the whole process: the same model made a second time has
/// `conv2d_94` where the first has `conv2d`. Only a constant shift for each class is such a case, and
/// only if the layers also come in the network's order, by which Keras itself would match them.
struct Renumbering {
  /// The file's layers by the network's nodes.
  let layers: [String: String]
  /// One phrase for each class.
  let description: [String]

  /// Keras 1's names of classes by today's.
  private static let formerNames = [
    "convolution2d": "conv2d", "batchnormalization": "batch_normalization",
    "separableconvolution2d": "separable_conv2d",
  ]

  /// `nil` when nothing is shifted, or not by one number for all layers of a class.
  /// - Parameter parameters: in the order of Keras's `model.layers`.
  init?(_ parameters: [Parameter], in file: KerasWeightFile) {
    let entries = file.entries
    // The model that has most tensors is the one in question.
    let byModel = Dictionary(grouping: entries.filter { !$0.layers.isEmpty }, by: \.models)
    guard
      let (models, inModel) = byModel.max(by: {
        ($0.value.count, $1.key.count) < ($1.value.count, $0.key.count)
      })
    else { return nil }
    let wanted = Self.byClass(parameters.map(\.node))
    let present = Self.byClass(inModel.map(\.layer))
    // Where there is no order, the numbers are all there is: safetensors, and inner models of the
    // older layouts, whose trainable tensors come first.
    let isOrdered =
      switch file.layout {
      case .keras3Weights, .keras3Model: true
      case .legacyWeights, .legacyModel: models.isEmpty
      case .safetensors, .torchSafetensors, .torchCheckpoint, .torchLegacyCheckpoint: false
      }
    var layers: [String: String] = [:]
    var description: [String] = []
    for (className, unsorted) in wanted.sorted(by: { $0.key < $1.key }) {
      let (nodes, names) =
        isOrdered
        ? (unsorted, present[className] ?? [])
        : (unsorted.sorted(), (present[className] ?? []).sorted())
      guard names.count == nodes.count,
        let first = nodes.min(), let last = nodes.max(), let firstName = names.min(),
        let lastName = names.max()
      else { continue }
      let shift = firstName.number - first.number
      guard zip(nodes, names).allSatisfy({ $1.number - $0.number == shift }) else { return nil }
      if shift == 0, firstName.base == first.base { continue }
      for (node, name) in zip(nodes, names) {
        layers[node.text] = (models + [name.text]).joined(separator: "/")
      }
      description.append(
        "\(firstName.text)…\(lastName.text) for \(first.text)…\(last.text)")
    }
    guard !layers.isEmpty else { return nil }
    self.layers = layers
    self.description = description
  }

  /// The automatic names among these, each once, in their order.
  private static func byClass(_ names: [String]) -> [String: [NumberedName]] {
    var found: [String: [NumberedName]] = [:]
    var seen: Set<String> = []
    for name in names where seen.insert(name).inserted {
      let name = NumberedName(name)
      let className = formerNames[name.base] ?? name.base
      // Keras numbers layers that have no name after their class: `conv2d_17`.
      if KerasLayerClass.ofGroup(className) != nil { found[className, default: []].append(name) }
    }
    return found
  }
}
