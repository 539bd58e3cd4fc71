import Files

extension HDF5File {
  /// Groups of the root that hold the state of training.
  private static let trainingState: Set<String> = [
    "optimizer", "metrics", "compile_metrics", "loss_tracker", "_loss_tracker", "_metrics",
    "_compile_metrics",
  ]

  /// Whether the file has the groups of Keras 3 (and of the last versions of Keras 2).
  func isKeras3() throws(FormatError) -> Bool {
    for name in ["layers", "_layer_checkpoint_dependencies", "vars"]
    where try kind(of: name) == .group { return true }
    for name in try names(in: "/") where try kind(of: "\(name)/vars") == .group { return true }
    return false
  }

  /// The tensors below groups named `vars`.
  ///
  /// The groups are named after classes and counted; a layer's own name is an attribute of its
  /// `vars`, or, in files that lack it, that of the layer at the same place of the configuration.
  /// - Parameter architecture: of the model, if it is known.
  func keras3Entries(_ architecture: KerasArchitecture?) throws(FormatError)
    -> [KerasWeightFile.Entry]
  {
    var walk = Keras3Walk(architecture: architecture)
    try visit("", Keras3Object(models: [], name: nil, className: "", isRoot: true), &walk)
    return walk.entries
  }

  private struct Keras3Walk {
    let architecture: KerasArchitecture?
    var entries: [KerasWeightFile.Entry] = []
    /// Addresses of the groups of objects so far.
    var groups: Set<UInt64> = []
  }

  private struct Keras3Object {
    /// The names of the models around it; `nil` when one of them is unknown.
    let models: [String]?
    let name: String?
    /// In snake case, from the group's name.
    let className: String
    let isRoot: Bool

    /// The path of what is inside.
    var inner: [String]? {
      if isRoot { return [] }
      guard let models, let name else { return nil }
      return models + [name]
    }
  }

  /// An object of Keras: its own tensors, then those of the objects it has.
  private func visit(
    _ path: String, _ object: Keras3Object, _ walk: inout Keras3Walk
  ) throws(FormatError) {
    let group = path == "" ? "/" : path
    // Keras writes each object once. Two links to one group in each of some levels are as many objects as there are ways.
    guard walk.groups.insert(try address(of: group)).inserted else {
      throw FormatError("has the group '\(group)' at another place too, which is refused")
    }
    var children = try names(in: group)
    if children.contains("vars") {
      walk.entries += try tensors(of: path, object, walk.architecture)
    }
    children.removeAll { $0 == "vars" || object.isRoot && Self.trainingState.contains($0) }
    for child in children where try kind(of: "\(path)/\(child)") == .group {
      if try kind(of: "\(path)/\(child)/vars") == .group {
        try visitMembers([child], in: path, object.inner, nil, &walk)
      } else {
        let container = "\(path)/\(child)"
        let members = try names(in: container)
        let isLayers = child == "layers" || child == "_layer_checkpoint_dependencies"
        try visitMembers(
          members, in: container, object.inner, isLayers ? walk.architecture : nil, &walk)
      }
    }
  }

  /// The objects of one list, in the order of their numbers.
  /// - Parameter architecture: names those that have none, by class and position.
  private func visitMembers(
    _ members: [String], in path: String, _ models: [String]?, _ architecture: KerasArchitecture?,
    _ walk: inout Keras3Walk
  ) throws(FormatError) {
    let sorted = members.map(NumberedName.init).sorted()
    for (className, group) in Self.grouped(sorted) {
      let known = models.flatMap { architecture?.layers(in: $0, ofClass: className) } ?? []
      for (position, member) in group.enumerated() {
        let place = "\(path)/\(member.text)"
        guard try kind(of: place) == .group else { continue }
        var name: String?
        if try kind(of: "\(place)/vars") == .group {
          name = try string(attribute: "name", of: "\(place)/vars")
        }
        if name == nil, known.count == group.count { name = known[position].path.last }
        try visit(
          place,
          Keras3Object(models: models, name: name, className: className, isRoot: false), &walk)
      }
    }
  }

  private static func grouped(_ names: [NumberedName]) -> [(String, [NumberedName])] {
    var groups: [(String, [NumberedName])] = []
    for name in names {
      if groups.last?.0 == name.base {
        groups[groups.count - 1].1.append(name)
      } else {
        groups.append((name.base, [name]))
      }
    }
    return groups
  }

  private func tensors(
    of path: String, _ object: Keras3Object, _ architecture: KerasArchitecture?
  ) throws(FormatError) -> [KerasWeightFile.Entry] {
    let numbers = try names(in: "\(path)/vars")
    let sorted = numbers.sorted { ($0.count, $0) < ($1.count, $1) }
    guard sorted == sorted.indices.map(String.init) else {
      // Some layers of preprocessing name what they store.
      if numbers.allSatisfy({ Int($0) == nil }) { return [] }
      throw FormatError("lacks some of the numbered tensors of '\(path)/vars'; it is damaged")
    }
    let layer = object.inner.flatMap { architecture?.layer($0) }
    let className = layer.map { KerasArchitecture.snakeCase($0.className) } ?? object.className
    let variables = KerasLayerClass.ofGroup(className)?.variables ?? []
    let roles = variables.roles(layer?.configuration, count: sorted.count)
    let group = path.pathParts.last ?? "model"
    let name = object.name ?? group
    var entries: [KerasWeightFile.Entry] = []
    for (index, possible) in roles.enumerated() {
      let place = "\(path)/vars/\(index)"
      let info = try describe(dataset: place)
      let role = possible.count == 1 ? possible[0] : "\(index)"
      entries.append(
        KerasWeightFile.Entry(
          name: "\(name)/\(role)", path: place, models: object.models ?? [], layer: name,
          role: role, index: index, shape: info.shape, type: info.type,
          layers: object.inner == nil ? [] : [name],
          possibleRoles: possible.count > 1 ? possible : []))
    }
    return entries
  }
}
