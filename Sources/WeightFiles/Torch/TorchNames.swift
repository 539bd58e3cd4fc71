import NeuralNetworks
import TensorKernels

/// The tensors of a file of PyTorch's world: modules by their paths, `layer1.0.conv1`, and in them
/// `weight`, `bias`, `running_mean` and so on.
///
/// What a `weight` is follows from its extents and from what else its module has: of several axes it is
/// a kernel, of one it scales a norm.
struct TorchNames {
  /// A tensor as the file has it.
  struct Stored {
    let name: String
    let shape: Shape
    let type: ElementType
  }

  /// What people's training programs put around a whole network: data parallelism, compilation, and
  /// attributes of their own modules.
  private static let wrappers: Set<String> = [
    "module", "_orig_mod", "model", "net", "network", "backbone",
  ]

  /// Whether these are names of PyTorch rather than Keras's.
  static func areThese(_ names: some Sequence<String>) -> Bool {
    var found = false
    for name in names {
      if name.contains("/") { return false }
      if name == "weight" || name.hasSuffix(".weight") { found = true }
    }
    return found
  }

  /// The entries for tensors, in the order given.
  static func entries(of tensors: [Stored]) -> [KerasWeightFile.Entry] {
    let prefix = wrapping(tensors.map(\.name))
    let known = FacebookNames.timms(
      of: tensors.map { present(String($0.name.dropFirst(prefix.count))) })
    let modules = Modules(
      zip(tensors, known).map { Stored(name: $1, shape: $0.shape, type: $0.type) })
    var counts: [String: Int] = [:]
    return zip(tensors, known).map { tensor, name in
      let (layer, leaf) = split(name)
      let index = counts[layer, default: 0]
      counts[layer] = index + 1
      let role = modules.role(of: leaf, in: layer, rank: tensor.shape.rank)
      let isKernel = role == Parameter.Role.kernel.kerasName
      var entry = KerasWeightFile.Entry(
        name: "\(layer)/\(role)", path: tensor.name, models: [], layer: layer, role: role,
        index: index, shape: tensor.shape.inKerasOrder(isKernel: isKernel),
        type: tensor.type, layers: [layer])
      entry.order = .torch
      if modules.isLone(leaf, in: layer) {
        entry.possibleRoles = [Parameter.Role.gamma.kerasName, Parameter.Role.alpha.kerasName]
      }
      return entry
    }
  }

  /// What a tensor is called today. torchvision's DenseNet files are from a time when names could have dots:
  /// their `norm.1` and `conv.2` are `norm1` and `conv2`.
  private static func present(_ name: String) -> String {
    name.replacing(/(denselayer\d+\.(?:norm|conv))\.(\d\.)/) { "\($0.1)\($0.2)" }
  }

  /// The module, empty for the network itself, and the tensor's name in it.
  private static func split(_ name: String) -> (module: String, leaf: String) {
    guard let dot = name.lastIndex(of: ".") else { return ("", name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }

  /// The wrappers that all names begin with, with the dot behind the last.
  private static func wrapping(_ names: [String]) -> String {
    var prefix = ""
    while let first = names.first?.dropFirst(prefix.count).prefix(while: { $0 != "." }),
      wrappers.contains(String(first)), names.allSatisfy({ $0.hasPrefix("\(prefix)\(first).") })
    {
      prefix += "\(first)."
    }
    return prefix
  }

  /// What the modules have.
  private struct Modules {
    private var leaves: [String: Set<String>] = [:]
    private var kernels: Set<String> = []

    init(_ tensors: [Stored]) {
      for tensor in tensors {
        let (module, leaf) = split(tensor.name)
        leaves[module, default: []].insert(leaf)
        if leaf == "weight", tensor.shape.rank > 1 { kernels.insert(module) }
      }
    }

    /// What a tensor is, as Keras spells it.
    func role(of leaf: String, in module: String, rank: Int) -> String {
      switch leaf {
      case "weight": rank > 1 ? Parameter.Role.kernel.kerasName : Parameter.Role.gamma.kerasName
      case "bias":
        kernels.contains(module) || !(leaves[module] ?? []).contains(where: scales.contains)
          ? Parameter.Role.bias.kerasName : Parameter.Role.beta.kerasName
      case "scale", "layer_scale": Parameter.Role.gamma.kerasName
      case "running_mean": Parameter.Role.movingMean.kerasName
      case "running_var": Parameter.Role.movingVariance.kerasName
      default: leaf
      }
    }

    /// Whether it is a vector all by itself, so that it may be a norm's scale or the slopes of a parametric
    /// rectifier.
    func isLone(_ leaf: String, in module: String) -> Bool {
      leaf == "weight" && !kernels.contains(module) && leaves[module] == ["weight"]
    }

    private let scales: Set<String> = ["weight", "scale", "running_mean"]
  }
}

extension Shape {
  /// Keras's order of what PyTorch stores as `[outputs, inputs, …]`: of a kernel `[…, inputs, outputs]`, of other
  /// tensors, whose further extents are 1, `[outputs]`.
  fileprivate func inKerasOrder(isKernel: Bool) -> Shape {
    guard rank > 1 else { return self }
    if isKernel { return Shape(dimensions[2...] + [dimensions[1], dimensions[0]]) }
    return count == dimensions[0] ? [count] : self
  }
}
