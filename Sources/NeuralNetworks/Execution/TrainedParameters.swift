import TensorKernels

/// The parameters that learn in a program, each once, with the places of their gradients.
///
/// Several operations may have the same weight. Each has a gradient of its own; the first one's becomes the
/// sum.
struct TrainedParameters {
  /// In the order of the network.
  let all: [TrainedParameter]
  /// What is to be added to gradients of `all` when every operation has finished its own, in the order of the
  /// operations.
  let shared: [(sum: TrainedParameter, further: TrainedParameter)]
  /// For each of the program's weights those of `all` whose gradient is there.
  let ofWeights: [[Int]]

  /// - Parameter parameters: of the network, in its order.
  init(_ weights: [any KernelWeights], of parameters: [Parameter]) {
    var firsts: [String: TrainedParameter] = [:]
    var shared: [(sum: TrainedParameter, further: TrainedParameter)] = []
    var names: [[String]] = []
    for trained in weights.map({ $0.trained }) {
      var own: [String] = []
      for entry in trained {
        let name = entry.parameter.name
        if let first = firsts[name] {
          shared.append((first, entry))
        } else {
          firsts[name] = entry
          own.append(name)
        }
      }
      names.append(own)
    }
    all = parameters.compactMap { firsts[$0.name] }
    self.shared = shared
    let indices = Dictionary(
      uniqueKeysWithValues: all.enumerated().map { ($1.parameter.name, $0) })
    ofWeights = names.map { $0.compactMap { indices[$0] } }
  }

  /// Makes each gradient of `all` that of all operations.
  func addUp() {
    for (sum, further) in shared {
      for index in sum.gradient.indices { sum.gradient[index] += further.gradient[index] }
    }
  }
}
