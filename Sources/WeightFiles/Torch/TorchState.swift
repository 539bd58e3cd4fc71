import Files

/// Finds a network's tensors in what somebody has saved: the tensors by their names themselves, or a dictionary that has
/// them beside the epoch, an optimizer's state and so on.
enum TorchState {
  /// How many dictionaries may be around it.
  private static let largestDepth = 4

  /// The tensors, in the order of the pickle.
  /// - Throws: `FormatError` when there are none, or several sets, or when tensors overlap in their storages.
  static func tensors(in root: PickleValue, of reader: borrowing PickleReader) throws(FormatError)
    -> [(name: String, tensor: TorchTensor)]
  {
    var visited: Set<Int> = []
    let found = candidates(in: root, of: reader, named: [], &visited)
    guard let state = found.first else {
      throw FormatError(
        "holds no tensors by their names; in PyTorch, save model.state_dict() with torch.save")
    }
    guard found.count == 1 else {
      let names = found.prefix(4).map { "'\($0.path.joined(separator: "."))'" }
      throw FormatError(
        "holds the weights \(names.joined(separator: " and ")); in PyTorch, save one of them by "
          + "itself")
    }
    try checkOverlaps(state.tensors)
    return state.tensors
  }

  private typealias Candidate = (path: [String], tensors: [(name: String, tensor: TorchTensor)])

  private static func candidates(
    in value: PickleValue, of reader: borrowing PickleReader, named path: [String],
    _ visited: inout Set<Int>
  ) -> [Candidate] {
    guard case .dictionary(let index) = value, path.count < largestDepth,
      visited.insert(index).inserted
    else { return [] }
    let items = reader.items(ofDictionary: index)
    let tensors = items.compactMap { item in item.value.tensor.map { (name: item.key, tensor: $0) }
    }
    // A single number, such as the best accuracy, makes no network.
    if tensors.contains(where: { !$0.tensor.extents.isEmpty }) { return [(path, tensors)] }
    var found: [Candidate] = []
    for item in items {
      found += candidates(in: item.value, of: reader, named: path + [item.key], &visited)
    }
    return found
  }

  /// Layers may share a tensor; a tensor that shows a part of another is no layer's.
  private static func checkOverlaps(_ tensors: [(name: String, tensor: TorchTensor)])
    throws(FormatError)
  {
    for (_, group) in Dictionary(grouping: tensors, by: \.tensor.storage.key) {
      let sorted = group.filter { !$0.tensor.range.isEmpty }.sorted {
        $0.tensor.range.lowerBound < $1.tensor.range.lowerBound
      }
      for (first, second) in zip(sorted, sorted.dropFirst())
      where second.tensor.range.lowerBound < first.tensor.range.upperBound
        && first.tensor != second.tensor
      {
        throw FormatError(
          "has tensors that overlap: '\(first.name.prefix(60))' and '\(second.name.prefix(60))'")
      }
    }
  }
}
