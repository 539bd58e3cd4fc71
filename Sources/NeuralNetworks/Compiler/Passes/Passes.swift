import TensorKernels

/// The rewrites between lowering and execution. Each leaves the function the graph computes as it was;
/// each can be left out, which is how the tests compare.
package enum Pass: CaseIterable {
  case mergeZeroPadding, foldFrozenNorms, foldScales, fuseResiduals, fuseActivations

  package func apply(to graph: inout Graph, for purpose: Purpose = Purpose()) {
    switch self {
    case .mergeZeroPadding: graph.mergeZeroPadding()
    case .foldFrozenNorms: graph.foldFrozenNorms(except: purpose.batchStatistics)
    case .foldScales: graph.foldScales()
    case .fuseResiduals: graph.fuseResiduals()
    case .fuseActivations:
      graph.fuseActivations(
        differentiated: graph.differentiated(
          trainable: purpose.trainable, wantsInputGradient: purpose.wantsInputGradient))
    }
  }
}

/// What a graph is compiled for.
package struct Purpose {
  /// Nodes whose parameters learn.
  package var trainable: Set<String> = []
  /// Norms of these nodes use the batch's statistics: they stay.
  package var batchStatistics: Set<String> = []
  package var wantsInputGradient = false

  package init() {}
}
