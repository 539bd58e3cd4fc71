import Foundation
import NeuralNetworks
import TensorKernels

/// Which tensor of a file is which parameter of a network.
struct TensorMatching {
  private(set) var pairs: [(parameter: Parameter, entry: KerasWeightFile.Entry)] = []
  private(set) var report: LoadReport

  /// By name; if that fails and the numbers of automatic names are merely shifted, by those.
  static func best(
    _ parameters: [Parameter], _ network: String, in file: KerasWeightFile,
    _ allowMissing: [String], _ mayBeUnused: Set<String>, _ adaptation: ChannelAdaptation?
  ) -> TensorMatching {
    func matching(_ renaming: Renumbering?) -> TensorMatching {
      TensorMatching(
        parameters, network, in: file, allowMissing, mayBeUnused, adaptation, renaming)
    }
    let strict = matching(nil)
    guard strict.report.problem != nil, let renaming = Renumbering(parameters, in: file) else {
      return strict
    }
    let renumbered = matching(renaming)
    return renumbered.report.problem == nil ? renumbered : strict
  }

  private init(
    _ parameters: [Parameter], _ network: String, in file: KerasWeightFile,
    _ allowMissing: [String], _ mayBeUnused: Set<String>, _ adaptation: ChannelAdaptation?,
    _ renaming: Renumbering?
  ) {
    report = LoadReport(file: file.name, network: network, layout: file.layout)
    report.renumbered = renaming?.description ?? []
    report.isNameless = !file.entries.isEmpty && file.entries.allSatisfy(\.layers.isEmpty)
    var used = Set<String>()
    let index = EntryIndex(file.entries, parameters)
    for parameter in parameters {
      let found = index.find(parameter, inLayer: renaming?.layers[parameter.node])
      if found.count > 1 {
        report.ambiguous.append(.init(name: parameter.name, paths: found.map(\.path)))
        used.formUnion(found.map(\.path))
        continue
      }
      guard let entry = found.first else {
        report.missing.append(parameter.name)
        if !allowMissing.contains(where: { fnmatch($0, parameter.name, 0) == 0 }) {
          report.forbiddenMissing.append(parameter.name)
        }
        continue
      }
      used.insert(entry.path)
      let isAdapted = adaptation?.canFit(entry.shape, parameter) == true
      guard entry.shape == parameter.shape || isAdapted else {
        report.misshapen.append(
          .init(name: parameter.name, expected: parameter.shape, found: entry.shape))
        continue
      }
      report.matched.append(parameter.name)
      if isAdapted { report.adapted.append(parameter.name) }
      if !entry.possibleRoles.isEmpty {
        report.inferred.append(parameter.name)
      }
      if entry.type.isFloat, entry.type != .float32 {
        report.converted.append(.init(name: parameter.name, from: entry.type.description))
      }
      pairs.append((parameter, entry))
    }
    report.setUnused(
      file.entries.filter { !used.contains($0.path) }, around: pairs.map(\.entry.models),
      mayBeUnused)
  }
}

extension LoadReport {
  /// Lists what is left over of the file, and what of it may not be.
  fileprivate mutating func setUnused(
    _ entries: [KerasWeightFile.Entry], around models: [[String]], _ mayBeUnused: Set<String>
  ) {
    let optional = mayBeUnused.union(mayBeUnused.flatMap(KerasTensorName.otherNames(ofLayer:)))
    // A base that is a model inside the file's: whatever is around it is somebody's own head.
    let base = (models.first ?? []).indices.reversed().lazy
      .map { models[0][...$0] }.first { prefix in models.allSatisfy { $0.starts(with: prefix) } }
    for entry in entries {
      unused.append(entry.name)
      let path = (entry.models + [entry.layer]).joined(separator: "/")
      let isOptional = !optional.isDisjoint(with: entry.layers + [entry.layer, path])
      let isAround = base.map { !entry.models.starts(with: $0) } ?? false
      // Counters and states of random generators are no weights.
      if !isOptional, !isAround, !entry.type.isInteger { forbiddenUnused.append(entry.name) }
    }
    innerModel = base?.joined(separator: "/")
  }
}

/// The tensors of a file by each of their names.
private struct EntryIndex {
  /// By the whole path of names, by the name that counts first, by others, and by the spelling that
  /// Keras's renamings leave alone.
  private var tiers = [[String: [KerasWeightFile.Entry]]](repeating: [:], count: 4)
  /// Tensors whose role only the network can tell, by layer.
  private var open: [String: [KerasWeightFile.Entry]] = [:]
  private let wanted: Set<String>

  init(_ entries: [KerasWeightFile.Entry], _ parameters: [Parameter]) {
    wanted = Set(parameters.map(\.name))
    for entry in entries {
      guard let first = entry.layers.first else { continue }
      let path = (entry.models + [entry.layer]).joined(separator: "/")
      if entry.possibleRoles.isEmpty {
        add(entry, [path], tier: 0)
        add(entry, [first], tier: 1)
        add(entry, entry.layers.dropFirst(), tier: 2)
        add(entry, Set(entry.layers.map(KerasTensorName.spelling(of:))), tier: 3)
      } else {
        for name in Set([path, first]) { open[name, default: []].append(entry) }
      }
    }
  }

  private mutating func add(
    _ entry: KerasWeightFile.Entry, _ layers: some Sequence<String>, tier: Int
  ) {
    for layer in layers { tiers[tier]["\(layer)/\(entry.role)", default: []].append(entry) }
  }

  /// The tensors that a parameter may mean: none, one, or an ambiguity.
  /// - Parameter layer: the name to look for in place of the parameter's node's.
  func find(_ parameter: Parameter, inLayer layer: String?) -> [KerasWeightFile.Entry] {
    let node = layer ?? parameter.node
    let names = [node] + KerasTensorName.otherNames(ofLayer: node)
    let roles = KerasTensorName.roles(of: parameter)
    for name in names {
      for role in roles {
        let key = "\(name)/\(role)"
        if let entries = tiers[0][key] ?? tiers[1][key] ?? tiers[2][key] { return entries }
      }
      // A norm without γ or without β: the one that the network has.
      for entry in open[name] ?? [] where entry.possibleRoles.contains(parameter.role.kerasName) {
        let choices = entry.possibleRoles.filter { wanted.contains("\(parameter.node)/\($0)") }
        if choices == [parameter.role.kerasName] { return [entry] }
      }
    }
    let spelling = KerasTensorName.spelling(of: node)
    return roles.lazy.compactMap { tiers[3]["\(spelling)/\($0)"] }.first ?? []
  }
}
