import NeuralNetworks
import TensorKernels

/// Running averages of weights, which often classify better than the last weights do (Polyak and
/// Juditsky 1992; in this form, Tarvainen and Valpola 2017).
///
/// After update t (from 1) the average is d · average + (1 − d) · weights with
/// d = min(decay, (1 + t) / (10 + t)), TensorFlow's correction: the first few hundred updates, when a
/// long memory would only remember the beginning, are averaged over a shorter time.
public final class ExponentialMovingAverage: Sendable {
  /// The longest memory, `0..<1`: 0.999 averages over about 1000 updates.
  public let decay: Double
  private let parameters: [Parameter]
  // `FloatBuffer`s have fixed addresses; the workers that update share none of them.
  private let averages: [String: FloatBuffer]
  private let updates = FloatBuffer(count: 1)

  /// - Parameters:
  ///   - decay: the largest share of the average that an update keeps, `0..<1`: 0.999 averages over
  ///     about 1000 updates.
  ///   - parameters: everything that changes, moving statistics of norms included.
  ///   - beginning: their values, by name, from which the averages start.
  /// - Precondition: `beginning` knows every parameter, in its shape.
  public init(decay: Double, _ parameters: [Parameter], beginning: [String: Tensor]) {
    precondition(0..<1 ~= decay, "a decay of \(decay) is no average")
    self.decay = decay
    self.parameters = parameters
    averages = Dictionary(
      uniqueKeysWithValues: parameters.map {
        ($0.name, FloatBuffer(count: $0.shape.count))
      })
    restart(beginning)
  }

  /// How many updates the averages have seen.
  public var updateCount: Int { Int(updates.pointer[0]) }

  /// The share of the average that the next update keeps.
  var nextDecay: Double {
    let number = Double(updateCount + 1)
    return min(decay, (1 + number) / (10 + number))
  }

  /// Moves every average towards the present weights; the driver calls it after each update.
  /// - Parameter weights: of a network that has all the parameters.
  public func update(_ weights: NetworkWeights) {
    let rest = Float(1 - nextDecay)
    for parameter in parameters {
      guard let average = averages[parameter.name] else { continue }
      GradientDescent.average(
        UnsafeMutableBufferPointer(start: average.pointer, count: average.count),
        with: UnsafeBufferPointer(weights.values(of: parameter)), rest: rest)
    }
    updates.pointer[0] += 1
  }

  /// The averages by parameter name, copied.
  public var weights: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: parameters.compactMap { parameter in
        averages[parameter.name].map {
          (parameter.name, Tensor(parameter.shape, $0.array(count: $0.count)))
        }
      })
  }

  /// What a checkpoint keeps: the averages, and how many updates they have seen under `updates`.
  package var tensors: [String: Tensor] {
    weights.merging([Self.counter: Tensor([1], [updates.pointer[0]])]) { $1 }
  }

  /// Sets everything to what `tensors` has been.
  /// - Throws: `OptimizerStateError` naming a tensor that is missing, left over, or of another shape;
  ///   nothing has changed then.
  package func restore(_ tensors: [String: Tensor]) throws(OptimizerStateError) {
    let expected =
      parameters.map { ($0.name, $0.shape) } + [(Self.counter, Shape([1]))]
    for (name, shape) in expected {
      guard let tensor = tensors[name] else {
        throw OptimizerStateError("the average's '\(name)' is missing")
      }
      guard tensor.shape == shape else {
        throw OptimizerStateError("the average's '\(name)' is \(tensor.shape), expected \(shape)")
      }
    }
    let known = Set(expected.map(\.0))
    if let unknown = tensors.keys.filter({ !known.contains($0) }).min() {
      throw OptimizerStateError("the average's '\(unknown)' is not trained here")
    }
    restart(tensors)
    updates.pointer[0] = tensors[Self.counter]?.values[0] ?? 0
  }

  /// Starts again from other weights.
  package func restart(_ beginning: [String: Tensor]) {
    for parameter in parameters {
      guard let average = averages[parameter.name], let tensor = beginning[parameter.name],
        tensor.shape == parameter.shape
      else { preconditionFailure("no values of '\(parameter.name)' to start its average from") }
      for index in 0..<average.count { average.pointer[index] = tensor.values[index] }
    }
    updates.pointer[0] = 0
  }

  private static let counter = "updates"
}
