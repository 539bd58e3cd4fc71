/// A part of an augmentation that is out of its range.
public struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As in JSON, for example `erasing.area`.
  public let part: String
  /// The number or range that was given.
  public let found: String
  /// The range that is allowed.
  public let expected: String

  /// The part, what it is, and what was expected.
  public var description: String { "augmentation: \(part) is \(found), expected \(expected)" }
}

extension Augmentation {
  /// Checks every number against its range.
  /// - Throws: the first part that is out of it.
  public func validate() throws(AugmentationError) {
    if let (_, fault) = faults.first {
      throw AugmentationError(part: fault.place, found: fault.found, expected: fault.expected)
    }
    if case .given(let basis) = pcaJitter?.basis { try basis.validate() }
    guard randAugment == nil || !trivialAugment else {
      throw AugmentationError(
        part: "trivialAugment", found: "true", expected: "false, for randAugment is given")
    }
  }
}
