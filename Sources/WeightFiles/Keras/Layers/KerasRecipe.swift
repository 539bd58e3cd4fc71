import NeuralNetworks
import TensorKernels

/// What one call of a Keras layer is in a `Network`: nothing, one layer, or a few.
struct KerasRecipe {
  /// What a step reads.
  enum Source: Hashable {
    /// The call's argument at this position.
    case input(Int)
    /// The result of an earlier step.
    case step(Int)
  }

  struct Step {
    let layer: any Layer
    let reads: [Source]
    /// Added to the call's name; empty for the step that carries it.
    var suffix = ""
    /// How the file's kernels differ from the step's in shape.
    var storage = Storage.same
    /// A kernel that stands for something in the configuration; the file does not have it.
    var kernel: Tensor?
  }

  /// How a weight's shape in the file follows from its shape in the network; the numbers are the
  /// same, in the same order.
  enum Storage: Hashable, Sendable {
    case same
    /// Kernels are without this many leading axes of length 1.
    case withoutLeading(Int)
    /// Kernels have an axis of length 1 behind the first, as Keras 1 stored convolutions of sequences.
    case withSecondAxis
    /// The bias is without its leading axis of length 1.
    case biasWithoutLeading

    func shape(of parameter: Parameter) -> Shape {
      let (shape, isKernel) = (parameter.shape, parameter.role.isKernel)
      switch self {
      case .withoutLeading(let count) where isKernel:
        return Shape(Array(shape.dimensions.dropFirst(count)))
      case .withSecondAxis where isKernel:
        return Shape(shape.dimensions.prefix(1) + [1] + shape.dimensions.dropFirst())
      case .biasWithoutLeading where parameter.role == .bias:
        return Shape(Array(shape.dimensions.dropFirst()))
      default: return shape
      }
    }
  }

  /// The last one's result is the call's; without any, the only argument is passed on.
  var steps: [Step]
  /// What the user should know about this layer.
  var note: String?

  /// One layer that reads all arguments.
  init(_ layer: any Layer, inputs: Int = 1, storage: Storage = .same, note: String? = nil) {
    steps = [
      Step(layer: layer, reads: (0..<inputs).map(Source.input), storage: storage)
    ]
    self.note = note
  }

  init(steps: [Step], note: String? = nil) {
    self.steps = steps
    self.note = note
  }

  /// Nothing: the argument is the result.
  static func passing(_ note: String? = nil) -> KerasRecipe { KerasRecipe(steps: [], note: note) }

  /// Layers one after the other.
  /// - Parameter carrier: the position of the one that has the call's name.
  static func chain(
    _ layers: [(suffix: String, layer: any Layer)], carrier: Int? = nil, storage: Storage = .same
  ) -> KerasRecipe {
    let named = carrier ?? layers.count - 1
    return KerasRecipe(
      steps: layers.enumerated().map { index, step in
        Step(
          layer: step.layer, reads: [index == 0 ? .input(0) : .step(index - 1)],
          suffix: index == named ? "" : "_" + step.suffix,
          storage: index == named ? storage : .same)
      })
  }
}
