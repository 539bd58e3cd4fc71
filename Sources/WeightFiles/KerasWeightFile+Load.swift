import Foundation
import NeuralNetworks
import TensorKernels

extension KerasWeightFile {
  /// Reads the tensors of a network, matched strictly by name, never by position.
  ///
  /// - Parameters:
  ///   - parameters: all parameters of the network.
  ///   - network: its name in messages, for example `resnet50`.
  ///   - allowMissing: shell patterns (`*`, `?`, `[…]`) of parameter names that the file may lack.
  ///   - mayBeUnused: layers that the file may have beyond the network, for example its classifier.
  /// - Returns: the tensors by `Parameter.name`, all finite, and what was found.
  /// - Throws: `WeightFileError` (`bad`) that names both sides when anything is unaccounted for, or
  ///   the tensor that holds a NaN or an infinity.
  public func load(
    _ parameters: [Parameter], for network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = []
  ) throws(WeightFileError) -> (tensors: [String: Tensor], report: LoadReport) {
    let matching = try match(parameters, network, allowMissing, mayBeUnused)
    var report = matching.report
    if let problem = report.problem { throw WeightFileError(.bad, problem) }
    var tensors: [String: Tensor] = [:]
    try Self.reading(url) { file throws(FormatError) in
      for (parameter, entry) in matching.pairs {
        let values = try file.floats(dataset: entry.path)
        guard values.count == parameter.shape.count else {
          throw FormatError("changed while '\(entry.path)' was read")
        }
        guard values.allFinite else {
          throw FormatError(
            "holds NaN or infinite values in '\(entry.name)' (\(entry.path)); the file is damaged or "
              + "its training diverged")
        }
        tensors[parameter.name] = Tensor(parameter.shape, values)
      }
    }
    report.sha256 = try sha256()
    return (tensors, report)
  }

  /// Compares the file with a network without reading any tensor or refusing anything.
  /// - Throws: `WeightFileError` (`bad`) when the file has two tensors of one name.
  public func report(
    on parameters: [Parameter], of network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = []
  ) throws(WeightFileError) -> LoadReport {
    try match(parameters, network, allowMissing, mayBeUnused).report
  }

  private func match(
    _ parameters: [Parameter], _ network: String, _ allowMissing: [String],
    _ mayBeUnused: Set<String>
  ) throws(WeightFileError) -> (pairs: [(Parameter, Entry)], report: LoadReport) {
    var report = LoadReport(file: name, network: network, layout: layout)
    var pairs: [(Parameter, Entry)] = []
    var used = Set<String>()
    let index = EntryIndex(entries)
    for parameter in parameters {
      let found = index.find(parameter)
      if found.count > 1 {
        throw WeightFileError(
          .bad,
          "'\(name)' has '\(parameter.name)' more than once: "
            + found.map(\.path).joined(separator: " and "))
      }
      guard let entry = found.first else {
        report.missing.append(parameter.name)
        if !allowMissing.contains(where: { fnmatch($0, parameter.name, 0) == 0 }) {
          report.forbiddenMissing.append(parameter.name)
        }
        continue
      }
      used.insert(entry.path)
      guard entry.shape == parameter.shape else {
        report.misshapen.append(
          .init(name: parameter.name, expected: parameter.shape, found: entry.shape))
        continue
      }
      report.matched.append(parameter.name)
      if entry.type != .float32 {
        report.converted.append(.init(name: parameter.name, from: entry.type.description))
      }
      pairs.append((parameter, entry))
    }
    let optional = mayBeUnused.union(mayBeUnused.flatMap(KerasTensorName.otherNames(ofLayer:)))
    for entry in entries where !used.contains(entry.path) {
      report.unused.append(entry.name)
      if optional.isDisjoint(with: entry.keys.layers) { report.forbiddenUnused.append(entry.name) }
    }
    return (pairs, report)
  }
}

/// The tensors of a file by each of their names.
private struct EntryIndex {
  /// By the name that counts first, and by the second where there is one.
  private var byFirst: [String: [KerasWeightFile.Entry]] = [:]
  private var bySecond: [String: [KerasWeightFile.Entry]] = [:]

  init(_ entries: [KerasWeightFile.Entry]) {
    for entry in entries {
      byFirst["\(entry.keys.layers[0])/\(entry.keys.role)", default: []].append(entry)
      for layer in entry.keys.layers.dropFirst() {
        bySecond["\(layer)/\(entry.keys.role)", default: []].append(entry)
      }
    }
  }

  /// The tensors that a parameter may mean: none, one, or an ambiguity.
  func find(_ parameter: Parameter) -> [KerasWeightFile.Entry] {
    let layers = [parameter.node] + KerasTensorName.otherNames(ofLayer: parameter.node)
    for layer in layers {
      for role in KerasTensorName.roles(of: parameter) {
        let key = "\(layer)/\(role)"
        if let entries = byFirst[key] ?? bySecond[key] { return entries }
      }
    }
    return []
  }
}

extension [Float] {
  /// Whether no element is NaN or infinite: no exponent has all bits set.
  fileprivate var allFinite: Bool {
    withUnsafeBufferPointer { values in
      var largest: UInt32 = 0
      for value in values { largest = Swift.max(largest, value.bitPattern & 0x7fff_ffff) }
      return largest < 0x7f80_0000
    }
  }
}
