import Foundation
import NeuralNetworks
import TensorKernels

/// What a network needs of a file, and what may be otherwise.
struct WantedTensors {
  let parameters: [Parameter]
  /// Its name in messages.
  let network: String
  /// Shell patterns of parameters that may be absent.
  let allowMissing: [String]
  /// Layers that the file may have beyond the network.
  let mayBeUnused: Set<String>
  let adaptation: ChannelAdaptation?
  /// What a classifier behind the network reads at each of its positions; `nil` where there can be none.
  let outputs: Int?
}

/// Which tensor of a file is which parameter of a network.
struct TensorMatching {
  private(set) var pairs: [(parameter: Parameter, entry: KerasWeightFile.Entry)] = []
  private(set) var report: LoadReport

  /// By name; if that fails and the numbers of automatic names are merely shifted, by those.
  static func best(_ wanted: WantedTensors, in file: KerasWeightFile) -> TensorMatching {
    let strict = TensorMatching(wanted, in: file, nil)
    guard strict.report.problem != nil,
      let renaming = Renumbering(wanted.parameters, in: file)
    else { return strict }
    let renumbered = TensorMatching(wanted, in: file, renaming)
    return renumbered.report.problem == nil ? renumbered : strict
  }

  private init(_ wanted: WantedTensors, in file: KerasWeightFile, _ renaming: Renumbering?) {
    report = LoadReport(file: file.name, network: wanted.network, layout: file.layout)
    report.renumbered = renaming?.description ?? []
    report.isNameless = !file.entries.isEmpty && file.entries.allSatisfy(\.layers.isEmpty)
    var used = Set<String>()
    let index = EntryIndex(file.entries, wanted.parameters)
    for parameter in wanted.parameters {
      let found = index.find(parameter, inLayer: renaming?.layers[parameter.node])
      if found.count > 1 {
        report.ambiguous.append(.init(name: parameter.name, paths: found.map(\.path)))
        used.formUnion(found.map(\.path))
        continue
      }
      guard let entry = found.first else {
        report.missing.append(parameter.name)
        if !wanted.allowMissing.contains(where: { fnmatch($0, parameter.name, 0) == 0 }) {
          report.forbiddenMissing.append(parameter.name)
        }
        continue
      }
      used.insert(entry.path)
      let shape = entry.shape(as: parameter)
      let isAdapted = wanted.adaptation?.canFit(shape, parameter) == true
      guard shape == parameter.shape || isAdapted else {
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
      file.entries.filter { !used.contains($0.path) }, beside: pairs.map(\.entry), in: file, wanted)
  }
}

extension LoadReport {
  /// Lists what is left over of the file, and what of it may not be.
  fileprivate mutating func setUnused(
    _ entries: [KerasWeightFile.Entry], beside matched: [KerasWeightFile.Entry],
    in file: KerasWeightFile, _ wanted: WantedTensors
  ) {
    let optional = wanted.mayBeUnused.union(
      wanted.mayBeUnused.flatMap(KerasTensorName.otherNames(ofLayer:)))
    let models = matched.map(\.models)
    // A base that is a model inside the file's: whatever is around it is somebody's own head.
    let base = (models.first ?? []).indices.reversed().lazy
      .map { models[0][...$0] }.first { prefix in models.allSatisfy { $0.starts(with: prefix) } }
    func isOptional(_ entry: KerasWeightFile.Entry) -> Bool {
      !optional.isDisjoint(with: entry.layers + [entry.layer, entry.layerPath])
    }
    let own = OwnClassifier(
      entries.filter { !isOptional($0) }, behind: matched, reading: wanted.outputs, in: file)
    for entry in entries {
      unused.append(entry.name)
      let isAround = base.map { !entry.models.starts(with: $0) } ?? false
      // Counters and states of random generators are no weights.
      if !isOptional(entry), !isAround, !own.contains(entry), !entry.type.isInteger {
        forbiddenUnused.append(entry.name)
      }
    }
    innerModel = base?.joined(separator: "/")
  }
}
