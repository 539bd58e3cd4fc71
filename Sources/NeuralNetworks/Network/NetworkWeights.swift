import TensorKernels

/// The weights of one network: plain Float32 in Keras's layouts, the masters that training changes.
///
/// Executors keep packed copies in their kernels' layouts and renew them when `version` has changed.
///
/// `@unchecked Sendable`: the driver reads and writes between steps; workers write only inside an
/// executor's update, each a parameter of its own, while the driver waits.
public final class NetworkWeights: @unchecked Sendable {
  /// All parameters in the order of the network's nodes.
  public let parameters: [Parameter]
  /// Counts the changes.
  package private(set) var version = 0
  private let memory: Buffer
  private let offsets: [String: Int]
  private let indexByName: [String: Int]

  /// Copies the tensors of a network.
  ///
  /// - Parameters:
  ///   - network: whose parameters say which tensors there must be, and in which shapes.
  ///   - tensors: by parameter name (`conv1/kernel`); others are ignored.
  /// - Throws: `NetworkError` when one is missing or has another shape; `BackendError` when there
  ///   is no memory; `OverflowError` when a norm's variance is below 0.
  public init(_ network: Network, _ tensors: [String: Tensor]) throws {
    parameters = network.parameters
    var offsets: [String: Int] = [:]
    var byteCount = 0
    for parameter in parameters {
      offsets[parameter.name] = byteCount
      byteCount += (parameter.shape.count * MemoryLayout<Float>.stride + 63) / 64 * 64
    }
    self.offsets = offsets
    indexByName = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.name, $0) })
    memory = try Buffer(byteCount: byteCount)
    for parameter in parameters {
      guard let tensor = tensors[parameter.name] else {
        throw NetworkError(node: parameter.node, message: "there is no '\(parameter.name)'")
      }
      guard tensor.shape == parameter.shape else {
        throw NetworkError(
          node: parameter.node,
          message: "'\(parameter.name)' is \(parameter.shape) here, found \(tensor.shape)")
      }
      write(tensor.values, to: parameter)
    }
    try checkVariances(of: network)
  }

  /// The present values of one parameter; `nil` if there is none of this name.
  public func tensor(named name: String) -> Tensor? {
    indexByName[name].map { index in
      let parameter = parameters[index]
      return Tensor(parameter.shape, Array(values(of: parameter)))
    }
  }

  /// The present values of all parameters, by name.
  public func tensors() -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: parameters.map {
        ($0.name, Tensor($0.shape, Array(values(of: $0))))
      })
  }

  /// Sets one parameter; executors notice before they run next.
  /// - Precondition: the network has this parameter, in this shape.
  public func replace(_ name: String, with tensor: Tensor) {
    guard let index = indexByName[name] else {
      preconditionFailure("the network has no parameter '\(name)'")
    }
    precondition(
      tensor.shape == parameters[index].shape,
      "'\(name)' is \(parameters[index].shape), not \(tensor.shape)")
    write(tensor.values, to: parameters[index])
    version += 1
  }

  /// The masters themselves.
  package func values(of parameter: Parameter) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: region(of: parameter).floats, count: parameter.shape.count)
  }

  package func region(of parameter: Parameter) -> Region {
    guard let offset = offsets[parameter.name] else {
      preconditionFailure("the network has no parameter '\(parameter.name)'")
    }
    return Region(memory, offset: offset)
  }

  /// Tells executors that the masters have been written to.
  package func markChanged() { version += 1 }

  private func write(_ values: [Float], to parameter: Parameter) {
    _ = self.values(of: parameter).update(fromContentsOf: values)
  }
}
