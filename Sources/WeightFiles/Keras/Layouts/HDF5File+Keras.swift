import Files

extension HDF5File {
  /// What a file of Keras holds, in the layout that it turns out to have.
  func kerasContent() throws(FormatError) -> WeightFileContent {
    if let layers = try chunkedStrings(attribute: "layer_names", of: "/") {
      return try legacyContent(WeightFileContent(.legacyWeights), layers, below: "")
    }
    if try kind(of: "model_weights") == .group,
      let layers = try chunkedStrings(attribute: "layer_names", of: "/model_weights")
    {
      var content = WeightFileContent(.legacyModel)
      // Somebody else's attributes may be called the same; they are no error.
      // What another program has under these names is its own affair.
      let isOurs = try string(attribute: ValueDigest.name, of: "/") != nil
      content.metadata =
        isOurs ? try ModelMetadata(attributesOf: self) : try? ModelMetadata(attributesOf: self)
      return try legacyContent(content, layers, below: "/model_weights")
    }
    if try isKeras3() {
      var content = WeightFileContent(.keras3Weights)
      content.entries = try keras3Entries(nil)
      return content
    }
    throw FormatError(
      "is an HDF5 file, but not one of Keras's weight files: it has neither the attribute "
        + "'layer_names' nor groups named 'vars'")
  }

  /// The layout of Keras 1 and 2, which Keras 3 still writes as `.h5`.
  private func legacyContent(
    _ empty: WeightFileContent, _ layers: [String], below root: String
  ) throws(FormatError) -> WeightFileContent {
    var content = empty
    if let text = try string(attribute: "model_config", of: "/") {
      try content.setConfiguration(text, from: "the attribute 'model_config'")
    }
    let top = root == "" ? "/" : root
    content.kerasVersion = try string(attribute: "keras_version", of: top)
    if let backend = try string(attribute: "backend", of: top), backend == "theano" {
      // Theano's convolutions run over their kernels backwards; the numbers do not tell.
      throw FormatError(
        "was written by Keras on Theano, whose convolution kernels are the other way round; load it in "
          + "Keras 2 on TensorFlow and save it again")
    }
    let architecture = content.architecture.map(KerasArchitecture.init)
    // Weights that belong to no layer, as Keras 2.6 and later write them, are accounted for too.
    let extra = "top_level_model_weights"
    let hasExtra = try kind(of: "\(root)/\(extra)") == .group && !layers.contains(extra)
    try Self.requireDistinct(layers, "the layer")
    for layer in layers + (hasExtra ? [extra] : []) {
      content.entries += try legacyEntries(of: layer, below: root, architecture)
    }
    return content
  }

  /// Each name is that of a group or a tensor of its own; a list of one of them many times takes as long as a network.
  private static func requireDistinct(_ names: [String], _ what: String) throws(FormatError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw FormatError("lists \(what) '\(name)' more than once")
    }
  }

  private func legacyEntries(
    of layer: String, below root: String, _ architecture: KerasArchitecture?
  ) throws(FormatError) -> [KerasWeightFile.Entry] {
    let group = root + "/" + layer
    guard try kind(of: group) == .group else {
      throw FormatError("lists the layer '\(layer)' but has no group of that name")
    }
    let weights = try chunkedStrings(attribute: "weight_names", of: group) ?? []
    try Self.requireDistinct(weights, "the tensor")
    var entries: [KerasWeightFile.Entry] = []
    var counts: [String: Int] = [:]
    for weight in weights {
      let path = group + "/" + weight
      let info = try describe(dataset: path)
      let keys = KerasTensorName(weight: weight, group: layer, siblings: weights)
      var (name, models, layers) = (keys.displayLayer, keys.models, keys.layers)
      if let own = layers.last, own != layer,
        let known = architecture?.models(around: own, below: layer)
      {
        (name, models, layers) = (own, known, [own])
      }
      // Keras writes the bytes of bfloat16 here without saying so beside them.
      let isBFloat = info.isOpaque && architecture?.isBFloat(models + [name]) == true
      let index = counts[name, default: 0]
      counts[name] = index + 1
      entries.append(
        KerasWeightFile.Entry(
          name: "\(name)/\(keys.role)", path: path, models: models, layer: name, role: keys.role,
          index: index, shape: info.shape, type: isBFloat ? .bfloat16 : info.type,
          layers: layers))
    }
    return entries
  }
}
