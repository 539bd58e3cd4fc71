import Files

/// The shape of a phase's learning rate, behind its warm-up.
public enum RateSchedule: Hashable, Sendable {
  /// The peak all along.
  case constant
  /// Multiplied by `factor` after each `every` epochs of the phase.
  case step(every: Int = 3, factor: Double = 0.1)
  /// Half a cosine down to 0, which the step after the last would have (Loshchilov and Hutter 2017,
  /// without restarts).
  case cosine
  /// Half a cosine up from a 25th of the peak, another one down to a 10 000th of where it began (Smith
  /// and Topin 2018 in PyTorch's form, momentum unchanged). The rise is the phase's warm-up.
  case oneCycle

  /// `constant`, `step`, `cosine` or `one-cycle`.
  public var name: String {
    switch self {
    case .constant: "constant"
    case .step: "step"
    case .cosine: "cosine"
    case .oneCycle: "one-cycle"
    }
  }

  /// The schedules with their defaults.
  public static let defaults: [RateSchedule] = [.constant, .step(), .cosine, .oneCycle]

  /// The schedule of this name with its defaults.
  public init?(name: String) {
    guard let schedule = Self.defaults.first(where: { $0.name == name }) else { return nil }
    self = schedule
  }
}

extension RateSchedule: Codable {
  private enum CodingKeys: String, CodingKey { case name, every, factor }

  /// A name, for the schedule with its defaults, or an object with its `name` and whatever differs.
  public init(from decoder: any Decoder) throws {
    let names = Self.defaults.map { "'\($0.name)'" }.joined(separator: ", ")
    func named(_ name: String, _ container: some SingleValueDecodingContainer) throws -> Self {
      guard let schedule = Self(name: name) else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "'\(name)' is no schedule; expected one of \(names)")
      }
      return schedule
    }
    let single = try decoder.singleValueContainer()
    if let name = try? single.decode(String.self) {
      self = try named(name, single)
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self = try named(try values.decode(String.self, forKey: .name), single)
    guard case .step(let every, let factor) = self else {
      try decoder.refuseKeys(otherThan: ["name"])
      return
    }
    try decoder.refuseKeys(otherThan: ["name", "every", "factor"])
    self = .step(
      every: try values.decodeIfPresent(Int.self, forKey: .every) ?? every,
      factor: try values.decodeIfPresent(Double.self, forKey: .factor) ?? factor)
  }

  public func encode(to encoder: any Encoder) throws {
    guard case .step(let every, let factor) = self else {
      var container = encoder.singleValueContainer()
      return try container.encode(name)
    }
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(every, forKey: .every)
    try values.encode(factor, forKey: .factor)
  }
}
