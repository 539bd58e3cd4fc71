import NeuralNetworks

/// The tensors of a file by each of their names.
struct EntryIndex {
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
