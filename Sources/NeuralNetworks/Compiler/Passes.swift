import TensorKernels

/// The rewrites between lowering and execution. Each leaves the function the graph computes as it was;
/// each can be left out, which is how the tests compare.
package enum Pass: CaseIterable {
  case mergeZeroPadding, foldFrozenNorms, fuseResiduals, fuseActivations

  /// - Parameter batchStatistics: norms of these nodes use the batch's statistics: they stay.
  package func apply(to graph: inout Graph, batchStatistics: Set<String>) {
    switch self {
    case .mergeZeroPadding: graph.mergeZeroPadding()
    case .foldFrozenNorms: graph.foldFrozenNorms(except: batchStatistics)
    case .fuseResiduals: graph.fuseResiduals()
    case .fuseActivations: graph.fuseActivations()
    }
  }
}
