import NeuralNetworks
import TensorKernels

/// One setting of a class of Keras's layers: how it is read into a layer, and how it is written.
struct KerasField<L: Layer>: Sendable {
  typealias Path<Value> = any WritableKeyPath<L, Value> & Sendable

  let read: @Sendable (KerasSettings, inout L) throws(LayerError) -> Void
  let write: @Sendable (L, inout KerasDescription) throws(LayerError) -> Void
}

extension KerasField {
  /// A setting that a layer has as it is.
  private static func plain<Value>(
    _ path: Path<Value>, _ name: String,
    read: @escaping @Sendable (KerasSettings) throws(LayerError) -> Value,
    write: @escaping @Sendable (Value) -> JSONValue
  ) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try read(settings)
    } write: { layer, description in
      description.settings[name] = write(layer[keyPath: path])
    }
  }

  /// - Parameter names: that it has had, today's first.
  static func channels(_ names: String..., in path: Path<Int>) -> KerasField {
    plain(path, names[0]) { settings throws(LayerError) in
      try settings.whole(names, within: KerasSettings.channels)
    } write: {
      .int($0)
    }
  }

  static func filters(_ path: Path<Int>) -> KerasField {
    channels("filters", "nb_filter", in: path)
  }

  static func groups(_ path: Path<Int>) -> KerasField {
    plain(path, "groups") { settings throws(LayerError) in
      try settings.whole(["groups"], within: KerasSettings.channels, else: 1)
    } write: {
      .int($0)
    }
  }

  static func multiplier(_ path: Path<Int>) -> KerasField {
    plain(path, "depth_multiplier") { settings throws(LayerError) in
      try settings.whole(["depth_multiplier"], within: KerasSettings.sides, else: 1)
    } write: {
      .int($0)
    }
  }

  static func number(_ name: String, _ path: Path<Float>, else standard: Float) -> KerasField {
    plain(path, name) { settings throws(LayerError) in
      try settings.number([name], else: standard)
    } write: {
      .float($0)
    }
  }

  static func flag(_ names: String..., in path: Path<Bool>, else standard: Bool) -> KerasField {
    plain(path, names[0]) { settings throws(LayerError) in
      try settings.flag(names, else: standard)
    } write: {
      .bool($0)
    }
  }

  static func bias(_ path: Path<Bool>) -> KerasField {
    flag("use_bias", "bias", in: path, else: true)
  }

  // MARK: Windows

  static func extent(
    _ names: String..., in path: Path<Extent>, axes: Int, else standard: Extent
  ) -> KerasField {
    plain(path, names[0]) { settings throws(LayerError) in
      try settings.extent(names, axes: axes, else: standard)
    } write: {
      $0.json(axes: axes)
    }
  }

  static func kernel(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    plain(path, "kernel_size") { settings throws(LayerError) in
      try settings.kernel(axes: axes)
    } write: {
      $0.json(axes: axes)
    }
  }

  static func strides(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    plain(path, "strides") { settings throws(LayerError) in
      try settings.strides(axes: axes)
    } write: {
      $0.json(axes: axes)
    }
  }

  static func dilation(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    plain(path, "dilation_rate") { settings throws(LayerError) in
      try settings.dilation(axes: axes)
    } write: {
      $0.json(axes: axes)
    }
  }

  /// The padding of a kernel. Zeros that Keras has no word for are a layer of their own before it.
  static func padding(_ path: Path<Padding>) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.padding()
    } write: { layer, description throws(LayerError) in
      var padding = layer[keyPath: path]
      if case .explicit(let edges) = padding {
        description.before = [.zeroPadding(edges, axes: description.rank - 1)]
        padding = .valid
      }
      description.settings["padding"] = try padding.json()
    }
  }

  /// The padding of what has only Keras's own.
  static func keywordPadding(_ path: Path<Padding>) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.padding()
    } write: { layer, description throws(LayerError) in
      description.settings["padding"] = try layer[keyPath: path].json()
    }
  }

  /// The padding of a sequence that is a row of an image; only read.
  static func sequencePadding(_ path: Path<Padding>) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.sequencePadding()
    } write: { _, _ in
    }
  }

  // MARK: What only one side has

  /// A non-linearity. One that Keras has no name for is a layer of its own behind.
  static func activation(_ path: Path<Activation>) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.activation()
    } write: { layer, description throws(LayerError) in
      var activation = layer[keyPath: path]
      if activation.kerasName == nil {
        description.behind = try activation.described(suffix: "_activation")
        activation = .linear
      }
      description.settings["activation"] = try activation.json()
    }
  }

  /// Only what Keras is to be told.
  static func constant(_ name: String, _ value: JSONValue) -> KerasField {
    KerasField { _, _ in
    } write: { _, description in
      description.settings[name] = value
    }
  }

  static var channelsLast: KerasField { constant("data_format", .string("channels_last")) }

  /// A setting that has to be as it is written.
  static func demand(
    _ name: String, _ value: JSONValue,
    _ check: @escaping @Sendable (KerasSettings) throws(LayerError) -> Void
  ) -> KerasField {
    KerasField { settings, _ throws(LayerError) in
      try check(settings)
    } write: { _, description in
      description.settings[name] = value
    }
  }
}

extension Extent {
  func json(axes: Int) -> JSONValue { .list(sides(axes: axes).map(JSONValue.int)) }
}

extension Padding {
  func json() throws(LayerError) -> JSONValue {
    switch self {
    case .valid: .string("valid")
    case .same: .string("same")
    case .explicit: throw LayerError("Keras has no pooling with a padding of its own")
    }
  }
}
