import NeuralNetworks
import TensorKernels

/// What an optimiser remembers of the parameters that learn, by name; it outlives a phase, so that
/// unfreezing more of a network does not forget what the head has learnt about its direction.
public final class OptimizerState: Sendable {
  /// The rule it was made for.
  public let rule: OptimizerRule
  private let parameters: [Parameter]
  // `FloatBuffer`s have fixed addresses; the workers that update share none of them.
  private let buffers: [String: FloatBuffer]

  /// Zeros for parameters that `previous` does not know, or knows under another rule; its own memory
  /// for the others.
  public init(
    _ parameters: [Parameter], rule: OptimizerRule = .sgd(),
    continuing previous: OptimizerState? = nil
  ) {
    let kept = previous?.rule.name == rule.name ? previous?.buffers ?? [:] : [:]
    var buffers: [String: FloatBuffer] = [:]
    for parameter in parameters {
      for slot in rule.slots {
        let name = Self.name(slot, parameter)
        let shape = Self.shape(slot, parameter)
        let known = kept[name]
        buffers[name] = known?.count == shape.count ? known : FloatBuffer(count: shape.count)
      }
    }
    self.rule = rule
    self.parameters = parameters
    self.buffers = buffers
  }

  /// Everything it remembers, copied: `<parameter>/<slot>` with the slots `velocity`, or `mean`,
  /// `square` and `steps`. The first three are shaped like the parameter, the last is one number.
  public var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    forEachSlot { name, shape, buffer in
      tensors[name] = Tensor(shape, buffer.array(count: buffer.count))
    }
    return tensors
  }

  /// Sets everything to what `tensors` of a state of the same rule and parameters has been.
  /// - Throws: `OptimizerStateError` naming a tensor that is missing, left over, or of another shape;
  ///   nothing has changed then.
  public func restore(_ tensors: [String: Tensor]) throws(OptimizerStateError) {
    var names: Set<String> = []
    var problem: OptimizerStateError?
    forEachSlot { name, shape, _ in
      names.insert(name)
      guard let tensor = tensors[name] else {
        problem = problem ?? OptimizerStateError("the optimizer's '\(name)' is missing")
        return
      }
      if tensor.shape != shape {
        problem =
          problem
          ?? OptimizerStateError("the optimizer's '\(name)' is \(tensor.shape), expected \(shape)")
      }
    }
    if let problem { throw problem }
    if let unknown = tensors.keys.filter({ !names.contains($0) }).min() {
      throw OptimizerStateError(
        "the optimizer's '\(unknown)' belongs to no parameter that \(rule.name) trains here")
    }
    forEachSlot { name, _, buffer in
      guard let tensor = tensors[name] else { return }
      tensor.values.withUnsafeBufferPointer { values in
        for index in 0..<buffer.count { buffer.pointer[index] = values[index] }
      }
    }
  }

  /// Forgets everything.
  public func reset() {
    for buffer in buffers.values {
      buffer.pointer.update(repeating: 0, count: buffer.count)
    }
  }

  /// What is remembered of a parameter that the state was made for.
  func values(
    of slot: OptimizerRule.Slot, of parameter: Parameter
  ) -> UnsafeMutableBufferPointer<Float> {
    guard let buffer = buffers[Self.name(slot, parameter)] else {
      preconditionFailure("no \(slot.rawValue) of '\(parameter.name)'")
    }
    return UnsafeMutableBufferPointer(start: buffer.pointer, count: buffer.count)
  }

  private func forEachSlot(_ body: (_ name: String, Shape, FloatBuffer) -> Void) {
    for parameter in parameters {
      for slot in rule.slots {
        let name = Self.name(slot, parameter)
        guard let buffer = buffers[name] else { continue }
        body(name, Self.shape(slot, parameter), buffer)
      }
    }
  }

  private static func name(_ slot: OptimizerRule.Slot, _ parameter: Parameter) -> String {
    "\(parameter.name)/\(slot.rawValue)"
  }

  private static func shape(_ slot: OptimizerRule.Slot, _ parameter: Parameter) -> Shape {
    slot == .steps ? [1] : parameter.shape
  }
}

/// Why saved tensors are not those of an optimiser.
public struct OptimizerStateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which tensor is missing, has another shape, or belongs to no parameter that is trained.
  public let description: String

  package init(_ description: String) { self.description = description }
}
