import Files
import ImagePipeline

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

  /// What `init(name:)` understands.
  package static var names: [String] { defaults.map(\.name) }

  /// The schedule of this name with its defaults.
  public init?(name: String) {
    guard let schedule = Self.defaults.first(where: { $0.name == name }) else { return nil }
    self = schedule
  }
}

extension RateSchedule: NamedRule {
  static let noun = "schedule"

  private struct Step: Adjustable {
    var every: Int
    var factor: Double

    static let settings: [Setting<Step>] = [
      Setting("every", \.every, .atLeast(1)),
      Setting(
        "factor", \.factor, Allowed("more than 0, at most 1") { $0 > 0 && $0 <= 1 }),
    ]
  }

  var numbers: (any Adjustable)? {
    guard case .step(let every, let factor) = self else { return nil }
    return Step(every: every, factor: factor)
  }

  mutating func readNumbers(from decoder: any Decoder) throws {
    guard case .step(let every, let factor) = self else { return }
    let step = try Step(every: every, factor: factor).reading(decoder)
    self = .step(every: step.every, factor: step.factor)
  }

  /// Reads a schedule's name, or an object of its name and settings.
  public init(from decoder: any Decoder) throws { self = try Self.read(from: decoder) }

  /// Writes an object of the schedule's name and settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}
