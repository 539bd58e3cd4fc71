/// The parts that photos are divided into.
public enum Split: String, Codable, Hashable, Sendable, CaseIterable {
  /// Not divided: class folders directly below the root.
  case all
  /// To learn from.
  case train
  /// To choose among weights, and to stop.
  case validation
  /// For the final figure, never for a choice.
  case test
}
