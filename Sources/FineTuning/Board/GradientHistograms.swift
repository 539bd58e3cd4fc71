import NeuralNetworks
import Synchronization

/// The histograms of all gradients of an executor, taken by its workers.
package enum GradientHistograms {
  /// - Parameter executor: has just computed its gradients.
  /// - Returns: one for each parameter that learns, in the network's order.
  package static func of(_ executor: any Executor) -> [TrainingEvent.Gradients.Parameter] {
    let found = Mutex([Int: TrainingEvent.Gradients.Parameter]())
    executor.forEachGradient { index, parameter, gradient in
      let histogram = Histogram(UnsafeBufferPointer(gradient))
      found.withLock { $0[index] = .init(name: parameter.name, histogram: histogram) }
    }
    return found.withLock { found in found.keys.sorted().compactMap { found[$0] } }
  }
}
