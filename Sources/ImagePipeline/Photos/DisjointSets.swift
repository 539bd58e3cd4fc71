/// Sets of numbers that only ever grow together (Tarjan 1975, with path halving, by size).
struct DisjointSets {
  private var parents: [Int]
  private var sizes: [Int]

  init(count: Int) {
    parents = Array(0..<count)
    sizes = Array(repeating: 1, count: count)
  }

  mutating func root(of element: Int) -> Int {
    var element = element
    while parents[element] != element {
      parents[element] = parents[parents[element]]
      element = parents[element]
    }
    return element
  }

  mutating func unite(_ left: Int, _ right: Int) {
    let (left, right) = (root(of: left), root(of: right))
    guard left != right else { return }
    let (small, large) = sizes[left] < sizes[right] ? (left, right) : (right, left)
    parents[small] = large
    sizes[large] += sizes[small]
  }

  /// All sets, each rising, by their first element.
  mutating func groups() -> [[Int]] {
    var places: [Int: Int] = [:]
    var groups: [[Int]] = []
    for element in parents.indices {
      let root = root(of: element)
      if let place = places[root] {
        groups[place].append(element)
      } else {
        places[root] = groups.count
        groups.append([element])
      }
    }
    return groups
  }
}
