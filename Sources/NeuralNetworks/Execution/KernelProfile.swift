import Files
import TensorKernels

/// What one kernel of a compiled network has cost, over all lanes.
public struct KernelProfile: Codable, Hashable, Sendable {
  /// On the way from the input to the output, or of gradients back.
  public enum Direction: String, Codable, Hashable, Sendable {
    /// From inputs to outputs, or gradients from outputs to inputs.
    case forward, backward
  }

  /// The node of the network that it belongs to.
  public let node: String
  /// What it does, for example `convolution 3×3`.
  public let operation: String
  /// Which way it computes.
  public let direction: Direction
  /// The name of the code, as its library calls it.
  public let implementation: String
  /// What the values that it writes are stored in.
  public let precision: Precision
  /// The times of all calls, added up.
  public internal(set) var seconds: Double
  /// How often it ran, on all lanes together.
  public internal(set) var calls: Int
  /// Floating-point operations of all calls: 2 for a multiplication with an addition; 0 where only bytes
  /// count.
  public internal(set) var operations: Double
  /// Bytes that all calls read and wrote, each operand once.
  public internal(set) var bytes: Double

  /// Operations a second, in units of 10⁹.
  public var gigaflops: Double { seconds > 0 ? operations / seconds / 1e9 : 0 }
  /// Bytes a second, in units of 10⁹.
  public var gigabytes: Double { seconds > 0 ? bytes / seconds / 1e9 : 0 }
  /// Whether the library has only reference code for it.
  public var isReference: Bool { implementation.hasPrefix("ref") }
}

/// Times the calls of one step on one lane. Used by its lane's thread, read between steps.
///
/// Every call is timed (a microsecond each) rather than the program sampled, so that shares, operations
/// and bytes belong to nodes of the network, which is what one can change.
final class StepClock {
  private(set) var seconds = 0.0
  private(set) var calls = 0

  func reset() { (seconds, calls) = (0, 0) }

  func timing(_ call: @escaping Call) -> Call {
    { [self] in
      let start = ContinuousClock.now
      let status = call()
      seconds += start.secondsAgo
      calls += 1
      return status
    }
  }
}

extension Step {
  /// An entry for this step without any call yet.
  func profile(in program: Program) -> KernelProfile {
    KernelProfile(
      node: node, operation: operation.title, direction: phase == .backward ? .backward : .forward,
      implementation: kernel.implementation,
      precision: slotWritten.map { program.precision(of: $0) } ?? .float32, seconds: 0, calls: 0,
      operations: 0, bytes: 0)
  }

  /// Bytes that a call reads and writes.
  func byteCount(in program: Program) -> Int {
    let slots = Set(slotsRead + [slotWritten].compactMap(\.self))
    return slots.reduce(kernel.packedByteCount) { $0 + program.byteCounts[$1.index] }
  }
}

extension Operation {
  /// Floating-point operations of a call by the definition; 0 where bytes count. Kernels that need fewer,
  /// as Winograd's do, can be above the peak.
  var arithmeticCount: Int {
    switch self {
    case .convolution(let geometry, _, _, _), .convolutionInputGradient(let geometry),
      .convolutionWeightGradient(let geometry, _):
      2 * geometry.batch * geometry.outputPositions * geometry.kernelCount
    case .dense(let rows, let inputs, let outputs, _, _),
      .denseInputGradient(let rows, let inputs, let outputs):
      2 * rows * inputs * outputs
    default: 0
    }
  }

  /// What it does, in a few words.
  var title: String {
    switch self {
    case .convolution(let geometry, _, let adds, _):
      "\(geometry.title)\(adds ? " + residual" : "")"
    case .convolutionInputGradient(let geometry): "\(geometry.title), input gradient"
    case .convolutionWeightGradient(let geometry, _): "\(geometry.title), weight gradient"
    case .dense: "dense"
    case .denseInputGradient: "dense, input gradient"
    case .image(let image): Self.word("\(image)")
    default: Self.word("\(self)")
    }
  }

  /// The name of a case without its payload.
  private static func word(_ text: String) -> String {
    String(text.prefix { $0 != "(" })
  }
}

extension WindowGeometry {
  fileprivate var title: String {
    let kind = isDepthwise ? "depthwise" : groups > 1 ? "grouped convolution" : "convolution"
    let stride = strideHeight > 1 ? "/\(strideHeight)" : ""
    return "\(kind) \(kernelHeight)×\(kernelWidth)\(stride)"
  }
}
