import Files
import NeuralNetworks
import TensorKernels

/// How the tensors of a file and the parameters of a network correspond: every one of both is in
/// exactly one of `matched`, `missing`, `unused` and `misshapen`.
public struct LoadReport: Hashable, Sendable {
  /// A tensor that both have, with different shapes.
  public struct Misshapen: Hashable, Sendable, Codable {
    /// The parameter's name, for example `conv1/kernel`.
    public let name: String
    /// In the network.
    public let expected: Shape
    /// In the file.
    public let found: Shape
  }

  /// A tensor that was stored in another format than Float32.
  public struct Conversion: Hashable, Sendable, Codable {
    /// The parameter's name, for example `conv1/kernel`.
    public let name: String
    /// `float16`, `bfloat16` or `float64`.
    public let from: String
  }

  /// A name that several tensors of the file have.
  public struct Ambiguity: Hashable, Sendable, Codable {
    /// The name as the network has it.
    public let name: String
    /// Where they are in the file.
    public let paths: [String]
  }

  /// The last component of the file's path.
  public var file: String
  /// The name of the network in messages, for example `resnet50`.
  public var network: String
  /// Which format the file has.
  public var layout: KerasWeightFile.Layout
  /// SHA-256 of the file's bytes; empty until the tensors are loaded.
  public var sha256 = ""
  /// In the network's order, like `missing` and `misshapen`.
  public var matched: [String] = []
  /// Parameters that the file lacks.
  public var missing: [String] = []
  /// Those of `missing` that no pattern allows to be absent.
  public var forbiddenMissing: [String] = []
  /// Tensors of the file that the network does not have, in the file's order.
  public var unused: [String] = []
  /// Those of `unused` that do not belong to layers that may be left out.
  public var forbiddenUnused: [String] = []
  /// Those that both have, with different shapes.
  public var misshapen: [Misshapen] = []
  /// Those of `matched` that were not stored as Float32.
  public var converted: [Conversion] = []
  /// Names that more than one tensor of the file answers to; any of them is an error.
  public var ambiguous: [Ambiguity] = []
  /// The model inside the file's own in which everything was found, for example `resnet50`.
  public var innerModel: String?
  /// Automatic names that the file counts from another start: `conv2d_1…conv2d_94 for
  /// conv2d…conv2d_93`.
  public var renumbered: [String] = []
  /// Tensors of which the file does not tell what they are, and the network does: the first of three
  /// vectors of a norm is β in a network without γ.
  public var inferred: [String] = []
  /// Tensors of three input channels that were made to fit one.
  public var adapted: [String] = []
  /// Whether the file does not tell the names of its layers.
  public var isNameless = false

  /// Whether the file may be loaded: something matches, and nothing is wrong.
  public var isAcceptable: Bool { problem == nil }

  /// What is wrong, as one sentence that names both sides; `nil` when nothing is.
  public var problem: Sentence? {
    if isNameless {
      return
        "'\(file)' does not tell the names of its layers, as the first versions of Keras 3 did "
        + "not; in Keras, load it into its model and save that as .keras or .h5"
    }
    if let first = ambiguous.first {
      return
        "'\(file)' has '\(first.name)' more than once: \(Self.places(first.paths))"
    }
    if matched.isEmpty, misshapen.count <= missing.count {
      let held = unused.isEmpty ? "no tensors at all" : Self.list(unused)
      return
        "'\(file)' has none of the \(missing.count + misshapen.count) tensors of \(network), which needs "
        + "\(Self.list(missing)); it holds \(held); are these weights for another model?"
    }
    if let first = misshapen.first {
      let more = misshapen.count > 1 ? " (and \(misshapen.count - 1) more differ)" : ""
      return
        "'\(first.name)' is \(first.expected) in \(network) but \(first.found) in '\(file)'\(more); "
        + "are these weights for another model?"
    }
    var problems: [String] = []
    if !forbiddenMissing.isEmpty {
      problems.append("lacks \(Self.list(forbiddenMissing)) of \(network)")
    }
    if !forbiddenUnused.isEmpty {
      problems.append("holds \(Self.list(forbiddenUnused)), which \(network) does not have")
    }
    if problems.isEmpty { return nil }
    return "'\(file)' \(problems.joined(separator: " and ")); are these weights for another model?"
      + (forbiddenMissing.isEmpty ? "" : " (\(.allowMissing) lets tensors be absent)")
  }

  /// `/a and /b`, or the first three `and 12 more`.
  private static func places(_ paths: [String]) -> String {
    guard paths.count > 4 else { return paths.joined(separator: " and ") }
    return "\(paths.prefix(3).joined(separator: ", ")) and \(paths.count - 3) more"
  }

  /// `'a', 'b', 'c' and 12 more`.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(names.count == 4 ? 4 : 3).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 4 ? "\(shown) and \(names.count - 3) more" : shown
  }
}

extension LoadReport: CustomStringConvertible {
  /// A few lines: counts first, then every name that did not simply match.
  public var description: String {
    var lines = ["\(file) (\(layout)): \(matched.count) tensors match \(network)"]
    func add(_ title: String, _ names: [String]) {
      if !names.isEmpty {
        lines.append("\(title) \(names.count): \(names.joined(separator: ", "))")
      }
    }
    add("  missing in the file", missing)
    let counters = unused.filter { $0.hasSuffix("/num_batches_tracked") }
    add("  unused of the file", unused.filter { !counters.contains($0) })
    if !counters.isEmpty {
      lines.append("  counts of batches, which are no weights \(counters.count)")
    }
    add("  of another shape", misshapen.map { "\($0.name) \($0.found), expected \($0.expected)" })
    let byType = Dictionary(grouping: converted, by: \.from)
    for (type, tensors) in byType.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "  converted from \(type) \(tensors.count): \(tensors.map(\.name).joined(separator: ", "))")
    }
    if let innerModel { lines.append("  found in the inner model '\(innerModel)'") }
    add("  counted from another start", renumbered)
    if !inferred.isEmpty {
      lines.append("  recognised by what the network has \(inferred.count): \(Self.list(inferred))")
    }
    for name in adapted {
      lines.append(
        name.hasSuffix("kernel")
          ? "  first kernel '\(name)' summed over its 3 input channels"
          : "  '\(name)' averaged over its 3 channels")
    }
    if !sha256.isEmpty { lines.append("  sha256 \(sha256)") }
    return lines.joined(separator: "\n")
  }
}
