import NeuralNetworks

/// A class of Keras's layers: its names, what its settings mean here, how a layer of ours becomes one,
/// and which tensors it stores.
///
/// A row in one of the lists in this type's extensions is all that a class needs.
struct KerasLayerClass: Sendable {
  typealias Reading = @Sendable (KerasSettings) throws(LayerError) -> KerasRecipe

  /// Today's name, then those of older versions.
  let names: [String]
  /// What a call of it is in a network.
  let read: Reading
  /// Describes a layer for Keras; false when the layer is of another class.
  var write: @Sendable (any Layer, inout KerasDescription) throws(LayerError) -> Bool = { _, _ in
    false
  }
  /// In the order in which it makes them.
  var variables: [KerasVariable] = []
  /// Whether it takes one list of tensors, even of one.
  var takesList = false
  /// Whether it passes on what it reads when a network is used, whatever its settings.
  var isLeftOut = false

  private init(names: [String], read: @escaping Reading) {
    self.names = names
    self.read = read
  }

  /// A class that is only read: Keras is told of such layers in another way.
  init(
    reads names: String..., stores variables: [KerasVariable] = [], _ read: @escaping Reading
  ) {
    self.init(names: names, read: read)
    self.variables = variables
  }

  /// A class that is read as a layer that other classes describe, too.
  init<L: Layer>(
    reads names: String..., as prototype: L, stores variables: [KerasVariable] = [],
    _ fields: [KerasField<L>],
    recipe: @escaping @Sendable (L, KerasSettings) throws(LayerError) -> KerasRecipe
  ) {
    self.init(names: names) { settings throws(LayerError) in
      try recipe(try fields.layer(settings, prototype), settings)
    }
    self.variables = variables
  }

  /// A class whose settings are read and written alike.
  /// - Parameter recipe: what a layer becomes; the layer itself unless there is more to it.
  init<L: Layer>(
    _ names: String..., as prototype: L, stores variables: [KerasVariable] = [],
    takesList: Bool = false, _ fields: [KerasField<L>],
    recipe: @escaping @Sendable (L, KerasSettings) throws(LayerError) -> KerasRecipe = { layer, _ in
      KerasRecipe(layer)
    }
  ) {
    self.init(names: names) { settings throws(LayerError) in
      try recipe(try fields.layer(settings, prototype), settings)
    }
    write = { layer, description throws(LayerError) in
      guard let layer = layer as? L else { return false }
      for field in fields { try field.write(layer, &description) }
      return true
    }
    self.variables = variables
    self.takesList = takesList
  }

  /// Describes layers of another type, too, by what they are as layers of this class.
  func alsoWriting<Other: Layer>(_ same: @escaping @Sendable (Other) -> any Layer)
    -> KerasLayerClass
  {
    var row = self
    row.write = { layer, description throws(LayerError) in
      try write((layer as? Other).map(same) ?? layer, &description)
    }
    return row
  }

  /// A class that is refused, or known only by the tensors it stores.
  init(
    refuses names: String..., stores variables: [KerasVariable] = [],
    because reason: String = Self.unsupported
  ) {
    self.init(names: names) { _ throws(LayerError) in throw LayerError(reason) }
    self.variables = variables
  }

  /// Classes that are left out, with a note about each.
  init(leavesOut names: [String], note: String) {
    self.init(names: names) { _ in .passing(note) }
    isLeftOut = true
  }
}

extension Array {
  /// A layer with these settings.
  fileprivate func layer<L>(_ settings: KerasSettings, _ prototype: L) throws(LayerError) -> L
  where Element == KerasField<L> {
    var layer = prototype
    for field in self { try field.read(settings, &layer) }
    return layer
  }
}

extension KerasLayerClass {
  static let all =
    kernels + rows + activations + pooling + scaling + norms + structure + borders + sizes + merging
    + leftOut + refused

  private static let byName = Dictionary(
    uniqueKeysWithValues: all.flatMap { row in row.names.map { ($0, row) } })

  /// By the name of today's class in snake case, of those that store tensors.
  private static let byGroup = Dictionary(
    uniqueKeysWithValues: all.filter { !$0.variables.isEmpty }.map {
      (KerasArchitecture.snakeCase($0.names[0]), $0)
    })

  static func named(_ name: String) -> KerasLayerClass? { byName[name] }

  /// - Parameter group: the class as Keras 3 names groups after it, for example `batch_normalization`.
  static func ofGroup(_ group: String) -> KerasLayerClass? { byGroup[group] }

  /// What a call of a layer is in a network.
  static func recipe(for settings: KerasSettings) throws(LayerError) -> KerasRecipe {
    let row = named(settings.className)
    if row?.isLeftOut != true { try settings.requireChannelsLast() }
    guard let row else { throw LayerError(unsupported) }
    return try row.read(settings)
  }

  static let unsupported =
    "is of a class that is not supported; in Keras, replace it by standard layers or save "
    + "the part of the model before it: keras.Model(model.input, model.get_layer('…').output)"

  private static let leftOut = [
    KerasLayerClass(
      leavesOut: [
        "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast",
        "RandomBrightness", "RandomColorJitter", "RandomColorDegeneration", "RandomGrayscale",
        "RandomHue", "RandomSaturation", "RandomSharpness", "RandomPosterization", "RandomShear",
        "RandomPerspective", "RandomInvert", "RandomErasing", "RandomGaussianBlur",
        "RandomElasticTransform", "RandAugment",
      ],
      note: "changes photos while training; it is left out, and this program's own augmentation "
        + "takes its place"),
    KerasLayerClass(
      leavesOut: ["GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization"],
      note: "acts only while training; it is left out"),
  ]

  private static let refused = [
    KerasLayerClass(
      refuses: "Lambda",
      because: "holds Python code, which is never run; in Keras, replace it by layers and save the "
        + "model again"),
    KerasLayerClass(
      refuses: "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D",
      "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU", "TimeDistributed",
      because: "works through sequences step by step, which is not supported; networks of "
        + "convolutions, pooling, norms and dense layers are"),
    KerasLayerClass(refuses: "Conv3DTranspose", stores: .kernelAndBias),
    KerasLayerClass(refuses: "Embedding", stores: [KerasVariable("embeddings")]),
  ]
}
