/// A non-linearity.
public enum Activation: String, Hashable, Sendable, Codable {
  case linear
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// Over the innermost axis; not elementwise, so nothing fuses it.
  case softmax

  /// Whether each value depends on one input only and its gradient follows from the output.
  public var isElementwise: Bool { self != .softmax }
}
