/// The parts that photos are divided into.
public enum Split: String, Codable, Hashable, Sendable, CaseIterable {
  /// Not divided: class folders directly below the root.
  case all
  case train
  case validation
  case test
}
