/// Names for a network's nodes: those of the layers where they are unique, else with the names of the
/// models around them.
struct KerasNodeNames {
  let input: String
  private let counts: [String: Int]
  private var taken: Set<String>

  init(_ list: KerasCallList) {
    counts = Dictionary(
      list.calls.map { (Self.plain($0.layer.name), 1) } + [(Self.plain(list.inputName), 1)],
      uniquingKeysWith: +)
    input = Self.plain(list.inputName)
    taken = [input]
  }

  mutating func next(for call: KerasCall, suffix: String) -> String {
    let own = Self.plain(call.layer.name)
    let base =
      (counts[own] == 1 || call.models.isEmpty ? own : Self.plain(call.path)) + suffix
    var name = base
    var number = 2
    // The plain names of other layers stay free for them.
    while taken.contains(name) || (name != own && counts[name] != nil) {
      name = "\(base)_\(number)"
      number += 1
    }
    taken.insert(name)
    return name
  }

  /// Slashes separate a node from its parameters.
  private static func plain(_ name: String) -> String { name.replacing("/", with: "_") }
}
