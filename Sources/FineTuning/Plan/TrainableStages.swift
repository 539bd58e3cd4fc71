import Foundation
import NeuralNetworks

/// What a phase trains in a particular network, stage by stage.
package struct TrainableStages: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    /// As the network calls it; `input` for nodes before its first stage.
    package let name: String
    /// Indices into the network's nodes.
    package let nodes: Range<Int>
    /// What the rate of the phase is multiplied by.
    package let rateFactor: Double
  }

  /// In the order of the network; the last one is the head.
  package let stages: [Stage]

  /// - Parameter network: the base with its head, which is its last stage.
  /// - Throws: `PlanError` when the network has fewer stages than the scope names.
  package init(_ phase: Phase, of network: Network) throws(PlanError) {
    var all = network.stages.map { (name: $0.name, nodes: $0.nodes) }
    precondition(all.last?.name == Network.headStage, "the network's last stage is not a head")
    let stagesOfBase = all.count - 1
    let count: Int
    switch phase.scope {
    case .head: count = 0
    case .lastStages(let wanted):
      guard wanted <= stagesOfBase else {
        throw PlanError(
          "phase '\(phase.name)' trains the last \(wanted) stages, but this network has"
            + " \(stagesOfBase): \(all.dropLast().map(\.name).joined(separator: ", "))")
      }
      count = wanted
    case .from(let name):
      let first = try network.firstNode(ofBlock: name, phase: phase.name)
      // The last stage that begins at this block or before it, shortened to begin there.
      let stage = all.lastIndex { $0.nodes.lowerBound <= first } ?? 0
      all[stage].nodes = first..<all[stage].nodes.upperBound
      if first != network.stages[stage].nodes.lowerBound {
        all[stage].name += " from \(name)"
      }
      count = stagesOfBase - stage
    case .all, .gradual:
      if let first = all.first, first.nodes.lowerBound > 0 {
        all.insert(("input", 0..<first.nodes.lowerBound), at: 0)
      }
      count = all.count - 1
    }
    stages = all.suffix(count + 1).enumerated().map { index, stage in
      Stage(
        name: stage.name, nodes: stage.nodes,
        rateFactor: pow(phase.stageDecay, -Double(count - index)))
    }
    try requireOwnStatistics(phase, network)
  }

  /// A norm that several nodes share would have statistics of each.
  private func requireOwnStatistics(_ phase: Phase, _ network: Network) throws(PlanError) {
    guard phase.batchNorm == .train else { return }
    for node in stages.flatMap({ network.nodes[$0.nodes] })
    where node.sharesWeights && node.layer is BatchNormalization {
      throw PlanError(
        "phase '\(phase.name)' takes the statistics of batches, but '\(node.parameters[0].node)' is called"
          + " more than once and has one set of them; expected frozen norms", setting: "batchNorm")
    }
  }

  /// The names of all nodes that learn.
  package func nodeNames(in network: Network) -> Set<String> {
    Set(stages.flatMap { network.nodes[$0.nodes].filter(\.hasLearnedParameters).map(\.name) })
  }

  /// The names of the nodes without weights that do something else in training than in inference: dropout,
  /// stochastic depth and stochastic pooling. Those of the head always do; the base's where its norms use
  /// the statistics of batches, for frozen norms are what inference is.
  package func randomNodeNames(in network: Network, batchNorm: BatchNormMode) -> Set<String> {
    let trained = batchNorm == .train ? stages.flatMap { network.nodes[$0.nodes] } : []
    return Set(
      (trained + network.headNodes)
        .filter { $0.layer is Dropout || $0.layer is StochasticPooling2D }.map(\.name))
  }

  /// What the rate of each node that learns is multiplied by.
  package func rateFactors(in network: Network) -> [String: Double] {
    var factors: [String: Double] = [:]
    for stage in stages {
      for node in network.nodes[stage.nodes] where node.hasLearnedParameters {
        factors[node.name] = stage.rateFactor
      }
    }
    return factors
  }
}

extension Network.Node {
  var hasLearnedParameters: Bool { parameters.contains { $0.role.isLearned } }
}
