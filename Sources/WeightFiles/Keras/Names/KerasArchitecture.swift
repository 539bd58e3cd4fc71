import Files

/// The layers that a model's configuration lists, those of inner models included.
struct KerasArchitecture {
  struct Layer {
    /// The names of the models it is inside, without the outermost model's, and its own.
    let path: [String]
    /// For example `Conv2D`.
    let className: String
    let configuration: JSONValue
  }

  let layers: [Layer]
  private let byPath: [[String]: Int]

  /// - Parameter model: `{"class_name": …, "config": …}` in the spelling of Keras 1, 2 or 3.
  init(_ model: JSONValue) {
    var layers: [Layer] = []
    Self.collect(model, below: [], into: &layers)
    self.layers = layers
    byPath = Dictionary(layers.enumerated().map { ($1.path, $0) }) { first, _ in first }
  }

  /// The layer at a path of names.
  func layer(_ path: [String]) -> Layer? { byPath[path].map { layers[$0] } }

  /// The layers directly inside a model that are of one class, in the model's order.
  /// - Parameter className: in snake case, for example `conv2d`.
  func layers(in path: [String], ofClass className: String) -> [Layer] {
    layers.filter {
      $0.path.count == path.count + 1 && $0.path.starts(with: path)
        && Self.snakeCase($0.className) == className
    }
  }

  /// The models that the only layer of a name below `group` is inside; `nil` if there is none or
  /// more than one.
  func models(around layer: String, below group: String) -> [String]? {
    let found = layers.filter { $0.path.first == group && $0.path.last == layer }
    return found.count == 1 ? found[0].path.dropLast() : nil
  }

  /// Whether a layer's own numbers are bfloat16.
  func isBFloat(_ path: [String]) -> Bool {
    guard let policy = layer(path)?.configuration["dtype"] else { return false }
    return (policy.string ?? policy["config"]?["name"]?.string) == "bfloat16"
  }

  private static func collect(
    _ model: JSONValue, below path: [String], into layers: inout [Layer]
  ) {
    guard let configuration = model["config"] else { return }
    // Keras 1 and early 2: the configuration of a Sequential is the list itself. Wrappers such as
    // TimeDistributed have one layer.
    let wrapped = configuration["layer"].map { [$0] } ?? []
    for item in (configuration["layers"]?.list ?? configuration.list ?? []) + wrapped {
      guard let className = item["class_name"]?.string, let inner = item["config"],
        let name = inner["name"]?.string ?? item["name"]?.string
      else { continue }
      layers.append(Layer(path: path + [name], className: className, configuration: inner))
      collect(item, below: path + [name], into: &layers)
    }
  }

  /// `DepthwiseConv2D` → `depthwise_conv2d`, as Keras makes names of classes: an underscore before
  /// a capital that a small letter follows, and between a small letter and a capital.
  static func snakeCase(_ className: String) -> String {
    let letters = Array(className.unicodeScalars)
    func isSmall(_ index: Int) -> Bool {
      letters.indices.contains(index) && ("a"..."z").contains(letters[index])
    }
    var text = ""
    for (index, letter) in letters.enumerated() {
      if index > 0, ("A"..."Z").contains(letter), isSmall(index + 1) || isSmall(index - 1) {
        text.append("_")
      }
      text.unicodeScalars.append(letter)
    }
    return text.lowercased()
  }
}
