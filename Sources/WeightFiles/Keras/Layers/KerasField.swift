import Files
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
  static func plain<Value>(
    _ name: String, _ path: Path<Value>, write: @escaping @Sendable (Value) -> JSONValue,
    read: @escaping @Sendable (KerasSettings) throws(LayerError) -> Value
  ) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try read(settings)
    } write: { layer, description in
      description.settings[name] = write(layer[keyPath: path])
    }
  }

  /// - Parameter names: that the setting has had, today's first.
  static func whole(
    _ names: String..., in path: Path<Int>, within range: ClosedRange<Int>,
    else standard: Int? = nil
  ) -> KerasField {
    plain(names[0], path, write: JSONValue.int) { settings throws(LayerError) in
      try settings.whole(names, within: range, else: standard)
    }
  }

  static func filters(_ path: Path<Int>) -> KerasField {
    whole("filters", "nb_filter", in: path, within: KerasSettings.channels)
  }

  static func groups(_ path: Path<Int>) -> KerasField {
    whole("groups", in: path, within: KerasSettings.channels, else: 1)
  }

  static func multiplier(_ path: Path<Int>) -> KerasField {
    whole("depth_multiplier", in: path, within: KerasSettings.sides, else: 1)
  }

  static func number(_ name: String, _ path: Path<Float>, else standard: Float) -> KerasField {
    plain(name, path, write: JSONValue.float) { settings throws(LayerError) in
      try settings.number([name], else: standard)
    }
  }

  static func flag(_ names: String..., in path: Path<Bool>, else standard: Bool) -> KerasField {
    plain(names[0], path, write: JSONValue.bool) { settings throws(LayerError) in
      try settings.flag(names, else: standard)
    }
  }

  static func bias(_ path: Path<Bool>) -> KerasField {
    flag("use_bias", "bias", in: path, else: true)
  }

  // MARK: Windows

  /// - Parameter axes: how many of the extent's sides Keras has, the innermost ones.
  static func extent(
    _ name: String, _ path: Path<Extent>, axes: Int,
    read: @escaping @Sendable (KerasSettings) throws(LayerError) -> Extent
  ) -> KerasField {
    plain(name, path, write: { $0.json(axes: axes) }, read: read)
  }

  static func kernel(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    extent("kernel_size", path, axes: axes) { settings throws(LayerError) in
      try settings.kernel(axes: axes)
    }
  }

  static func strides(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    extent("strides", path, axes: axes) { settings throws(LayerError) in
      try settings.strides(axes: axes)
    }
  }

  static func dilation(_ path: Path<Extent>, axes: Int = 2) -> KerasField {
    extent("dilation_rate", path, axes: axes) { settings throws(LayerError) in
      try settings.dilation(axes: axes)
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
