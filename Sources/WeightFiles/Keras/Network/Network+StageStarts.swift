import NeuralNetworks
import TensorKernels

extension Network {
  /// Where stages begin: whole blocks at one resolution, divided only behind nodes through which
  /// every path passes, and named after the first node of each.
  ///
  /// A stage ends before the layer that halves the resolution: a pooling without weights still
  /// belongs to the stage before it, while a convolution with a step begins the next one, with its
  /// padding and, in a block that widens before it steps, the widening.
  /// - Parameters:
  ///   - firstLearned: the first node with weights that learn.
  ///   - end: the first node that belongs to none.
  func stageStarts(from firstLearned: Int, before end: Int, _ cuts: NetworkCuts) -> [(Int, String)]
  {
    guard firstLearned < end else { return [] }
    // Padding before the first convolution goes with it.
    var start = cuts.last(before: firstLearned)
    while start > 0, nodes[start].layer is ZeroPadding2D { start = cuts.last(before: start) }
    var starts = [start + 1]
    for (cut, next) in zip(cuts.nodes, cuts.nodes.dropFirst()) where next < end && cut >= starts[0]
    {
      guard reducesResolution(from: cut, to: next) else { continue }
      let isBarePooling = next == cut + 1 && !nodes[next].hasLearnedParameters
      let begin = (isBarePooling ? next : blockStart(of: cut, cuts)) + 1
      if begin > starts[starts.count - 1], begin < end { starts.append(begin) }
    }
    // A stage without weights is none.
    var kept: [Int] = []
    for (position, start) in starts.enumerated() {
      let stop = position + 1 < starts.count ? starts[position + 1] : end
      if kept.isEmpty || nodes[start..<stop].contains(where: \.hasLearnedParameters) {
        kept.append(start)
      }
    }
    return kept.map {
      ($0, nodes[$0].name == Network.headStage ? "\(Network.headStage)_" : nodes[$0].name)
    }
  }

  /// Whether a window moves in steps between two neighbouring cuts, so that fewer positions are left.
  private func reducesResolution(from cut: Int, to next: Int) -> Bool {
    guard nodes[next].shape.positions < nodes[cut].shape.positions else { return false }
    return nodes[(cut + 1)...next].contains { ($0.layer.window?.stride.count ?? 1) > 1 }
  }

  /// The cut at which the block begins that a stepping layer behind `cut` belongs to.
  private func blockStart(of cut: Int, _ cuts: NetworkCuts) -> Int {
    var start = cut
    while start > 0, nodes[start].layer is ZeroPadding2D { start = cuts.last(before: start) }
    // A block that widens first (inverted residuals) begins at the narrow, linear value before: one
    // pointwise kernel away, with its norm and activation.
    var kernels = 0
    var candidate = start
    while candidate > 0, kernels < 2 {
      let node = nodes[candidate]
      let isLinear = node.layer is Add || node.layer is BatchNormalization
      if kernels == 1, isLinear, node.shape.channels < nodes[start].shape.channels {
        return candidate
      }
      if node.hasKernel {
        guard (node.layer as? Convolution2D)?.kernel == 1 else { break }
        kernels += 1
      } else if kernels == 1 {
        break
      }
      candidate = cuts.last(before: candidate)
    }
    return start
  }
}

extension Shape {
  /// The positions of an activation: 1 for a vector.
  fileprivate var positions: Int { dimensions.dropLast().reduce(1, *) }
}
