/// An elementwise non-linearity.
public enum Activation: String, Hashable, Sendable, Codable {
  case linear
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// Over the innermost axis. Not elementwise: only ever the last operation of a network.
  case softmax
}
